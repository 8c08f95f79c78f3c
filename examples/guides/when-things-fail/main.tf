resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "# Handbook\n\nAnswer within a day.\n"
}

# Files of that name, whoever made them, newest first.
data "openai_files" "handbooks" {
  purpose        = "user_data"
  filename_regex = "^handbook\\.md$"
  depends_on     = [openai_file.handbook]
}

# Those that no resource here holds: left behind by an interrupted run, or made by somebody else.
output "unmanaged" {
  value = {
    for file in data.openai_files.handbooks.files : file.id => "${file.bytes} bytes, made at ${file.created_at}"
    if file.id != openai_file.handbook.id
  }
}
