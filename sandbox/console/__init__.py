"""`sandbox/cloud`: look into the sandbox's clouds, change them behind Pulumi's back, break them."""

from sandbox.console.command import main

__all__ = ["main"]
