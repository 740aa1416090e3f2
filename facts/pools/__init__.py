"""Pools of GPU nodes: what they offer, what can be asked of them, what each cloud adds."""
