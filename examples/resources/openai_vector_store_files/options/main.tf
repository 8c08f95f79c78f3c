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

  chunking_strategy = {
    max_chunk_size_tokens = 400
    chunk_overlap_tokens  = 100
  }

  on_failure      = "warn" # report files that cannot be indexed, but do not fail
  exclusive       = true   # detach all other files of the vector store
  deletion_policy = "keep" # do not detach each file before the vector store is deleted

  timeouts = {
    create = "1h" # attaching and indexing
    read   = "5m"
    update = "1h"
    delete = "30m"
  }
}
