terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  docs = fileset("${path.module}/docs", "**/*.md")
}

resource "openai_file_set" "docs" {
  purpose         = "user_data"
  files           = { for file in local.docs : file => "${path.module}/docs/${file}" }
  deletion_policy = "defer"
}

resource "openai_vector_store" "support" {
  name = "Support"
}

resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.support.id
  files           = openai_file_set.docs.file_ids

  # The directory becomes an attribute that a search can filter by.
  attributes = { for file in local.docs : file => jsonencode({ section = dirname(file), year = 2026 }) }
}
