terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "capitals" {
  purpose  = "evals"
  filename = "capitals.jsonl"
  content = provider::openai::jsonlencode([
    for country, capital in { France = "Paris", Peru = "Lima" } :
    { item = { question = "What is the capital of ${country}?", answer = capital } }
  ])
}
