"""Taints of nodes among a component's arguments, and the tolerations of pods that go there."""

from collections.abc import Iterable, Sequence
from typing import Final

from components.checks import Checks
from facts.accelerators import GPU
from facts.pools.offers import Taint, parse_taint

__all__ = ["gpu_tolerations", "read_taints", "tolerations"]

# Of GPU nodes, which keeps all other pods away; whatever its value.
_GPU: Final = {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}


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


def gpu_tolerations(further: Iterable[Taint]) -> list[dict[str, str]]:
    """Tolerations of a pod on GPU nodes: of the taint that all have, and of further ones."""
    return [dict(_GPU), *tolerations(further)]
