"""What a run that was cut short leaves behind, and how to go on."""

import json
import signal
from pathlib import Path

from sandbox.progress import say


def pending(state: Path) -> list[str]:
    """Operations that the engine began and never saw end, such as `creating urn:…`."""
    try:
        operations = json.loads(state.read_text())["checkpoint"]["latest"]["pending_operations"]
        return [f"{each['type']} {each['resource']['urn']}" for each in operations or ()]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def tell(state: Path, code: int) -> None:
    """Say at the end of an interrupted run what is known and which command goes on.

    Args:
        state: file of the stack's state.
        code: how the engine ended, negative by a signal.
    """
    if code < 0:
        say(f"error: the engine was ended by {_name(-code)}.")
        if -code in (signal.SIGSEGV, signal.SIGILL, signal.SIGBUS):
            say("If that happens again: `.venv/bin/python -m sandbox.bootstrap` checks the engine.")
    stack = state.stem
    unknown = pending(state)
    say("What was done before that is in the state; the same command goes on from there.")
    if not unknown:
        return
    say("Begun, and not known to have ended:")
    for operation in unknown:
        say(f"  {operation}")
    if any(operation.startswith("creating ") for operation in unknown):
        say(
            f"`sandbox/run serving recover --env {stack}` takes over what was made and is ours, as "
            "`serving up`\ndoes by itself; plain `pulumi up` would make it again."
        )


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
