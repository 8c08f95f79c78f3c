terraform {
  required_providers {
    openai = {
      source = "openaifiles/openai"
    }
  }
}

# The key comes from the environment variable OPENAI_API_KEY.
provider "openai" {}

# Every file below data/, each as a file of its own.
resource "openai_file" "knowledge" {
  for_each = fileset("${path.module}/data", "*.md")

  purpose = "user_data"
  source  = "${path.module}/data/${each.value}"

  # The new file is there before the old one is deleted, and a failure keeps the old one.
  lifecycle {
    create_before_destroy = true
  }
}

data "openai_files" "all" {
  purpose    = "user_data"
  depends_on = [openai_file.knowledge]
}

output "ids" {
  description = "Id of each file, for whatever uses it."
  value       = { for name, file in openai_file.knowledge : name => file.id }
}

output "at_openai" {
  description = "What the service lists, newest first."
  value       = [for file in data.openai_files.all.files : "${file.filename} (${file.bytes} bytes)"]
}
