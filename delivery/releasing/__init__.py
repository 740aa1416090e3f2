"""A new version of a model: looked into, published, and written into an environment's settings."""
