terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "returns" {
  for_each = { en = "Orders can be returned within 30 days.\n", de = "Rückgabe innerhalb von 30 Tagen.\n" }

  purpose  = "user_data"
  filename = "returns-${each.key}.md"
  content  = each.value
}

resource "openai_vector_store" "support" {
  name = "Support"
}

resource "openai_vector_store_files" "docs" {
  vector_store_id = openai_vector_store.support.id
  files           = { for lang, file in openai_file.returns : lang => file.id }
  attributes      = { for lang, file in openai_file.returns : lang => jsonencode({ lang = lang, year = 2026 }) }
}

# English documents of 2025 or later.
data "openai_vector_store_search" "returns" {
  vector_store_id = openai_vector_store.support.id
  query           = "When can orders be returned?"

  filters = jsonencode({
    type = "and"
    filters = [
      { type = "eq", key = "lang", value = "en" },
      { type = "gte", key = "year", value = 2025 },
    ]
  })

  depends_on = [openai_vector_store_files.docs]
}

output "found" {
  value = data.openai_vector_store_search.returns.results[*].filename
}
