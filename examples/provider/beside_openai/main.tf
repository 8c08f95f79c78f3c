terraform {
  required_providers {
    openai      = { source = "openai/openai" }      # organization, projects, service accounts
    openaifiles = { source = "openaifiles/openai" } # files and vector stores
  }
}

provider "openai" {}      # reads OPENAI_ADMIN_KEY
provider "openaifiles" {} # reads OPENAI_API_KEY

resource "openai_project" "search" {
  name = "Search"
}

resource "openai_file" "handbook" {
  provider = openaifiles
  purpose  = "user_data"
  filename = "handbook.jsonl"
  content  = provider::openaifiles::jsonlencode([{ topic = "returns", days = 30 }])
}
