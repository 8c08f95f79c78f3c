terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "output_file_id" {
  description = "The output_file_id of a batch."
  type        = string
}

data "openai_file_content" "answers" {
  id        = var.output_file_id
  max_bytes = 50 * 1024 * 1024
}

# One entry for each answer.
output "status_codes" {
  value = {
    for line in provider::openai::jsonldecode(data.openai_file_content.answers.content) :
    line.custom_id => line.response.status_code if line.response != null
  }
}
