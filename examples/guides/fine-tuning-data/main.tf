terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

locals {
  questions = csvdecode(file("${path.module}/data/support.csv"))

  examples = [
    for row in local.questions : {
      messages = [
        { role = "system", content = "Answer customers of an online shop in one sentence." },
        { role = "user", content = row.question },
        { role = "assistant", content = row.answer },
      ]
    }
  ]
}

resource "openai_file" "training" {
  purpose  = "fine-tune"
  filename = "support-training.jsonl"
  content  = provider::openai::jsonlencode(local.examples)

  lifecycle {
    create_before_destroy = true
  }
}

output "training_file" {
  value = openai_file.training.id
}
