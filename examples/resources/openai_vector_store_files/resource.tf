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

resource "openai_vector_store" "support" {
  name = "Support"
}

resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.support.id
  files           = openai_file_set.docs.file_ids
}
