terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "handbook" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = "# Handbook\n\nOrders can be returned within 30 days.\n"
}

data "openai_files" "handbooks" {
  purpose        = "user_data"
  filename_regex = "^handbook\\.md$"
  depends_on     = [openai_file.handbook]
}

# Files of that name that this configuration does not manage.
output "unmanaged" {
  value = {
    for file in data.openai_files.handbooks.files : file.id => "${file.bytes} bytes, uploaded at ${file.created_at}"
    if !contains([openai_file.handbook.id], file.id) # the IDs of all resources with this name
  }
}
