"""Each resource type in turn: deleted beside the engine, and each call of it that fails."""
