terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

# A PNG picture of one pixel. For a picture on disk, use source.
resource "openai_file" "pixel" {
  purpose        = "vision"
  filename       = "pixel.png"
  content_base64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
}
