"""What is said of a defect of the sandbox itself: where it is, but none of the values."""

import traceback
from pathlib import Path

__all__ = ["defect"]

_SHOWN_FRAMES = 3
_ROOT = Path(__file__).resolve().parent.parent


def defect(what: str, error: Exception) -> str:
    """The message for an exception that nobody expected in `what`; its text may hold a secret."""
    frames = traceback.extract_tb(error.__traceback__)[-_SHOWN_FRAMES:]
    places = ", ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in frames)
    return (
        f"the sandbox itself failed in {what}: {type(error).__name__} at {places}. This is a"
        " defect of the sandbox, not of the program; its text is withheld, as it may hold a secret"
    )


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
