terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "settings" {
  purpose  = "user_data"
  filename = "settings.json"
  content  = jsonencode({ region = "eu", retries = 3 })
}
