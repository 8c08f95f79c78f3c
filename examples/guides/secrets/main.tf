# Ephemeral: its value is in neither plan nor state. Set it with the environment variable TF_VAR_customers.
variable "customers" {
  type      = string
  ephemeral = true
  default   = "name,city\nAda,London\n"
}

# The text is sent to OpenAI and kept nowhere else. Raise the version to upload another text.
resource "openai_file" "customers" {
  purpose            = "user_data"
  filename           = "customers.csv"
  content_wo         = var.customers
  content_wo_version = 1

  lifecycle {
    create_before_destroy = true
  }
}

# A file on disk: the state has its path, its size and its SHA-256, never its content.
resource "openai_file" "contract" {
  purpose = "user_data"
  source  = "${path.module}/data/contract.txt"

  lifecycle {
    create_before_destroy = true
  }
}
