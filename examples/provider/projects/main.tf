terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "shop_key" {
  description = "API key of the project Shop. Set it with TF_VAR_shop_key."
  type        = string
  ephemeral   = true
}

variable "research_key" {
  description = "API key of the project Research. Set it with TF_VAR_research_key."
  type        = string
  ephemeral   = true
}

provider "openai" {
  api_key = var.shop_key
}

provider "openai" {
  alias   = "research"
  api_key = var.research_key
}

resource "openai_file" "returns" {
  purpose  = "user_data"
  filename = "returns.md"
  content  = "Orders can be returned within 30 days.\n"
}

resource "openai_file" "sources" {
  provider = openai.research
  purpose  = "user_data"
  filename = "sources.md"
  content  = "Interviews of May and June.\n"
}
