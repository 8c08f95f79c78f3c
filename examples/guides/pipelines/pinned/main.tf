terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  # Lines as sha256sum writes them, committed along with the files.
  sha256 = {
    for line in split("\n", trimspace(file("data/SHA256SUMS"))) :
    split("  ", line)[1] => split("  ", line)[0]
  }
}

resource "openai_file" "handbook" {
  purpose        = "user_data"
  source         = "data/handbook.md"
  content_sha256 = local.sha256["handbook.md"]

  lifecycle {
    create_before_destroy = true
  }
}
