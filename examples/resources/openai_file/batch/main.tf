terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "requests" {
  purpose = "batch"
  source  = "${path.module}/data/requests.jsonl"

  expires_after = {
    anchor  = "created_at" # the default
    seconds = 7 * 24 * 3600
  }

  timeouts = {
    create = "15m" # upload and processing
    read   = "2m"
    update = "2m"
    delete = "5m"
  }

  lifecycle {
    create_before_destroy = true
  }
}
