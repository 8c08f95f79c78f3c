# Stands for the output of a batch, which OpenAI makes. Its lines are answers, not requests: no check of requests.
resource "openai_file" "output" {
  purpose      = "batch"
  source       = "${path.module}/data/output.jsonl"
  check_format = false

  expires_after = {
    seconds = 24 * 3600
  }
}

data "openai_file_content" "output" {
  id        = openai_file.output.id
  max_bytes = 50 * 1024 * 1024 # the default is 10 MiB
}

# One value for each line.
output "answers" {
  value = {
    for line in provider::openai::jsonldecode(data.openai_file_content.output.content) :
    line.custom_id => line.response.body.choices[0].message.content
  }
}

# The same without a function of the provider.
output "lines" {
  value = [for line in split("\n", trimspace(data.openai_file_content.output.content)) : jsondecode(line).custom_id]
}
