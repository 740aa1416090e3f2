"""What `serving` writes to GitHub: a pull request's comment, an issue about drift."""
