terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

variable "model" {
  description = "Model that answers the requests."
  type        = string
  default     = "gpt-6-luna"
}

variable "output_file_id" {
  description = "The output_file_id of the completed batch."
  type        = string
  default     = null
}

locals {
  reviews = yamldecode(file("${path.module}/data/reviews.yaml"))

  requests = [
    for id, review in local.reviews : {
      custom_id = id
      method    = "POST"
      url       = "/v1/responses"
      body = {
        model        = var.model
        instructions = "Answer with one word: positive, negative or mixed."
        input        = review
      }
    }
  ]
}

# The requests, one on each line.
resource "openai_file" "requests" {
  purpose  = "batch"
  filename = "reviews.jsonl"
  content  = provider::openai::jsonlencode(local.requests)

  expires_after = {
    seconds = 7 * 24 * 3600
  }

  lifecycle {
    create_before_destroy = true
  }
}

output "requests_file_id" {
  value = openai_file.requests.id
}

# The answers, after the batch has completed.
data "openai_file_content" "answers" {
  count = var.output_file_id == null ? 0 : 1
  id    = var.output_file_id
}

output "opinions" {
  value = {
    for line in flatten([for file in data.openai_file_content.answers : provider::openai::jsonldecode(file.content)]) :
    line.custom_id => join("", flatten([
      for item in line.response.body.output :
      [for part in item.content : part.text if part.type == "output_text"] if item.type == "message"
    ]))
    if try(line.response.status_code, null) == 200
  }
}
