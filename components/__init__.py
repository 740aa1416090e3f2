"""Components that put one model, or one pool of machines, on one platform."""
