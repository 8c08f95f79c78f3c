# Items from a list that people like to edit.
resource "openai_file" "capitals" {
  purpose  = "evals"
  filename = "capitals.jsonl"
  content = provider::openai::jsonlencode([
    for case in yamldecode(file("${path.module}/data/capitals.yaml")) : { item = case }
  ])

  lifecycle {
    create_before_destroy = true
  }
}

# Items that are JSON Lines already: one file at OpenAI for each file on disk.
resource "openai_file" "from_disk" {
  for_each = fileset("${path.module}/data", "*.jsonl")

  purpose = "evals"
  source  = "${path.module}/data/${each.value}"

  lifecycle {
    create_before_destroy = true
  }
}

output "evaluation_files" {
  value = merge(
    { "capitals.jsonl" = openai_file.capitals.id },
    { for name, file in openai_file.from_disk : name => file.id },
  )
}
