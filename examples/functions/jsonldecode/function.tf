terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  text = <<-EOT
    {"custom_id":"1","error":null}
    {"custom_id":"2","error":{"code":"rate_limit_exceeded"}}
  EOT
}

# ["2"]
output "failed" {
  value = [for line in provider::openai::jsonldecode(local.text) : line.custom_id if line.error != null]
}
