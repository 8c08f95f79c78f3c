terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "azure_endpoint" {
  description = "Endpoint of the Azure OpenAI resource, such as https://example.openai.azure.com."
  type        = string
}

variable "entra_token" {
  description = "Access token of Microsoft Entra ID."
  type        = string
  ephemeral   = true
}

provider "openai" {
  base_url = "${var.azure_endpoint}/openai/v1"
  api_key  = var.entra_token # sent as a bearer token
}

resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "Orders can be returned within 30 days.\n"
}
