"""The inference server under load, beside a public one with the same model (README.md)."""
