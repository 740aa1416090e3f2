"""The inference server: FastAPI around the inference core, `python -m runtime.server`."""
