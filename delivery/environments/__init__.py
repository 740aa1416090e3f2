"""Environments of the project: new ones, and how they are protected."""
