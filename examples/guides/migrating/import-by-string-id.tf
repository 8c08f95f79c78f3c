import {
  to = openai_file.training_data
  id = "file-abc123"
}
