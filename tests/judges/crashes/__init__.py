"""A kill at every event of an update, in turn: what is lost, doubled or left."""
