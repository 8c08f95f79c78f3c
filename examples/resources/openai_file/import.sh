terraform import openai_file.handbook file-abc123
