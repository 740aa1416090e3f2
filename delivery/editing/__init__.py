"""Changes to settings files that leave every other line as it is."""
