"""What the engine is not asked for: options and variables by which it writes secrets in clear."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from delivery.failure import Failure

__all__ = ["refuse_what_tells_secrets"]

# From this one on the engine's log has what goes to providers, unmasked: measured with 3.259.
_TELLS: Final = 9
_LEVEL: Final = re.compile(r"(?:-v|--verbose)(?:=|(?=\d))?(\d*)")
_WAY_OUT: Final = "call `pulumi` itself, where nobody else reads what it writes"
# Each option has a variable too: https://www.pulumi.com/docs/iac/cli/environment-variables/
_LEVEL_VARIABLE: Final = "PULUMI_OPTION_VERBOSE"
_VARIABLES: Final = {
    "PULUMI_DEBUG_GRPC": "what the engine and its plugins say to each other goes to a file, secrets"
    " in clear",
    "PULUMI_OPTION_SHOW_SECRETS": "it shows secrets",
}


def refuse_what_tells_secrets(
    arguments: Sequence[str], variables: Mapping[str, str] = os.environ
) -> None:
    """Refuse what would write secrets past us, to a log or to a file.

    Raises:
        Failure: names all of them at once.
    """
    found = [*_levels(arguments), *_flags(arguments)]
    level = variables.get(_LEVEL_VARIABLE, "")
    if level.isdecimal() and int(level) >= _TELLS:
        found.append(_level(f"{_LEVEL_VARIABLE}={level}"))
    found += [
        f"{name}: {what}\n  fix: unset {name}, or {_WAY_OUT}"
        for name, what in _VARIABLES.items()
        if variables.get(name, "").lower() not in {"", "0", "false"}
    ]
    if found:
        raise Failure("\n".join(found))


def _levels(arguments: Sequence[str]) -> Iterator[str]:
    for position, argument in enumerate(arguments):
        level = _LEVEL.fullmatch(argument)
        if level is None:
            continue
        text = level[1] or next(iter(arguments[position + 1 :]), "")
        if text.isdecimal() and int(text) >= _TELLS:
            yield _level(argument if level[1] else f"{argument} {text}")


def _level(asked: str) -> str:
    return (
        f"{asked}: from level {_TELLS} on the engine's log has secrets in clear\n"
        f"  fix: use a level up to {_TELLS - 1}, or {_WAY_OUT}"
    )


def _flags(arguments: Sequence[str]) -> Iterator[str]:
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name == "--show-secrets" and value != "false":
            yield (
                "--show-secrets: serving hides secrets in all that it passes on\n"
                "  fix: leave it out; `pulumi stack output --show-secrets` shows one"
            )
        elif name == "--event-log":
            yield (
                "--event-log: the engine writes to that file what clouds say, secrets included\n"
                f"  fix: leave it out, or {_WAY_OUT}"
            )
