terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "notes" {
  description = "Text that must not be in the state. Set it with TF_VAR_notes."
  type        = string
  ephemeral   = true
}

# The text is uploaded again when the version changes.
resource "openai_file" "notes" {
  purpose            = "user_data"
  filename           = "notes.txt"
  content_wo         = var.notes
  content_wo_version = "2026-11-26"

  lifecycle {
    create_before_destroy = true
  }
}

# The same for bytes that are not text.
resource "openai_file" "archive" {
  purpose            = "user_data"
  filename           = "notes.txt.gz"
  content_base64_wo  = base64gzip(var.notes)
  content_wo_version = "2026-11-26"

  lifecycle {
    create_before_destroy = true
  }
}
