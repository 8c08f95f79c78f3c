terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  docs = "${path.module}/docs"
}

# 1. Upload every document below docs/.
resource "openai_file_set" "docs" {
  purpose         = "user_data"
  files           = { for file in fileset(local.docs, "**/*.{md,txt,pdf,docx,html}") : file => "${local.docs}/${file}" }
  deletion_policy = "defer" # searches find the old version of a file until the new one is indexed
}

# 2. Create the index.
resource "openai_vector_store" "docs" {
  name = "Shop handbook"
}

# 3. Attach the files and wait until they are indexed.
resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.docs.id
  files           = openai_file_set.docs.file_ids
}

# 4. Ask a question, after the files are indexed.
data "openai_vector_store_search" "returns" {
  vector_store_id = openai_vector_store.docs.id
  query           = "Within how many days can orders be returned?"
  max_results     = 1
  depends_on      = [openai_vector_store_files.docs]
}

check "answers" {
  assert {
    condition     = try(data.openai_vector_store_search.returns.results[0].filename, "") == "returns.md"
    error_message = "The knowledge base does not find returns.md."
  }
}

# 5. Show what the search finds, and the ID that the application needs.
output "answer" {
  value = try(data.openai_vector_store_search.returns.results[0].text, null)
}

output "vector_store_id" {
  value = openai_vector_store.docs.id
}
