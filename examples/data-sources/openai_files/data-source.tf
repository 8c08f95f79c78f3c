# All training files of the project, newest first.
data "openai_files" "training" {
  purpose        = "fine-tune"
  filename_regex = "^train-.*\\.jsonl$"
}

output "training_ids" {
  value = data.openai_files.training.ids
}

# What expires within a week, by name.
data "openai_files" "all" {}

output "expiring" {
  value = {
    for file in data.openai_files.all.files : file.filename => file.expires_at...
    if try(timecmp(file.expires_at, timeadd(plantimestamp(), "168h")) < 0, false)
  }
}
