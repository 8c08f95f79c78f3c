terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  docs  = "${path.module}/docs"
  files = fileset(local.docs, "**/*.md")
}

resource "openai_file_set" "docs" {
  purpose = "user_data"
  files   = { for file in local.files : file => "${local.docs}/${file}" }

  lifecycle {
    create_before_destroy = true

    # Without this, a directory that is missing or misspelled deletes all files of the set.
    precondition {
      condition     = length(local.files) > 0
      error_message = "There are no documents in ${local.docs}."
    }
  }
}
