terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file_set" "docs" {
  purpose         = "user_data"
  files           = { for file in fileset("${path.module}/docs", "**/*.{md,txt,pdf,docx,html}") : file => "${path.module}/docs/${file}" }
  deletion_policy = "defer"
}

resource "openai_vector_store" "docs" {
  name = "Shop handbook"
}

resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.docs.id
  files           = openai_file_set.docs.file_ids
  on_failure      = "warn"
}

# Every plan shows a warning while a file is not indexed.
check "all_files_are_indexed" {
  assert {
    condition     = length(openai_vector_store_files.docs.failed) == 0
    error_message = "Not indexed: ${join(", ", keys(openai_vector_store_files.docs.failed))}"
  }
}

output "vector_store_id" {
  value = openai_vector_store.docs.id
}
