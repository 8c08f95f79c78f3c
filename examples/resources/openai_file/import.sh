# A file that exists already is taken over by its id. When name and size agree with the configuration, nothing is uploaded.
terraform import openai_file.handbook file-abc123
