"""Stand-in clouds, so that the real engine runs without an account."""
