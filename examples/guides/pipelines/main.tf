terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file_set" "docs" {
  purpose = "user_data"
  files   = { for file in fileset("docs", "**/*.md") : file => "docs/${file}" }
}

output "file_ids" {
  value = openai_file_set.docs.file_ids
}
