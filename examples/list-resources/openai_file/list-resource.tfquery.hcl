list "openai_file" "batch_input" {
  provider = openai
  limit    = 10000

  config {
    purpose        = "batch"
    filename_regex = "\\.jsonl$"
  }
}
