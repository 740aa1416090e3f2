"""What things cost by the vendors' lists, and what that makes in a month."""
