terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

import {
  to = openai_vector_store.support
  identity = {
    id = "vs_abc123"
  }
}

resource "openai_vector_store" "support" {
  name = "Support"
}
