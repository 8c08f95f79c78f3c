import {
  to = openai_file.handbook
  id = "file-abc123"
}
