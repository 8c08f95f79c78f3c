terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "handbook" {
  purpose         = "user_data"
  source          = "${path.module}/data/handbook.md"
  filename        = "handbook-2026.md"
  deletion_policy = "keep"
}
