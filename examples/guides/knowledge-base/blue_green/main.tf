terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  docs = "${path.module}/docs"

  chunking = { # new
    max_chunk_size_tokens = 400
    chunk_overlap_tokens  = 100
  }
}

resource "openai_file_set" "docs" {
  purpose         = "user_data"
  files           = { for file in fileset(local.docs, "**/*.{md,txt,pdf,docx,html}") : file => "${local.docs}/${file}" }
  deletion_policy = "defer"
}

resource "terraform_data" "chunking" { # new
  input = local.chunking
}

resource "openai_vector_store" "docs" {
  name = "Shop handbook"

  lifecycle { # new: a change of the chunking creates a new vector store before it deletes the old one
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.chunking]
  }
}

resource "openai_vector_store_files" "docs" {
  vector_store_id   = openai_vector_store.docs.id
  files             = openai_file_set.docs.file_ids
  chunking_strategy = local.chunking # new
  deletion_policy   = "keep"         # new: the old vector store is deleted as a whole

  lifecycle { # new
    create_before_destroy = true
  }
}

output "vector_store_id" {
  value = openai_vector_store_files.docs.vector_store_id # new
}
