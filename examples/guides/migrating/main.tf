terraform {
  required_providers {
    # Keep the earlier provider here under its own local name until the apply is done.
    openaifiles = { source = "openaifiles/openai" }
  }
}

provider "openaifiles" {}

# Remove the file from the state of the earlier provider without deleting it.
removed {
  from = openai_file.old_handbook

  lifecycle {
    destroy = false
  }
}

# Import it with this provider.
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
