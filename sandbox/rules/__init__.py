"""What the official providers themselves decide: what replaces, and which inputs exclude others."""

from sandbox.rules.library import Rules
from sandbox.rules.model import TypeRules

__all__ = ["Rules", "TypeRules"]
