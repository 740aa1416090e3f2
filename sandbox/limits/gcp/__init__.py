"""The limits of pulumi-gcp's types, from Google's discovery documents."""

from sandbox.limits.gcp.reader import read

__all__ = ["read"]
