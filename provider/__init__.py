"""First-party Pulumi provider `serving`: what the official providers lack. See README.md."""

__all__ = ["VERSION"]

# Also the version of the schema; the engine records it beside each resource of this package.
VERSION = "0.1.0"
