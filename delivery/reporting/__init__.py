"""The report of a preview: what it says, and its shapes."""
