locals {
  questions = csvdecode(file("${path.module}/data/support.csv"))

  examples = [
    for row in local.questions : {
      messages = [
        { role = "system", content = "You answer for the support of an online shop, in one sentence." },
        { role = "user", content = row.question },
        { role = "assistant", content = row.answer },
      ]
    }
  ]

  # Every sixth example checks what the others teach.
  training   = [for i, example in local.examples : example if i % 6 != 5]
  validation = [for i, example in local.examples : example if i % 6 == 5]
}

resource "openai_file" "training" {
  purpose  = "fine-tune"
  filename = "support-training.jsonl"
  content  = provider::openai::jsonlencode(local.training)

  lifecycle {
    create_before_destroy = true
  }
}

resource "openai_file" "validation" {
  purpose      = "fine-tune"
  filename     = "support-validation.jsonl"
  content      = provider::openai::jsonlencode(local.validation)
  check_format = false # it may have fewer than ten examples

  lifecycle {
    create_before_destroy = true
  }
}

output "training_file" {
  value = openai_file.training.id
}

output "validation_file" {
  value = openai_file.validation.id
}
