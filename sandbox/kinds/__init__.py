"""The kinds that a cluster of the sandbox serves, and their schemas, as the set-up cached them."""

from sandbox.kinds.library import Kind, Kinds

__all__ = ["Kind", "Kinds"]
