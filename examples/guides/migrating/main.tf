terraform {
  required_providers {
    # Keep the earlier provider here under its own local name until the apply is done.
    openaifiles = { source = "openaifiles/openai" }
  }
}

provider "openaifiles" {}

# The earlier provider forgets the file and does not delete it.
removed {
  from = openai_file.old_handbook

  lifecycle {
    destroy = false
  }
}

# This provider adopts it.
import {
  provider = openaifiles
  to       = openai_file.handbook
  id       = "file-abc123"
}

resource "openai_file" "handbook" {
  provider = openaifiles
  purpose  = "user_data"
  source   = "${path.module}/data/handbook.md"

  lifecycle {
    create_before_destroy = true
  }
}
