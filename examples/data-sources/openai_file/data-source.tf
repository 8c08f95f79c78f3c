terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "Orders can be returned within 30 days.\n"
}

# By ID.
data "openai_file" "by_id" {
  id = openai_file.handbook.id
}

# By name: the newest file of that name and purpose.
data "openai_file" "by_name" {
  filename    = "handbook.md"
  purpose     = "user_data"
  most_recent = true

  # Needed only because this configuration uploads the file too.
  depends_on = [openai_file.handbook]
}

output "handbook" {
  value = "${data.openai_file.by_name.id}, ${data.openai_file.by_id.bytes} bytes, uploaded at ${data.openai_file.by_id.created_at}"
}
