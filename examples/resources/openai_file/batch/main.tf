terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "requests" {
  purpose = "batch"
  source  = "${path.module}/data/requests.jsonl"

  expires_after = {
    seconds = 7 * 24 * 3600
  }

  timeouts = {
    create = "15m"
  }

  lifecycle {
    create_before_destroy = true
  }
}
