terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file_set" "docs" {
  purpose         = "user_data"
  files           = { for file in fileset("${path.module}/docs", "**/*.md") : file => "${path.module}/docs/${file}" }
  deletion_policy = "defer"
}
