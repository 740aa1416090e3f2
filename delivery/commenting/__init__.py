"""One comment on a pull request, updated in place."""
