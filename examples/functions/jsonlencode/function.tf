terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

resource "openai_file" "requests" {
  purpose  = "batch"
  filename = "requests.jsonl"
  content = provider::openai::jsonlencode([
    for number, topic in ["primes", "squares"] : {
      custom_id = tostring(number)
      method    = "POST"
      url       = "/v1/responses"
      body      = { model = "gpt-6-luna", input = "Explain ${topic} in one sentence." }
    }
  ])
}

# {"a":1,"b":"x < y"}
# [2,3]
output "lines" {
  value = provider::openai::jsonlencode([{ b = "x < y", a = 1 }, [2, 3]])
}
