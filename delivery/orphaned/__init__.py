"""Objects at the vendors that carry an environment's tags and that no state knows."""
