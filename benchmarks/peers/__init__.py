"""The project beside what its users would pick instead: the same deployments, one run, ratios."""
