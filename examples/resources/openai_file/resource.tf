terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "handbook" {
  purpose = "user_data"
  source  = "${path.module}/data/handbook.md"

  lifecycle {
    create_before_destroy = true
  }
}

output "handbook_id" {
  value = openai_file.handbook.id
}
