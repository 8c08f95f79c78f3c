locals {
  # Lines as sha256sum writes them, reviewed and committed along with the files.
  sha256 = {
    for line in split("\n", trimspace(file("${path.module}/data/SHA256SUMS"))) :
    split("  ", line)[1] => split("  ", line)[0]
  }
}

# The reviewed bytes or an error: another content is refused before anything is sent.
resource "openai_file" "handbook" {
  purpose        = "user_data"
  source         = "${path.module}/data/handbook.md"
  content_sha256 = local.sha256["handbook.md"]

  lifecycle {
    create_before_destroy = true
  }
}

# A file that the apply itself makes.
resource "terraform_data" "export" {
  triggers_replace = [filesha256("${path.module}/data/export.sh")]

  provisioner "local-exec" {
    command = "sh '${path.module}/data/export.sh' > '${path.module}/export.jsonl'"
  }
}

resource "openai_file" "export" {
  purpose    = "evals"
  source     = "${path.module}/export.jsonl"
  depends_on = [terraform_data.export] # made first, then read

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.export] # made anew, then uploaded anew in the same apply
  }
}
