# All files that were uploaded as input of batches.
list "openai_file" "batch" {
  provider = openai

  config {
    purpose        = "batch"
    filename_regex = "\\.jsonl$"
  }
}

# The 100 newest files of any purpose, with everything that is known about them.
list "openai_file" "newest" {
  provider         = openai
  limit            = 100
  include_resource = true
}
