terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "openai_api_key" {
  description = "OpenAI API key. Set it with TF_VAR_openai_api_key."
  type        = string
  ephemeral   = true
}

provider "openai" {
  api_key = var.openai_api_key
}

resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "Orders can be returned within 30 days.\n"
}
