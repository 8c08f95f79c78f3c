terraform {
  required_providers {
    openai = {
      source = "openaifiles/openai"
    }
  }
}

variable "azure_api_key" {
  type      = string
  ephemeral = true
  default   = null
}

# Azure OpenAI, v1: paths, fields and purposes as at OpenAI.
provider "openai" {
  alias    = "azure"
  base_url = "https://example.openai.azure.com/openai/v1"
  headers  = { api-key = var.azure_api_key }
}

# Azure OpenAI, classic: a version of the API on every request.
provider "openai" {
  alias    = "azure_classic"
  base_url = "https://example.openai.azure.com/openai?api-version=2024-10-21"
  headers  = { api-key = var.azure_api_key }
}

# A gateway with a header of its own, in front of any server.
provider "openai" {
  alias    = "gateway"
  base_url = "https://llm.example.com/v1"
  headers  = { x-team = "search" }
}
