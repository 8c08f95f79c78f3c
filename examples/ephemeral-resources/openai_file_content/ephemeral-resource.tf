resource "openai_file" "requests" {
  purpose = "batch"
  source  = "${path.module}/data/requests.jsonl"

  expires_after = {
    seconds = 24 * 3600
  }
}

# Read during plan and apply, and kept in neither.
ephemeral "openai_file_content" "requests" {
  id = openai_file.requests.id
}

# A copy for another purpose. A write-only argument takes an ephemeral value; another version uploads it again.
resource "openai_file" "copy" {
  purpose            = "user_data"
  filename           = "requests.jsonl"
  content_wo         = ephemeral.openai_file_content.requests.content
  content_wo_version = 1
}
