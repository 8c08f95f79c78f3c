terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "terraform_data" "export" {
  provisioner "local-exec" {
    command = "echo 'Open from nine to five.' > '${path.module}/hours.md'"
  }
}

resource "openai_file_set" "docs" {
  purpose    = "user_data"
  files      = { "hours.md" = "${path.module}/hours.md" }
  depends_on = [terraform_data.export]
}
