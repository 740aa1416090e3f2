"""`serving up` on a terminal: Ctrl-C once waits, twice stops; the terminal is as it was."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Fault

from .conftest import ROOT, Sandbox
from .running import Processes, wait_until

pytestmark = pytest.mark.engine

FUNCTION = "aws:lambda/function:Function"
ENGINE = "/pulumi up "
# Five real seconds of Pending take a minute, long enough to be interrupted in.
SLOWLY = {"MODEL_SERVING_SANDBOX_TIME_SCALE": "12"}
CTRL_C = b"\x03"
PROGRAM = """
import json, pulumi, pulumi_aws as aws
config = pulumi.Config()
role = aws.iam.Role("role", name="role", assume_role_policy=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"}}]}))
for name in config.get("functions", "").split():
    aws.lambda_.Function(name, name=name, role=role.arn, runtime="python3.12", handler="a.b",
        code=pulumi.AssetArchive({"a.py": pulumi.StringAsset("b = print")}))
"""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")


class Terminal:
    """A shell's child on a terminal of its own, as a person has it."""

    def __init__(self, sandbox: Sandbox, folder: Path, command: list[str | Path]) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 120))
        self._theirs = theirs
        self.before = termios.tcgetattr(theirs)
        self._raw = b""
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=sandbox.cold | SLOWLY | {"TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            # Of the new session's leader: its controlling terminal.
            preexec_fn=lambda: os.close(os.open(os.ttyname(theirs), os.O_RDWR)),  # noqa: PLW1509
        )
        self.processes = Processes(self.process.pid)

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def read(self) -> None:
        # Not `select`, which takes no number above 1023: a worker may have as many files open.
        ready = select.poll()
        ready.register(self._ours, select.POLLIN)
        while ready.poll(0):
            with suppress(OSError):
                self._raw += os.read(self._ours, 65536)

    def shown(self) -> str:
        """All that was printed, without what only draws, with single blanks."""
        self.read()
        text = _CONTROL.sub("", self._raw.decode(errors="replace"))
        return " ".join(text.split())

    def wait_for(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        # A terminal that nobody reads stops whoever writes to it.
        wait_until(lambda: (self.read(), condition())[1], seconds, what)

    def ends(self) -> int:
        self.wait_for(lambda: self.process.poll() is not None, 60, f"it ends: {self.shown()}")
        return self.process.wait()

    @property
    def settings(self) -> list[Any]:
        """Of the keyboard and the screen."""
        return termios.tcgetattr(self._theirs)

    @property
    def shows_its_cursor(self) -> bool:
        self.read()
        return self._raw.rfind(b"\x1b[?25h") >= self._raw.rfind(b"\x1b[?25l")

    def close(self) -> None:
        self.processes.end()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


@contextmanager
def terminal(sandbox: Sandbox, folder: Path, functions: str) -> Generator[Terminal]:
    """`serving up` on one."""
    run = [ROOT / "sandbox" / "run", ROOT / ".venv" / "bin" / "serving", "up", "--env", "dev"]
    given = ["--yes", "--", "--skip-preview", "--config", f"tiny:functions={functions}"]
    made = Terminal(sandbox, folder, [*run, *given])
    try:
        yield made
    finally:
        made.close()


def client_of(on: Terminal) -> int:
    """The vendor's client, which hears of an interrupt by itself and gives up."""
    return max(on.processes.living("sandbox/plugin.py", " aws"))


def is_pending(sandbox: Sandbox) -> bool:
    with sandbox.store() as store:
        return any(row.live.get("status") == "Pending" for row in store.list("aws", FUNCTION))


def is_slow(sandbox: Sandbox) -> bool:
    with sandbox.store() as store:
        return any(each.operation == "fault" for each in store.events())


def test_ctrl_c_once_waits_and_twice_stops(sandbox: Sandbox) -> None:
    folder = sandbox.project(PROGRAM, {"aws:region": "eu-west-1"})
    (folder / "stacks" / "models").mkdir(parents=True)
    with terminal(sandbox, folder, "a") as on:
        on.wait_for(lambda: is_pending(sandbox), 120, "a is being made")
        client = client_of(on)
        os.kill(client, signal.SIGSTOP)
        on.type(CTRL_C)
        on.wait_for(lambda: "press again to stop at once" in on.shown(), 10, "it is answered")
        time.sleep(1)
        assert on.processes.living(ENGINE), "it waits for what was begun"
        os.kill(client, signal.SIGCONT)
        assert on.ends() == 1
        assert on.shown().endswith("This goes on from there: serving up --env dev")
        assert "stopping at once" not in on.shown()
        assert on.settings == on.before
        assert on.shows_its_cursor
    assert {each["id"] for each in sandbox.resources(folder)} == {"role", "a"}
    assert not sandbox.state(folder).get("pending_operations")

    sandbox.run("sandbox/cloud", "ready", "a", "--token", FUNCTION)
    with sandbox.store() as store:
        store.add_fault(Fault(FUNCTION, "create", "slow", resource="b", seconds=600))
    with terminal(sandbox, folder, "a b") as on:
        on.wait_for(lambda: is_slow(sandbox), 120, "b is being made")
        client = client_of(on)
        os.kill(client, signal.SIGSTOP)
        on.type(CTRL_C)
        on.wait_for(lambda: "press again to stop at once" in on.shown(), 10, "it is answered")
        time.sleep(1)
        assert on.processes.living(ENGINE), "it waits for what was begun"
        on.type(CTRL_C)
        on.wait_for(lambda: "stopping at once: what was begun" in on.shown(), 10, "the second")
        time.sleep(1)
        # The engine waits 40 s for one that never answers.
        os.kill(client, signal.SIGKILL)
        assert on.ends() == 8
        assert f"not known to have ended: creating b ({FUNCTION})" in on.shown()
        assert on.shown().endswith("This goes on from there: serving up --env dev")
        assert on.settings == on.before
        assert on.shows_its_cursor
        on.wait_for(lambda: not on.processes.living(), 15, f"all end: {on.processes.living()}")
    (pending,) = sandbox.state(folder)["pending_operations"]
    assert (pending["type"], pending["resource"]["type"]) == ("creating", FUNCTION)
    assert not list((sandbox.home / "state").rglob("locks/**/*.json"))
