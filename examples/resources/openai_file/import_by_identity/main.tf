terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

import {
  to = openai_file.handbook
  identity = {
    id = "file-abc123"
  }
}

resource "openai_file" "handbook" {
  purpose = "user_data"
  source  = "${path.module}/data/handbook.md"
}
