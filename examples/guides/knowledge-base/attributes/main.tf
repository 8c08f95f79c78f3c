terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  docs  = "${path.module}/docs"
  files = fileset(local.docs, "**/*.{md,txt,pdf,docx,html}")
}

resource "openai_file_set" "docs" {
  purpose         = "user_data"
  files           = { for file in local.files : file => "${local.docs}/${file}" }
  deletion_policy = "defer"
}

resource "openai_vector_store" "docs" {
  name = "Shop handbook"
}

resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.docs.id
  files           = openai_file_set.docs.file_ids
  attributes      = { for file in local.files : file => jsonencode({ section = dirname(file) }) }
}

data "openai_vector_store_search" "sizes" {
  vector_store_id = openai_vector_store.docs.id
  query           = "Which sizes are there?"
  filters         = jsonencode({ type = "eq", key = "section", value = "faq" })
  depends_on      = [openai_vector_store_files.docs]
}

output "found" {
  value = data.openai_vector_store_search.sizes.results[*].filename
}

output "vector_store_id" {
  value = openai_vector_store.docs.id
}
