"""Packages of the runtime for functions: the same input gives the same bytes."""
