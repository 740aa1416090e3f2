"""Copies of models in a mirror of one's own."""
