terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file_set" "requests" {
  purpose = "batch"
  files   = { for file in fileset(path.module, "requests/*.jsonl") : basename(file) => "${path.module}/${file}" }

  check_format = true # the default: plans check the lines of new files

  expires_after = {
    anchor  = "created_at" # the default
    seconds = 7 * 24 * 3600
  }

  timeouts = {
    create = "1h" # upload of all files
    read   = "5m"
    update = "1h"
    delete = "30m"
  }

  lifecycle {
    create_before_destroy = true
  }
}
