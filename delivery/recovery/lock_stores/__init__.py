"""Where the engine's locks are kept, by the scheme of the backend's URL: each store's own client."""
