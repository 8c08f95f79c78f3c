# Two lines: {"a":1,"b":"x < y"} and [2,3]
output "lines" {
  value = provider::openai::jsonlencode([{ b = "x < y", a = 1 }, [2, 3]])
}

# Items of an evaluation, one a line.
resource "openai_file" "evals" {
  purpose  = "evals"
  filename = "capitals.jsonl"
  content = provider::openai::jsonlencode([
    for country, capital in { France = "Paris", Peru = "Lima" } :
    { item = { question = "What is the capital of ${country}?", answer = capital } }
  ])
}
