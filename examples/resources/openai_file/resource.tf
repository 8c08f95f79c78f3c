# A file next to the configuration. An edit is noticed and uploads it again.
resource "openai_file" "handbook" {
  purpose = "user_data"
  source  = "${path.module}/data/handbook.md"

  # The new file is there before the old one is deleted, and a failure keeps the old one.
  lifecycle {
    create_before_destroy = true
  }
}

# Input of a batch, which OpenAI deletes after a week.
resource "openai_file" "batch" {
  purpose = "batch"
  source  = "${path.module}/data/requests.jsonl"

  expires_after = {
    seconds = 7 * 24 * 3600
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Text from the configuration itself.
resource "openai_file" "settings" {
  purpose  = "user_data"
  filename = "settings.json"
  content  = jsonencode({ region = "eu", retries = 3 })
}

# Text that is in neither plan nor state. Another version uploads it again.
variable "notes" {
  type      = string
  default   = "for your eyes only"
  ephemeral = true
}

resource "openai_file" "notes" {
  purpose            = "user_data"
  filename           = "notes.txt"
  content_wo         = var.notes
  content_wo_version = 1
}

# Exactly these bytes and no others, as sha256sum prints it: another content is refused before anything is sent.
resource "openai_file" "reviewed" {
  purpose        = "user_data"
  source         = "${path.module}/data/handbook.md"
  filename       = "reviewed.md"
  content_sha256 = "422c0666613b458e60be8ef07a5e83c48a4faa07dce48abed5719cf666d8372c"
}

output "handbook_id" {
  value = openai_file.handbook.id
}
