terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

provider "openai" {} # reads the API key from the environment variable OPENAI_API_KEY

resource "openai_file" "knowledge" {
  for_each = fileset(path.module, "data/*.md")

  purpose = "user_data"
  source  = "${path.module}/${each.value}"

  lifecycle {
    create_before_destroy = true
  }
}

output "ids" {
  description = "ID of each file, by its path."
  value       = { for path, file in openai_file.knowledge : path => file.id }
}
