variable "output_file_id" {
  description = "Id of the output of the batch (output_file_id), once it has ended."
  type        = string
  default     = null
}

locals {
  reviews = yamldecode(file("${path.module}/data/reviews.yaml"))

  requests = [
    for id, review in local.reviews : {
      custom_id = id
      method    = "POST"
      url       = "/v1/chat/completions"
      body = {
        model = "gpt-5-mini"
        messages = [
          { role = "developer", content = "Answer with one word: positive, negative or mixed." },
          { role = "user", content = review },
        ]
      }
    }
  ]
}

resource "openai_file" "requests" {
  purpose  = "batch"
  filename = "reviews.jsonl"
  content  = provider::openai::jsonlencode(local.requests)

  # At most 30 days, and 30 days as well when it is not set.
  expires_after = {
    seconds = 30 * 24 * 3600
  }

  lifecycle {
    create_before_destroy = true
  }
}

output "requests_file" {
  value = openai_file.requests.id
}

# The way back: the lines of the output, in whatever order they come.
data "openai_file_content" "answers" {
  count = var.output_file_id == null ? 0 : 1
  id    = var.output_file_id
}

output "opinions" {
  value = {
    for line in flatten([for file in data.openai_file_content.answers : provider::openai::jsonldecode(file.content)]) :
    line.custom_id => line.response.body.choices[0].message.content if line.response.status_code == 200
  }
}
