"""What a model's files are by their bytes, read without loading anything of them."""
