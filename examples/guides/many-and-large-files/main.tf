terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

provider "openai" {
  max_concurrent_uploads = 20
  max_retries            = 10
  multipart_threshold    = 64 * 1024 * 1024 # upload files above 64 MiB in parallel parts
}

locals {
  # One set for each directory below docs/ with Markdown files. Files in docs/ itself are not uploaded.
  directories = toset([for file in fileset("${path.module}/docs", "*/**/*.md") : dirname(file)])
}

resource "openai_file_set" "docs" {
  for_each = local.directories

  purpose = "user_data"
  files   = { for file in fileset("${path.module}/docs/${each.key}", "*.md") : "${each.key}/${file}" => "${path.module}/docs/${each.key}/${file}" }

  timeouts = {
    create = "2h" # fail earlier than after the default of 6 hours
    update = "2h"
  }

  lifecycle {
    create_before_destroy = true
  }
}

output "file_ids" {
  value = merge([for set in openai_file_set.docs : set.file_ids]...)
}
