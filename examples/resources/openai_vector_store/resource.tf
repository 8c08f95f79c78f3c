terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_vector_store" "support" {
  name        = "Support"
  description = "Answers for customers of the shop"

  metadata = {
    team = "support"
  }
}

output "vector_store_id" {
  value = openai_vector_store.support.id
}
