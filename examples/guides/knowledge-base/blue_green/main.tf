terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  chunking = {
    max_chunk_size_tokens = 400
    chunk_overlap_tokens  = 100
  }
}

resource "openai_file_set" "docs" {
  purpose         = "user_data"
  files           = { for file in fileset("${path.module}/docs", "**/*.md") : file => "${path.module}/docs/${file}" }
  deletion_policy = "defer"
}

resource "terraform_data" "chunking" {
  input = local.chunking
}

# A change of the chunking creates a new vector store before it deletes the old one.
resource "openai_vector_store" "docs" {
  name = "Shop handbook"

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.chunking]
  }
}

resource "openai_vector_store_files" "docs" {
  vector_store_id   = openai_vector_store.docs.id
  files             = openai_file_set.docs.file_ids
  chunking_strategy = local.chunking
  deletion_policy   = "keep" # the old vector store is deleted as a whole

  lifecycle {
    create_before_destroy = true
  }
}

# Changes when all documents are indexed.
output "vector_store_id" {
  value = openai_vector_store_files.docs.vector_store_id
}
