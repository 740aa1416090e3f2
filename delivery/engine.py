"""Runs `pulumi`, whichever is first on PATH: the user's own, or the sandbox's in `sandbox/run`."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.running import event_log, process
from delivery.running.hold import Hold
from delivery.running.process import Ended
from delivery.secrecy.known import Engine, Known, knowing
from delivery.secrecy.refused import refuse_what_tells_secrets
from delivery.secrecy.streams import filtered
from delivery.urn import type_of

# How a line begins that says why a run failed; an assertion of the engine is a panic of Go's.
_WRONG: Final = ("error:", "panic:")


def run(
    folder: Path,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    *,
    hold: Hold | None = None,
) -> Ended:
    """Run the engine to its end in the terminal; its exit code, and how it was interrupted.

    What it prints is passed on without the secrets that are known; see docs/secrets.md.

    The engine of 3.259 ends with 1 when a guardrail stops it (its 5 is not wired), so its event
    log is read and 5 is returned.

    Raises:
        Failure: it was asked for what would tell secrets, or is not there.
    """
    refuse_what_tells_secrets(arguments)
    with tempfile.TemporaryDirectory(prefix="serving-") as temporary:
        log = Path(temporary) / "events.json"
        executable = _executable()
        with knowing() as (known, more):
            known.ask(Engine(executable, folder, arguments))
            environment = {**os.environ, **variables, **more, "PULUMI_DEBUG_COMMANDS": "true"}
            command = [executable, *arguments, "--event-log", str(log)]
            with filtered(known.text, known.unfinished) as streams:
                ended = process.run(
                    command, cwd=folder, env=environment, hold=hold, streams=streams
                )
        if ended.code == Exit.ERROR and event_log.stopped(log):
            return replace(ended, code=Exit.POLICY)
        if ended.code == Exit.ERROR and (held := event_log.protected(event_log.read(log))):
            return replace(ended, code=Exit.POLICY, protected=held, lost=event_log.lost(log))
        if not ended.code:
            return ended
        # One that is interrupted twice closes all plugins.
        let_go = () if ended.interrupts else event_log.let_go(log)
        return replace(ended, lost=event_log.lost(log), let_go=let_go)


def read(folder: Path, arguments: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    """The JSON that an engine's command prints.

    Raises:
        Failure: with what the engine said, and its exit code.
    """
    executable = _executable()
    done = subprocess.run(
        [executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        if said := _errors(_told(done.stdout)):
            # A cloud's error may repeat what it was asked.
            with knowing() as (known, _):
                known.ask(Engine(executable, folder, arguments))
                raise Failure(known.text(said), _code(done.returncode))
        raise _failure(done)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise Failure("pulumi printed something that is not JSON", Exit.ERROR) from None


@dataclass(frozen=True, slots=True)
class Told:
    """All that a preview told: its steps and events, and how it ended."""

    code: Exit
    steps: list[dict[str, Any]] | None
    """None where it did not get to any."""
    events: list[dict[str, Any]]
    said: str
    """Why it failed, in words; empty where it did not."""
    hide: Callable[[str], str]
    """Takes the secrets that are known out of a text of steps and events, which have them."""


def make_stack(
    folder: Path, environment: str, arguments: Sequence[str], variables: Mapping[str, str]
) -> None:
    """Make a stack that is not there yet.

    Raises:
        Failure: with what the engine said.
    """
    done = subprocess.run(
        [_executable(), "stack", "init", environment, "--non-interactive", *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise _failure(done)


def stopping(
    folder: Path, arguments: Sequence[str], variables: Mapping[str, str]
) -> list[dict[str, str]]:
    """What mandatory guardrails find in a preview: `rule`, `urn`, and as people are `said` it.

    Raises:
        Failure: the preview failed, and not by a guardrail.
    """
    executable = _executable()
    with (
        tempfile.TemporaryDirectory(prefix="serving-") as temporary,
        knowing() as (known, more),
    ):
        log = Path(temporary) / "events.json"
        done = subprocess.run(
            [executable, "preview", "--non-interactive", *arguments, "--event-log", str(log)],
            cwd=folder,
            env={**os.environ, **variables, **more, "PULUMI_DEBUG_COMMANDS": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        found = event_log.stopped(log)
        if found or done.returncode:
            known.ask(Engine(executable, folder, arguments))
        if done.returncode and not found:
            said = done.stderr.strip().removeprefix("error: ") or done.stdout.strip()
            raise Failure(known.text(said) or "the preview failed", _code(done.returncode))
        return [
            {
                "rule": str(event["policyName"]),
                "urn": str(event.get("resourceUrn", "")),
                "said": known.text(event_log.said(event)),
            }
            for event in found
        ]


def preview(
    folder: Path, arguments: Sequence[str], variables: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The steps of a preview, those that change nothing too; nothing is changed.

    Raises:
        Failure: with what the program and the guardrails said, and the exit code.
    """
    told = previewed(folder, arguments, variables)
    if told.steps is None or told.code is not Exit.OK:
        raise Failure(told.said, told.code)
    return told.steps


def previewed(
    folder: Path,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    *,
    state_holds_secrets: bool = True,
) -> Told:
    """A preview with everything that it told, also where it failed; nothing is changed.

    Whoever has read the state may know that it holds no secrets, so that nobody asks for them.

    Raises:
        Failure: it was asked for what would tell secrets, or is not there.
    """
    refuse_what_tells_secrets(arguments)
    executable = _executable()
    with (
        tempfile.TemporaryDirectory(prefix="serving-") as temporary,
        knowing() as (known, more),
    ):
        known.ask(Engine(executable, folder, arguments), of_state=state_holds_secrets)
        log = Path(temporary) / "events.json"
        done = subprocess.run(
            [
                executable,
                *("preview", "--json", "--show-sames", "--non-interactive"),
                *arguments,
                *("--event-log", str(log)),
            ],
            cwd=folder,
            env={**os.environ, **variables, **more, "PULUMI_DEBUG_COMMANDS": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        events = event_log.read(log)
        stopped = [event_log.said(event) for event in event_log.stopped(log)]
        told = _told(done.stdout)
        steps = told.get("steps")
        if not done.returncode and steps is not None:
            return Told(Exit.OK, steps, events, "", known.text)
        said = [d["message"] for d in told.get("diagnostics", []) if d["severity"] == "error"]
        words = [text.strip().removeprefix("error: ") for text in [*stopped, *said, done.stderr]]
        # The last resort of the engine, after the program has said why.
        words = [w for w in words if w and not w.startswith("an unhandled error occurred")]
        code = Exit.POLICY if stopped else _code(done.returncode or Exit.ERROR)
        message = "\n".join(dict.fromkeys(words)) or "the preview failed"
        return Told(code, steps, events, known.text(message), known.text)


def quiet(
    folder: Path, arguments: Sequence[str], variables: Mapping[str, str] | None = None
) -> None:
    """Run the engine to its end without a word.

    Raises:
        Failure: with what it said was wrong, without the secrets that are known.
    """
    executable = _executable()
    with knowing() as (known, more):
        done = subprocess.run(
            [executable, *arguments],
            cwd=folder,
            env={**os.environ, **more, **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines()]
            told = [line.removeprefix("error: ") for line in lines if line.startswith(_WRONG)]
            known.ask(Engine(executable, folder, arguments))
            words = "\n".join(dict.fromkeys(told or lines[-5:])).strip()
            raise Failure(known.text(words) or "pulumi failed", Exit.ERROR)


def _told(text: str) -> dict[str, list[dict[str, Any]]]:
    """The lists in what `pulumi preview --json` printed; none where it could not begin."""
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _errors(told: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """What is wrong with resources, each error once with the first that it is of."""
    found: dict[str, list[str]] = {}
    for each in told.get("diagnostics") or ():
        urn = str(each.get("urn") or "")
        if each.get("severity") == "error" and urn and "::pulumi:pulumi:Stack::" not in urn:
            named = f"{type_of(urn)} {urn.rpartition('::')[2]}"
            found.setdefault(str(each["message"]).strip(), []).append(named)
    return "\n".join(
        f"{named[0]}{f' and {len(named) - 1} more' if named[1:] else ''}: {message}"
        for message, named in found.items()
    )


def _executable() -> str:
    found = shutil.which("pulumi")
    if found is None:
        raise Failure(
            "pulumi is not on PATH\n"
            "  fix: install Pulumi (https://www.pulumi.com/docs/iac/download-install/); the README "
            "says how to do without a cloud account",
            Exit.ERROR,
        )
    return found


def _failure(done: subprocess.CompletedProcess[str]) -> Failure:
    # Of the environment alone: a question would be asked by what has just failed.
    said = Known.of_environment().text(done.stderr.strip().removeprefix("error: "))
    return Failure(said or "pulumi failed", _code(done.returncode))


def _code(number: int) -> Exit:
    try:
        return Exit(number)
    except ValueError:
        return Exit.ERROR
