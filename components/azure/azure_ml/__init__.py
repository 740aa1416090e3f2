"""Azure ML: online and batch endpoints, and their parts."""
