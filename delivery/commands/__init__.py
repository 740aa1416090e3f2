"""The commands of `serving`, by what they do; each one's work is a module of its own."""
