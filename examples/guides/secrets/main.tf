terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "customers" {
  description = "CSV text. Set it with TF_VAR_customers."
  type        = string
  ephemeral   = true
}

variable "customers_version" {
  description = "Any text. Change it to upload the customers again."
  type        = string
  default     = "1"
}

resource "openai_file" "customers" {
  purpose            = "user_data"
  filename           = "customers.csv"
  content_wo         = var.customers
  content_wo_version = var.customers_version

  lifecycle {
    create_before_destroy = true
  }
}
