terraform {
  required_providers {
    openai = {
      source  = "openaifiles/openai"
      version = "~> 0.1"
    }
  }
}

# The key comes from the environment variable OPENAI_API_KEY, so that it is in no file.
provider "openai" {
  max_retries            = 5
  max_concurrent_uploads = 10
}
