"""A job that holds captured requests against a profile."""
