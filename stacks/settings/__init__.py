"""Typed settings: model files and the environment's configuration, merged and checked.

Imports no SDK, so that `serving check` answers at once.
"""
