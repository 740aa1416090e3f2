"""What a killed run left: its lock, and what it had begun to make, taken over when it is ours."""
