"""Data and arithmetic shared by all parts: imports nothing of ours and no SDK."""
