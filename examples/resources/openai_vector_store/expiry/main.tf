terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_vector_store" "trial" {
  name = "Trial"

  expires_after = {
    days = 7
  }
}
