"""Guardrails: the policy pack."""
