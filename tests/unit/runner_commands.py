"""What GitHub's runner makes of what a step prints, and of the file of its outputs.

As its own source has it (actions/runner, src/Runner.Common/ActionCommand.cs,
src/Runner.Worker/ActionCommandManager.cs and FileCommandManager.cs, read 2026-11-27): a manager of
commands is made for each step, so what stops it ends with the step.
"""

from collections.abc import Iterable
from typing import Final

__all__ = ["obeyed", "outputs"]

_STOP: Final = "stop-commands"
# Those that the runner has an extension for.
_KNOWN: Final = frozenset(
    {
        *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
        *("notice", "remove-matcher", "save-state", "set-env", "set-output", "warning", _STOP),
    }
)


def obeyed(printed: Iterable[str]) -> list[tuple[str, str]]:
    """Commands that are carried out, each with its text, of the lines of one step."""
    done: list[tuple[str, str]] = []
    until = ""
    for line in printed:
        known = _KNOWN | {until.lower()} if until else _KNOWN
        found = _at_the_beginning(line, known) or _anywhere(line, known)
        if found is None:
            continue
        name, text = found
        if until:
            until = "" if name == until.lower() else until
        elif name == _STOP:
            until = text
        else:
            done.append(found)
    return done


def _at_the_beginning(line: str, known: frozenset[str]) -> tuple[str, str] | None:
    """`::name key=value::text`."""
    head, separator, text = line.lstrip().removeprefix("::").partition("::")
    if not line.lstrip().startswith("::") or not separator:
        return None
    name = head.partition(" ")[0].lower()
    return (name, text) if name in known else None


def _anywhere(line: str, known: frozenset[str]) -> tuple[str, str] | None:
    """`##[name key=value]text`, by the first that there is in the line."""
    _, began, rest = line.partition("##[")
    head, ended, text = rest.partition("]")
    if not began or not ended:
        return None
    name = head.partition(" ")[0].lower()
    return (name, text) if name in known else None


def outputs(file: str) -> dict[str, str]:
    """Of the file that `GITHUB_OUTPUT` names: `name=value`, or a text up to a word of its own.

    Raises:
        ValueError: a line is neither, at which the runner fails the step.
    """
    found: dict[str, str] = {}
    lines = iter(file.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, found_value = line.partition("=")
            found[name] = found_value
        elif heredoc >= 0:
            name, _, end = line.partition("<<")
            text: list[str] = []
            for each in lines:
                if each == end:
                    break
                text.append(each)
            else:
                raise ValueError(f"no {end} ends it")
            found[name] = "\n".join(text)
        else:
            raise ValueError(f"{line!r} is no output")
    return found
