"""A plan that somebody approves, and the update that does nothing else.

The engine saves what a preview proposes and holds an update to it, step by step; it does not know
for how long, of which commit or environment a plan is good. That stands beside the plan's file.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from delivery import git
from delivery.disk import telling, write_whole
from delivery.exits import Exit
from delivery.failure import Failure

SCHEMA_VERSION: Final = 1
MAX_AGE_HOURS: Final = 24.0
_SHOWN: Final = 5
# A clock that goes behind the one that made the plan.
_CLOCK_SLACK: Final = timedelta(minutes=5)
# Steps of a plan that leave what there is as it is.
_NO_CHANGE: Final = frozenset({"same", "read", "refresh"})
# The engine hides the flags of plans without it (pulumi up --help, 3.259).
VARIABLES: Final[Mapping[str, str]] = {"PULUMI_EXPERIMENTAL": "true"}


@dataclass(frozen=True, slots=True)
class Approved:
    """What a command does about plans: save one, or keep to one."""

    save: Path | None = None
    keep_to: Path | None = None
    max_age_hours: float = MAX_AGE_HOURS

    def flags(self, folder: Path, environment: str) -> list[str]:
        """The engine's flags.

        Raises:
            Failure: the plan cannot be saved, or not be used.
        """
        if self.save is not None:
            return save_flags(folder, self.save)
        if self.keep_to is not None:
            return keep_flags(folder, environment, self.keep_to, self.max_age_hours)
        return []

    @property
    def variables(self) -> dict[str, str]:
        """The engine's environment variables."""
        return dict(VARIABLES) if self.save or self.keep_to else {}


NOT_APPROVED: Final = Approved()


def origin_file(plan: Path) -> Path:
    """Where it stands what a plan was made of."""
    return plan.with_name(plan.name + ".origin.json")


def save_flags(folder: Path, plan: Path) -> list[str]:
    """The flags of a preview that saves its plan; the folder is made.

    Raises:
        Failure: the files are not committed, so that nobody could say what the plan is of.
    """
    if git.head(folder) and (changed := git.changed(folder, "HEAD")):
        raise Failure(
            f"a plan is approved for a commit, and these files are not committed: {_few(changed)}\n"
            "  fix: commit them, or preview without --save-plan"
        )
    plan = plan.absolute()
    with telling(plan):
        plan.parent.mkdir(parents=True, exist_ok=True)
        # One of before must not pass for this one if the preview fails.
        plan.unlink(missing_ok=True)
        origin_file(plan).unlink(missing_ok=True)
    return ["--save-plan", str(plan)]


def sign(folder: Path, environment: str, plan: Path, *, also: int = 0) -> None:
    """Write beside a plan that was just saved what it was made of.

    `also` is how many resources change in what is no step of the engine's: their protection.
    """
    origin = {
        "schema_version": SCHEMA_VERSION,
        "environment": environment,
        "commit": git.head(folder),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": _digest(plan),
        "changes": changes(plan) + also,
    }
    with telling(origin_file(plan)):
        write_whole(origin_file(plan), (json.dumps(origin, indent=2) + "\n").encode())


def changes(plan: Path) -> int:
    """How many resources a plan changes; with none of them there is nothing to approve."""
    try:
        read: dict[str, Any] = json.loads(plan.read_text(encoding="utf-8"))
        resources: dict[str, dict[str, Any]] = read.get("resourcePlans") or {}
        steps: list[set[str]] = [set(each.get("steps") or ()) for each in resources.values()]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise Failure(f"the plan {plan} cannot be read: {error}", Exit.ERROR) from None
    return sum(not each <= _NO_CHANGE for each in steps)


def keep_flags(folder: Path, environment: str, plan: Path, max_age_hours: float) -> list[str]:
    """The flags of an update that is held to a plan.

    Raises:
        Failure: with everything that makes the plan one of something else.
    """
    origin = _origin(plan)
    wrong: list[str] = []
    if origin.get("environment") != environment:
        wrong.append(f"it was made for {origin.get('environment')!r}, not for {environment!r}")
    head = git.head(folder)
    if origin.get("commit") != head:
        wrong.append(f"it was made of commit {origin.get('commit')}, and this is {head}")
    elif head and (changed := git.changed(folder, "HEAD")):
        wrong.append(f"these files are not as they were committed: {_few(changed)}")
    if origin.get("sha256") != _digest(plan):
        wrong.append("it is not the file that the preview saved")
    wrong += _too_old(str(origin.get("made")), max_age_hours)
    if wrong:
        raise Failure(
            "\n".join(
                [
                    f"the plan {plan} cannot be used:",
                    *(f"  {each}" for each in wrong),
                    f"  fix: `serving preview --env {environment} --save-plan {plan}`; approve it",
                ]
            )
        )
    return ["--plan", str(plan.absolute())]


def _few(files: list[str]) -> str:
    return ", ".join([*files[:_SHOWN], *(["and more"] if len(files) > _SHOWN else [])])


def _origin(plan: Path) -> Mapping[str, Any]:
    try:
        found: object = json.loads(origin_file(plan).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(
            f"nothing says what the plan {plan} was made of: {error}\n"
            f"  fix: save it with `serving preview --save-plan {plan}`, and keep "
            f"{origin_file(plan).name} beside it"
        ) from None
    if not isinstance(found, dict) or not plan.is_file():
        raise Failure(f"{plan} and {origin_file(plan).name} are no plan", Exit.CONFIGURATION)
    return cast("dict[str, Any]", found)


def _too_old(made: str, max_age_hours: float) -> list[str]:
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(made)
    except (ValueError, TypeError):
        return [f"when it was made is not known: {made}"]
    if age < -_CLOCK_SLACK:
        return [f"it was made in the future, {made}: one of the two clocks is wrong"]
    if age > timedelta(hours=max_age_hours):
        return [f"it was made {made}, more than {max_age_hours:g} hours ago"]
    return []


def _digest(plan: Path) -> str:
    try:
        with plan.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Failure(f"the plan {plan} cannot be read: {error.strerror}") from None
