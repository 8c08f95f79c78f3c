terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "gateway" {
  description = "Base URL of the gateway, such as https://llm.example.com/v1."
  type        = string
}

provider "openai" {} # OpenAI itself

provider "openai" {
  alias    = "gateway"
  base_url = var.gateway
  headers  = { x-team = "search" }
}

resource "openai_file" "handbook" {
  for_each = toset(["returns.md", "sizes.md"])

  provider = openai.gateway
  purpose  = "user_data"
  filename = each.key
  content  = "See the handbook.\n"
}
