"""Deployed functions that answer: what was uploaded runs, and requests reach it as in the cloud."""
