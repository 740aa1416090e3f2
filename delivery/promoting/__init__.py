"""A model's version from one environment to another, and back."""
