terraform {
  required_providers {
    openai = {
      source = "openaifiles/openai"
    }
  }
}

provider "openai" {} # OPENAI_API_KEY and OPENAI_BASE_URL are set by the demo

# Every page of the directory becomes a file at OpenAI.
resource "openai_file_set" "pages" {
  purpose         = "user_data"
  files           = { for page in fileset(path.module, "pages/*.md") : basename(page) => page }
  deletion_policy = "defer" # a replaced page is deleted after its successor can be found
}

resource "openai_vector_store" "help" {
  name = "help"
}

# The apply waits until each page is indexed.
resource "openai_vector_store_files" "help" {
  vector_store_id = openai_vector_store.help.id
  files           = openai_file_set.pages.file_ids
}

data "openai_vector_store_search" "returns" {
  vector_store_id = openai_vector_store.help.id
  query           = "How long can a customer return an item?"
  max_results     = 1

  depends_on = [openai_vector_store_files.help]
}

output "answer" {
  value = one(data.openai_vector_store_search.returns.results[*].text)
}
