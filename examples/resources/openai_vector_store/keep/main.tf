terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_vector_store" "archive" {
  name            = "Archive"
  deletion_policy = "keep"
}
