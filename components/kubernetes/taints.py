"""Taints of nodes among a component's arguments, and the tolerations of pods that go there."""

from collections.abc import Iterable, Sequence

from components.checks import Checks
from facts.pools.offers import Taint, parse_taint

__all__ = ["read_taints", "tolerations"]


def read_taints(checks: Checks, key: str, default: Sequence[str] = ()) -> list[Taint]:
    """The taints of an argument, each `key=value:Effect`; notes what is none."""
    found: list[Taint] = []
    for text in checks.texts(key, default):
        taint = parse_taint(text)
        if taint is None:
            checks.problem(key, text, "key=value:Effect")
        else:
            found.append(taint)
    return found


def tolerations(taints: Iterable[Taint]) -> list[dict[str, str]]:
    """Tolerations of a pod, one for each of these taints and nothing else."""
    return [
        {"key": key, "operator": "Equal", "value": value, "effect": effect}
        for key, value, effect in taints
    ]
