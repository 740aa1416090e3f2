"""Asks whoever is at the terminal; where nobody is, the answer has to be given in advance."""

import os
import sys

from delivery.failure import Failure

__all__ = ["agreed", "confirmed", "named"]


def agreed(question: str, instead: str) -> bool:
    """Whether somebody says yes.

    Raises:
        Failure: nobody can be asked; `instead` are the options that say it in advance.
    """
    if not (os.isatty(0) and os.isatty(1)):
        raise Failure(
            f"nobody can be asked ({question.lower().rstrip('?')}): this is no terminal\n"
            f"  fix: add {instead}"
        )
    print(f"{question} [y/N] ", end="", flush=True, file=sys.stderr)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def confirmed(question: str = "Write this?", *, dry_run: bool, yes: bool) -> bool:
    """Whether what was shown is to be done: never in a dry run, else by `--yes` or on an answer.

    Raises:
        Failure: nobody can be asked.
    """
    return not dry_run and (yes or agreed(question, "--yes, or --dry-run to look only"))


def named(name: str, question: str) -> bool:
    """Whether somebody types the name in full: for what a habitual `y` must not begin."""
    print(f"{question}? Type the name of the stack, {name}: ", end="", flush=True, file=sys.stderr)
    return sys.stdin.readline().strip() == name
