"""The `serving` command: around `pulumi up`."""
