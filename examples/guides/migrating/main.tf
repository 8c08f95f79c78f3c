terraform {
  required_providers {
    # Any other local name will do. openai stays free for the provider that the state was made with.
    openaifiles = {
      source = "openaifiles/openai"
    }
  }
}

provider "openaifiles" {}

# The earlier provider forgets the file and does not delete it.
removed {
  from = openai_file.training

  lifecycle {
    destroy = false
  }
}

# This provider takes it over.
resource "openai_file" "training_data" {
  provider     = openaifiles
  purpose      = "fine-tune"
  source       = "${path.module}/data/training.jsonl"
  check_format = false

  lifecycle {
    create_before_destroy = true
  }
}
