terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  docs = "${path.module}/docs"
}

resource "openai_file_set" "docs" {
  purpose = "user_data"
  files   = { for file in fileset(local.docs, "**/*.md") : file => "${local.docs}/${file}" }

  lifecycle {
    create_before_destroy = true
  }
}

output "file_ids" {
  value = openai_file_set.docs.file_ids
}
