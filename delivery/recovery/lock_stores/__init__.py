"""Where the engine's locks are, by the scheme of the backend's URL."""
