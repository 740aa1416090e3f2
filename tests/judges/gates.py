"""What the figures must reach."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.judges.panel import EXCEPTIONS, LEAST, PANEL

__all__ = ["failures"]


def failures(provider: str, found: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that a provider's figures do not meet."""
    panel, examples = PANEL[provider], found["examples"]
    if examples["examples"] < panel.examples:
        yield f"{provider}: {examples['examples']} examples; there must be {panel.examples}"
    if examples["refused"]:
        yield f"{provider}: {examples['refused']} examples are refused and not listed"
    if examples["exceptions"] > EXCEPTIONS * examples["examples"]:
        yield f"{provider}: {examples['exceptions']} exceptions; at most {EXCEPTIONS:.0%}"
    for entry in examples["exceptions that are none"]:
        yield f"{provider}: the exception {entry} is not needed"
    mutants = sum(found[name]["made"] for name in ("shape", "limits", "replace"))
    if mutants < panel.mutants:
        yield f"{provider}: {mutants} mutants; there must be {panel.mutants}"
    for name, least in LEAST.items():
        if found[name]["share"] <= least:
            yield f"{provider}: {name} {found[name]['share']:.1%}; more than {least:.0%} is wanted"
    for kind, one in found["replace"]["kinds"].items():
        if one["share"] <= LEAST["replace"]:
            least = f"more than {LEAST['replace']:.0%} is wanted"
            yield f"{provider}: changes that must {kind}: {one['share']:.1%}; {least}"
