terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

provider "openai" {
  organization           = "org-abc123"
  project                = "proj_abc123"
  max_retries            = 8
  max_concurrent_uploads = 20
  multipart_threshold    = 64 * 1024 * 1024 # upload files above 64 MiB in parallel parts
}

resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "Orders can be returned within 30 days.\n"
}
