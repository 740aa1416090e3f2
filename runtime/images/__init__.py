"""Dockerfiles of the runtime, and the health check that they have instead of a shell's."""
