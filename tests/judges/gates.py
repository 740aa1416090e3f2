"""What the figures must reach."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.judges.panel import EXCEPTIONS, LEAST, PANEL

__all__ = ["failures"]


def failures(provider: str, found: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that a provider's figures do not meet."""
    panel = PANEL[provider]
    yield from _examples(provider, found["examples"], panel.examples)
    mutants = sum(found[name]["made"] for name in ("shape", "limits", "replace"))
    if mutants < panel.mutants:
        yield f"{provider}: {mutants} mutants; there must be {panel.mutants}"
    for name, least in LEAST.items():
        if found[name]["share"] <= least:
            yield f"{provider}: {name} {found[name]['share']:.1%}; more than {least:.0%} is wanted"
    if found["limits"]["share"] < panel.vendors:
        share, least = found["limits"]["share"], panel.vendors
        yield f"{provider}: the vendors' models alone catch {share:.1%}; they did {least:.0%}"
    third = found.get("limits, both", {})
    if third.get("share", 1) < LEAST["limits"]:
        least = LEAST["limits"]
        yield f"{provider}: limits by both sources {third['share']:.1%}; {least:.0%} is wanted"
    if refused := found.get("programs", {}).get("refused"):
        yield f"{provider}: the engine's run refuses {refused} programs that are not listed"
    for example in found.get("programs", {}).get("listed in vain", ()):
        yield f"{provider}: the entry of the program {example} is not needed"


def _examples(provider: str, examples: Mapping[str, Any], least: int) -> Iterator[str]:
    if examples["examples"] < least:
        yield f"{provider}: {examples['examples']} examples; there must be {least}"
    if examples["refused"]:
        yield f"{provider}: {examples['refused']} examples are refused and not listed"
    if examples["exceptions"] > EXCEPTIONS * examples["examples"]:
        share = examples["exceptions"] / examples["examples"]
        yield f"{provider}: exceptions are {share:.1%} of the examples; at most {EXCEPTIONS:.0%}"
    for entry in examples["listed in vain"]:
        yield f"{provider}: the entry {entry} of an example is not needed"
