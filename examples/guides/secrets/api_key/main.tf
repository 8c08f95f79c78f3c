terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "openai_api_key" {
  description = "OpenAI API key, for example from a secret store. Set it with TF_VAR_openai_api_key."
  type        = string
  ephemeral   = true
}

provider "openai" {
  api_key = var.openai_api_key
}

resource "openai_file" "contract" {
  purpose = "user_data"
  source  = "${path.module}/contract.txt"
}
