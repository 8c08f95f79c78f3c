terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "returns" {
  purpose  = "user_data"
  filename = "returns.md"
  content  = "Orders can be returned within 30 days.\n"
}

resource "openai_vector_store" "support" {
  name = "Support"
}

resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.support.id
  files           = { returns = openai_file.returns.id }
  attributes      = { returns = jsonencode({ lang = "en" }) }
}

data "openai_vector_store_search" "returns" {
  vector_store_id = openai_vector_store.support.id
  query           = "When can orders be returned?"
  max_results     = 3
  score_threshold = 0.2
  filters         = jsonencode({ type = "eq", key = "lang", value = "en" })

  depends_on = [openai_vector_store_files.docs] # search after the files are indexed
}

output "best_answer" {
  value = try(data.openai_vector_store_search.returns.results[0].text, null)
}
