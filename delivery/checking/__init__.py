"""Guardrails in process: the program runs against a recorder, and rules judge what it recorded."""
