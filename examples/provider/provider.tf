terraform {
  required_version = ">= 1.11"

  required_providers {
    openai = {
      source  = "openaifiles/openai"
      version = "~> 0.1.0"
    }
  }
}

provider "openai" {} # reads the API key from the environment variable OPENAI_API_KEY

resource "openai_file" "handbook" {
  purpose = "user_data"
  source  = "${path.module}/handbook.md"

  lifecycle {
    create_before_destroy = true
  }
}

output "handbook_id" {
  value = openai_file.handbook.id
}
