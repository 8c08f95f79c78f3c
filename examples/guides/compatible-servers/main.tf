terraform {
  required_providers {
    openai = {
      source = "openaifiles/openai"
    }
  }
}

variable "azure_endpoint" {
  description = "Such as https://example.openai.azure.com."
  type        = string
}

variable "azure_api_key" {
  type      = string
  ephemeral = true
}

variable "gateway" {
  description = "Such as https://llm.example.com/v1."
  type        = string
}

# Azure OpenAI, v1: paths, fields and purposes as at OpenAI.
provider "openai" {
  alias    = "azure"
  base_url = "${var.azure_endpoint}/openai/v1"
  headers  = { api-key = var.azure_api_key }
}

# Azure OpenAI, classic: a version of the API on every request.
provider "openai" {
  alias    = "azure_classic"
  base_url = "${var.azure_endpoint}/openai?api-version=2024-10-21"
  headers  = { api-key = var.azure_api_key }
}

# A gateway with a header of its own, in front of any server. It gets the key from the environment.
provider "openai" {
  alias    = "gateway"
  base_url = var.gateway
  headers  = { x-team = "search" }
}

resource "openai_file" "azure" {
  provider = openai.azure
  purpose  = "user_data"
  source   = "${path.module}/data/handbook.md"
}

resource "openai_file" "azure_classic" {
  provider = openai.azure_classic
  purpose  = "assistants"
  source   = "${path.module}/data/handbook.md"
}

resource "openai_file" "gateway" {
  provider = openai.gateway
  purpose  = "user_data"
  source   = "${path.module}/data/handbook.md"
}
