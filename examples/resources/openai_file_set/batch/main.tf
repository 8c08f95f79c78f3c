terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file_set" "requests" {
  purpose = "batch"
  files   = { for file in fileset(path.module, "requests/*.jsonl") : basename(file) => "${path.module}/${file}" }

  expires_after = {
    seconds = 7 * 24 * 3600
  }

  timeouts = {
    create = "1h"
    update = "1h"
  }

  lifecycle {
    create_before_destroy = true
  }
}
