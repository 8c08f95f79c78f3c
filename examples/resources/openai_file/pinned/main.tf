terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "reviewed" {
  purpose        = "user_data"
  source         = "${path.module}/data/handbook.md"
  content_sha256 = "fc7a549a57e2ef6ab1527e4a3778c3f731fea737a0417ea2077216cb3405a651"
}
