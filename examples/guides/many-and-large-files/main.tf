terraform {
  required_providers {
    openai = {
      source = "openaifiles/openai"
    }
  }
}

provider "openai" {
  max_concurrent_uploads = 20               # requests with content at one time
  multipart_threshold    = 64 * 1024 * 1024 # parts for everything above 64 MiB
}

locals {
  docs = "${path.module}/docs"
}

resource "openai_file_set" "docs" {
  purpose = "user_data"
  files   = { for file in fileset(local.docs, "**/*.md") : file => "${local.docs}/${file}" }

  timeouts = {
    create = "2h"
    update = "2h"
  }

  lifecycle {
    create_before_destroy = true
  }
}

output "ids" {
  value = openai_file_set.docs.file_ids
}
