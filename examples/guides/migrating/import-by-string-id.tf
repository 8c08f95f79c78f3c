import {
  provider = openaifiles
  to       = openai_file.training_data
  id       = "file-abc123"
}
