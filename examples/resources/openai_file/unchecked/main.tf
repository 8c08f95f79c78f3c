terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

# Lines that only your server understands. The provider does not check them.
resource "openai_file" "requests" {
  purpose      = "batch"
  filename     = "requests.jsonl"
  content      = "{\"custom_id\":\"1\",\"url\":\"/v2/rerank\",\"body\":{}}\n"
  check_format = false
}
