terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

provider "openai" {}
