"""The inference core, its handlers, and the example model."""
