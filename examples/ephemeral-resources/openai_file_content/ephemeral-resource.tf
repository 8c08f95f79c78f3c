terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "requests" {
  purpose = "batch"
  source  = "${path.module}/data/requests.jsonl"
}

ephemeral "openai_file_content" "requests" {
  id        = openai_file.requests.id
  max_bytes = 50 * 1024 * 1024
}

# A copy for another purpose. The content is in neither plan nor state.
resource "openai_file" "copy" {
  purpose            = "user_data"
  filename           = "requests.jsonl"
  content_wo         = ephemeral.openai_file_content.requests.content
  content_wo_version = openai_file.requests.content_sha256
}
