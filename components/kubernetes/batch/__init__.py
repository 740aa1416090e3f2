"""A model that scores in batches."""
