"""Dockerfiles as tests read them: stages, and what each does."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["FOLDER", "Stage", "stages"]

FOLDER = Path(__file__).parents[2] / "runtime" / "images"


@dataclass(slots=True)
class Stage:
    """One stage: `base` is an image or a stage before, `steps` instruction and argument."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def all(self, instruction: str) -> list[str]:
        """The arguments of an instruction, in order."""
        return [argument for word, argument in self.steps if word == instruction]

    def pairs(self, instruction: str) -> dict[str, str]:
        """The `key=value` of LABEL or ENV."""
        words = [word for argument in self.all(instruction) for word in shlex.split(argument)]
        return dict(word.split("=", 1) for word in words)


def stages(path: Path) -> list[Stage]:
    """The stages of a file, comments left out and continued lines joined."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[Stage] = []
    for line in filter(str.strip, text.splitlines()):
        word, _, argument = line.partition(" ")
        if word == "FROM":
            base, _, name = argument.partition(" AS ")
            found.append(Stage(base.strip(), name.strip()))
        else:
            found[-1].steps.append((word, argument.strip()))
    return found
