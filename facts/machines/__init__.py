"""Machine types that carry GPUs, of three clouds; facts/machines/choose.py finds them by a need."""
