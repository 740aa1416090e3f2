"""A model in an image of one's own: its pods, its strategies, how requests come in."""
