locals {
  docs = "${path.module}/docs"
}

# Every Markdown file below docs/, however many there are. An edit uploads that file alone.
resource "openai_file_set" "docs" {
  purpose = "user_data"
  files   = { for file in fileset(local.docs, "**/*.md") : file => "${local.docs}/${file}" }

  lifecycle {
    create_before_destroy = true # when the set as a whole is replaced, the old files stay until the new ones are there
  }
}

# The ID of one file, by its key.
output "sizes_id" {
  value = openai_file_set.docs.file_ids["faq/sizes.md"]
}

# All IDs by key. values(openai_file_set.docs.file_ids) is a list of them, for example for a vector store.
output "ids" {
  value = openai_file_set.docs.file_ids
}
