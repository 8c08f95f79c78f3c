terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

provider "openai" {
  project = "proj_abc123"
}

provider "openai" {
  alias   = "research"
  project = "proj_def456"
}

resource "openai_file" "handbook" {
  provider = openai.research
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "Orders can be returned within 30 days.\n"
}
