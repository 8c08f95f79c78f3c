terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "doc" {
  for_each = toset(["handbook.md"])

  purpose = "user_data"
  source  = "${path.module}/data/${each.key}"
}

moved {
  from = openai_file.handbook
  to   = openai_file.doc["handbook.md"]
}
