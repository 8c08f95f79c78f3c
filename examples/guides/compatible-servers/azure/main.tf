terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "azure_endpoint" {
  description = "Endpoint of the Azure OpenAI resource, such as https://example.openai.azure.com."
  type        = string
}

variable "azure_api_key" {
  type      = string
  ephemeral = true
}

provider "openai" {
  base_url = "${var.azure_endpoint}/openai/v1"
  headers  = { api-key = var.azure_api_key }
}

resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "Orders can be returned within 30 days.\n"
}
