terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "terraform_data" "export" {
  triggers_replace = filesha256("export.sh")

  provisioner "local-exec" {
    command = "sh export.sh > export.md"
  }
}

resource "openai_file" "export" {
  purpose    = "user_data"
  source     = "export.md"
  depends_on = [terraform_data.export] # upload after the export

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.export] # upload again after another export
  }
}
