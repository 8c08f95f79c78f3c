terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

provider "openai" {} # reads the API key from the environment variable OPENAI_API_KEY

module "handbook" {
  source = "./handbook"
  text   = "Orders can be returned within 30 days.\n"
}

output "handbook_id" {
  value = module.handbook.id
}
