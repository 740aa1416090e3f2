"""Registries of models: what a name stands for at the moment, asked by each vendor's own client."""
