terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

# The ten oldest batch files whose name begins with "nightly-".
data "openai_files" "nightly" {
  purpose        = "batch"
  filename_regex = "^nightly-.*\\.jsonl$"
  order          = "asc"
  limit          = 10
}

output "nightly_ids" {
  value = data.openai_files.nightly.ids
}
