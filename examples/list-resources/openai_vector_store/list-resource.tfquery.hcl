list "openai_vector_store" "support" {
  provider = openai
  limit    = 1000

  config {
    name_regex = "^Support"
  }
}
