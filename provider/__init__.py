"""First-party Pulumi provider for what the official ones lack."""
