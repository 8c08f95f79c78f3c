terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}

data "openai_files" "all" {}

# Files that expire within a week, by name. Several files may have the same name.
output "expiring" {
  value = {
    for file in data.openai_files.all.files : file.filename => file.expires_at...
    if try(timecmp(file.expires_at, timeadd(plantimestamp(), "168h")) < 0, false)
  }
}
