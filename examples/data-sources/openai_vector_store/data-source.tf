terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_vector_store" "support" {
  name = "Support"
}

# By ID.
data "openai_vector_store" "by_id" {
  id = openai_vector_store.support.id
}

# By name, which must be unique in the project.
data "openai_vector_store" "by_name" {
  name       = "Support"
  depends_on = [openai_vector_store.support]
}

output "size" {
  value = "${data.openai_vector_store.by_id.file_counts.completed} files, ${data.openai_vector_store.by_name.usage_bytes} bytes"
}
