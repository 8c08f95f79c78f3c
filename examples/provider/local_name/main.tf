terraform {
  required_providers {
    openaifiles = { source = "openaifiles/openai" }
  }
}

provider "openaifiles" {}

resource "openai_file" "handbook" {
  provider = openaifiles
  purpose  = "user_data"
  filename = "handbook.jsonl"
  content  = provider::openaifiles::jsonlencode([{ topic = "returns", days = 30 }])
}
