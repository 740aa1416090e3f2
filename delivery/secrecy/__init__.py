"""Keeps secret values out of what is passed on from the engine; docs/secrets.md says which."""
