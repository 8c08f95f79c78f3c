terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
    openai  = { source = "openaifiles/openai" }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "ai" {
  name     = "ai"
  location = "swedencentral"
}

resource "azurerm_cognitive_account" "openai" {
  name                  = "example-openai"
  resource_group_name   = azurerm_resource_group.ai.name
  location              = azurerm_resource_group.ai.location
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "example-openai"
}

provider "openai" {
  base_url = "${azurerm_cognitive_account.openai.endpoint}openai/v1"
  headers  = { api-key = azurerm_cognitive_account.openai.primary_access_key }
}

resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "Orders can be returned within 30 days.\n"
}
