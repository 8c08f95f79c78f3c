terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "doc" {
  for_each = fileset("${path.module}/docs", "**/*.md")

  purpose = "user_data"
  source  = "${path.module}/docs/${each.value}"

  lifecycle {
    create_before_destroy = true
  }
}

resource "openai_vector_store" "support" {
  name = "Support"
}

resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.support.id
  files           = { for key, file in openai_file.doc : key => file.id }
}
