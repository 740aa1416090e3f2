"""AWS Lambda: a function behind an HTTP API, and its parts."""
