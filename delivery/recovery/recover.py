"""`serving recover`: take over what a killed run left, so that the next update goes on from there.

By itself it runs before every `serving up`. Nothing is changed until every operation is decided.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from delivery import engine, project, state
from delivery.disk import telling, write_whole
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.recovery import locks, lookup
from delivery.recovery.edit import adopted, pending
from delivery.recovery.judge import Decided, Found, Judged, judged
from delivery.recovery.lock_stores.protocol import NotLookedAtError
from delivery.recovery.numbered import unknown_to_state
from delivery.recovery.taken_away import left_over
from delivery.running.hold import hold
from delivery.running.state_file import backend, file_of, mend
from facts.engine_lock import Lock

__all__ = ["before_update", "recover"]

_NOTHING: Final = "Nothing to recover: no lock is left, and no operation is pending."
_NOTHING_PENDING: Final = "Nothing to recover: no operation is pending."
_GOING_ON: Final = (
    "  going on without: the engine looks itself, and is stopped by a lock that is left"
)
_EXPORTS: Final = Path(".out/recovery")


@dataclass(slots=True)
class Report:
    """What was found, and what became of it."""

    environment: str
    cleared: list[Lock] = field(default_factory=list[Lock])
    unseen: str = ""
    """Why the locks were not looked at."""
    operations: Judged = field(default_factory=Judged)
    export: Path | None = None

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"Cleared the lock of process {lock.process} of {lock.user}@{lock.host}, which is dead."
            for lock in self.cleared
        ]
        for title, each in (
            ("Adopted", self.operations.adopted),
            ("Dropped", self.operations.dropped),
            ("Read again", self.operations.changed),
        ):
            told += [f"{title}: {one}" for one in each]
        if self.export:
            told.append(f"The state as it was: {self.export}")
        return told

    def document(self) -> dict[str, Any]:
        """For programs."""

        def listed(found: Sequence[Found]) -> list[dict[str, str]]:
            return [{"name": each.name, **asdict(each)} for each in found]

        return {
            "schema_version": 1,
            "environment": self.environment,
            "locks_cleared": [
                {"process": each.process, "host": each.host, "since": each.since.isoformat()}
                for each in self.cleared
            ],
            "locks_not_looked_at": self.unseen or None,
            "adopted": listed(self.operations.adopted),
            "dropped": listed(self.operations.dropped),
            "read_again": listed(self.operations.changed),
            "undecided": listed(self.operations.undecided),
            "export": str(self.export) if self.export else None,
        }


def recover(
    environment: str, *, yes: bool, as_json: bool, adopt: Sequence[str], forget: Sequence[str]
) -> int:
    """The command; its exit code."""
    folder = project.root()
    project.known_environment(folder, environment)
    decided = Decided(_ids(adopt), frozenset(forget))
    with hold(folder, environment, f"serving recover --env {environment}"):
        report = Report(environment)
        _clear_locks(folder, report)
        mend(folder, environment)
        deployment = state.deployment(folder, environment)
        _judge(folder, report, deployment, decided)
        stopped = _stopped(report)
        if not stopped and _half_done(deployment):
            _approve(report, yes=yes)
            _change(folder, report, deployment)
    if as_json:
        print(json.dumps(report.document(), indent=2))
    elif not stopped:
        print("\n".join(report.lines()) or (_NOTHING_PENDING if report.unseen else _NOTHING))
    if stopped:
        raise Failure(stopped, Exit.ERROR)
    return Exit.OK


def before_update(folder: Path, environment: str) -> None:
    """The same before an update, which has the stack to itself on this machine.

    Raises:
        Failure: somebody else's lock, or something is to be decided first.
    """
    report = Report(environment)
    _clear_locks(folder, report)
    if _nothing_half_done(folder, environment):
        deployment: dict[str, Any] = {}
    else:
        try:
            deployment = state.deployment(folder, environment)
        except Failure as failure:
            if failure.code is Exit.NO_STACK:
                return  # The engine says so itself, or makes it.
            raise
    _judge(folder, report, deployment, Decided())
    if stopped := _stopped(report):
        print("\n".join(report.lines()), file=sys.stderr)
        raise Failure(stopped, Exit.ERROR)
    if _half_done(deployment):
        _change(folder, report, deployment)
    if told := report.lines():
        print("\n".join(told), file=sys.stderr)


def _clear_locks(folder: Path, report: Report) -> None:
    """Clear what dead processes left; where the store cannot be asked, say so and go on.

    The engine may have a login that we do not find, and takes its lock itself before it updates,
    destroys, refreshes or imports: Lock in backend/diy/lock.go of Pulumi 3.259.

    Raises:
        Failure: somebody else's lock.
    """
    try:
        stack = locks.of_stack(folder, report.environment)
        report.cleared = locks.clear_dead(stack, report.environment)
    except NotLookedAtError as unseen:
        report.unseen = str(unseen)
        print(f"{unseen}\n{_GOING_ON}", file=sys.stderr)


def _nothing_half_done(folder: Path, environment: str) -> bool:
    """Whether a state in a folder says so: read at once, where the engine takes a second."""
    if not backend(folder):
        return True  # Nobody is logged in, as the engine says.
    file = file_of(folder, environment)
    if file is None or list(file.parent.glob(f"{file.name}.*gz")):
        return False
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return not _half_done(told["checkpoint"].get("latest") or {})
    except FileNotFoundError:
        return True
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _judge(folder: Path, report: Report, deployment: Mapping[str, Any], decided: Decided) -> None:
    if not _half_done(deployment):
        return
    report.export = _kept(folder, report.environment, deployment)
    report.operations = judged(
        deployment,
        decided,
        lambda candidates: lookup.live(folder, report.environment, deployment, candidates),
        lambda record: unknown_to_state(record, deployment.get("resources") or []),
    )


def _half_done(deployment: Mapping[str, Any]) -> bool:
    """Whether a run has ended in the middle of something, as its state shows."""
    return bool(pending(deployment) or left_over(deployment.get("resources") or []))


def _kept(folder: Path, environment: str, deployment: Mapping[str, Any]) -> Path:
    """The state as it was, with its secrets encrypted, for nobody else to read."""
    file = _EXPORTS / f"{environment}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    with telling(file):
        (folder / _EXPORTS).mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(folder / file, deployment)
    return file


def _write(file: Path, deployment: Mapping[str, Any]) -> None:
    told = json.dumps({"version": 3, "deployment": deployment})
    write_whole(file, told.encode(), mode=0o600)


def _stopped(report: Report) -> str:
    """What is to be decided first, and how; empty when all is."""
    undecided = report.operations.undecided
    if not undecided:
        return ""
    name = undecided[0].name
    listed = "".join(f"\n  {each}" for each in undecided)
    command = f"serving recover --env {report.environment} --yes"
    return (
        f"what a killed run had begun is to be decided first; the state is unchanged{listed}\n"
        "  fix: look for each at the vendor, then say all at once: one that is there and yours by\n"
        f"       `{command} --adopt {name}=<id>`; one that is not there, or not yours, by\n"
        f"       `{command} --forget {name}`"
    )


def _approve(report: Report, *, yes: bool) -> None:
    if yes:
        return
    if not (os.isatty(0) and os.isatty(1)):
        raise Failure(
            "nobody can approve this: it is no terminal\n"
            + "".join(f"  {line}\n" for line in report.lines())
            + "  fix: add --yes"
        )
    print("\n".join(report.lines()))
    if input("Change the state so? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise Failure("nothing was changed", Exit.OK)


def _change(folder: Path, report: Report, deployment: Mapping[str, Any]) -> None:
    """Read again what was being changed, write the state, and look that nothing is left.

    In this order where the state's secrets can be read in a copy: what is to be read again stands
    nowhere once the state is written, since `pulumi stack import` drops pending operations.
    """
    after = adopted(deployment, report.operations.made)
    live = {
        str(each["urn"])
        for each in cast("list[dict[str, Any]]", after["resources"])
        if not each.get("delete")
    }
    again = sorted({each.urn for each in report.operations.changed} & live)
    in_a_copy = lookup.is_read_in_a_copy(deployment)
    if again and in_a_copy:
        after = lookup.read_again(folder, report.environment, after, again)
        _refuse_meanwhile(folder, report.environment, deployment)
    with tempfile.TemporaryDirectory(prefix="serving-recover-") as temporary:
        file = Path(temporary) / "state.json"
        _write(file, after)
        given = ["stack", "import", "--stack", report.environment, "--file", str(file)]
        engine.quiet(folder, [*given, "--non-interactive"])
    if again and not in_a_copy:
        _read_again(folder, report.environment, again)
    if left := pending(state.deployment(folder, report.environment)):
        raise Failure(
            f"{len(left)} operations are pending all the same\n"
            "  fix: repeat the command; another run of this stack may have begun",
            Exit.ERROR,
        )


def _refuse_meanwhile(folder: Path, environment: str, deployment: Mapping[str, Any]) -> None:
    """Reading takes its time: what another machine has written meanwhile is not overwritten."""
    now = state.deployment(folder, environment)
    kept = ("resources", "pending_operations")
    if any((now.get(key) or []) != (deployment.get(key) or []) for key in kept):
        raise Failure(
            "the state was changed meanwhile, by another machine; nothing was written\n"
            "  fix: repeat the command once that has ended",
            Exit.ERROR,
        )


def _read_again(folder: Path, environment: str, urns: Sequence[str]) -> None:
    targets = [part for urn in urns for part in ("--target", urn)]
    flags = ("--yes", "--skip-preview", "--non-interactive")
    try:
        engine.quiet(folder, ["refresh", "--stack", environment, *flags, *targets])
    except Failure as failure:
        names = ", ".join(urn.rpartition("::")[2] for urn in urns)
        raise Failure(
            f"the state was written, and {names} could not be read again: {failure}\n"
            f"  fix: what is said there, then: serving up --env {environment} -- --refresh",
            failure.code,
        ) from None


def _ids(given: Sequence[str]) -> dict[str, str]:
    """`name=id`; a URN may be the name.

    Raises:
        Failure: one has no id.
    """
    found: dict[str, str] = {}
    for each in given:
        name, _, resource_id = each.partition("=")
        if not name or not resource_id:
            raise Failure(f"--adopt {each}: write name=id, as in --adopt fraud-key=1234abcd-12ab")
        found[name] = resource_id
    return found
