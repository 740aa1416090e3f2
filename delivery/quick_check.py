"""`serving check` as editors and hooks run it, at each save, without loading Typer.

Typer is a quarter of what a check of one model's settings costs. What is taken here means the same
as by `delivery.commands.looking.check`, which has the options; whatever is not, from `--help` to a
mistake, is left to that. See docs/adr/0055-check-without-typer.md.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

__all__ = ["quick_check"]

_VALUES: Final[Mapping[str, str]] = {
    "--env": "env",
    "-e": "env",
    "--only": "only",
    "--format": "form",
    "-f": "form",
    "--output": "output",
}
# `--watch` stays as long as its terminal: to start fast is nothing to it.
_SWITCHES: Final[Mapping[str, str]] = {
    "--no-guardrails": "no_guardrails",
    "--json": "as_json",
    "--plain": "plain",
}
# By which a shell asks Typer what could come next.
_COMPLETION: Final = "_SERVING_COMPLETE"


def quick_check(arguments: Sequence[str]) -> int | None:
    """Run `serving <arguments>` if it is a plain `check`.

    Returns:
        The exit code; None where nothing was done and Typer is to read the arguments.

    Raises:
        Failure: as `delivery.check.check`.
    """
    if not arguments or arguments[0] != "check" or _COMPLETION in os.environ:
        return None
    found = _options(arguments[1:])
    if found is None:
        return None
    from delivery.check import check  # noqa: PLC0415 - not for every other command

    output = found.get("output")
    return check(
        found.get("env"),
        only=found.get("only"),
        guardrails="no_guardrails" not in found,
        form="json" if "as_json" in found else found.get("form", "text"),
        output=Path(output) if output is not None else None,
        plain="plain" in found,
    )


def _options(arguments: Sequence[str]) -> dict[str, str] | None:
    """By the command's parameters what was given; None where one is not plainly one of them."""
    found: dict[str, str] = {}
    rest = iter(arguments)
    for each in rest:
        name, equals, value = each.partition("=")
        if name in _VALUES and (not equals or name.startswith("--")):
            parameter = _VALUES[name]
            value = value if equals else next(rest, "")
            if not value or value.startswith("-"):
                return None
        elif each in _SWITCHES:
            parameter = _SWITCHES[each]
        else:
            return None
        if parameter in found:
            return None
        found[parameter] = value
    return found
