resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "# Handbook\n\nAnswer within a day.\n"
}

# By id: exactly this file.
data "openai_file" "by_id" {
  id = openai_file.handbook.id
}

# By name: the newest one, because several files may have the same name.
data "openai_file" "by_name" {
  filename    = "handbook.md"
  purpose     = "user_data"
  most_recent = true

  # Only because the same configuration makes the file.
  depends_on = [openai_file.handbook]
}

output "handbook" {
  value = "${data.openai_file.by_name.id}: ${data.openai_file.by_id.bytes} bytes, uploaded at ${data.openai_file.by_id.created_at}"
}
