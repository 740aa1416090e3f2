"""The engine as a process of `serving`, and the one run that a stack has on this machine."""
