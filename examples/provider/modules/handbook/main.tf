terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "text" {
  type = string
}

resource "openai_file" "this" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = var.text
}

output "id" {
  value = openai_file.this.id
}
