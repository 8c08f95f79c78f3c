terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

data "openai_file" "price_list" {
  id = "file-abc123"
}

resource "openai_vector_store" "support" {
  name = "Support"
}

resource "openai_vector_store_files" "support" {
  vector_store_id = openai_vector_store.support.id
  files           = { "${data.openai_file.price_list.filename}" = data.openai_file.price_list.id }
}
