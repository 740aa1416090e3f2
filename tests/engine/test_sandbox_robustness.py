"""Kills, interruptions, full disks and damaged files in the middle of a run."""

import contextlib
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from sandbox.store import Fault, Store

from .conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

FUNCTION = "aws:lambda/function:Function"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
CONFIG = {"aws:region": "eu-west-1"}
# A function is Pending for a while: what is killed meanwhile has been made, and nobody knows.
PROGRAM = """
import json, pulumi, pulumi_aws as aws
role = aws.iam.Role("role", name="role", assume_role_policy=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"}}]}))
function = aws.lambda_.Function("function", name="function", role=role.arn, runtime="python3.12",
    handler="a.b", code=pulumi.AssetArchive({"a.py": pulumi.StringAsset("b = print")}))
aws.cloudwatch.LogGroup("after", name="/after", tags={"for": function.name})
"""
# Five real seconds of Pending take a minute, long enough to be killed in.
SLOWLY = {"MODEL_SERVING_SANDBOX_TIME_SCALE": "12"}


class Run:
    """A deployment that runs beside the test."""

    def __init__(self, sandbox: Sandbox, folder: Path, **more: str) -> None:
        command = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
        self.home = str(sandbox.home)
        self.process = subprocess.Popen(
            [ROOT / "sandbox" / "pulumi", *command],
            cwd=folder,
            env=sandbox.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pids(self, *words: str) -> list[int]:
        """Processes of this sandbox whose command line has all the words."""
        found: list[int] = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_text().replace("\0", " ")
                environment = (folder / "environ").read_text(errors="replace")
                if self.home in environment and all(word in line for word in words):
                    found.append(int(folder.name))
        return found

    def kill(self, *words: str) -> None:
        pids = self.pids(*words)
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def ends(self) -> str:
        output, _ = self.process.communicate(timeout=120)
        assert self.process.returncode != 0, output
        return " ".join(output.split())


@pytest.fixture
def runs(sandbox: Sandbox) -> Generator[Callable[..., Run]]:
    """Starts runs; none outlives its test."""
    started: list[Run] = []

    def start(folder: Path, **more: str) -> Run:
        started.append(Run(sandbox, folder, **more))
        return started[-1]

    yield start
    for run in started:
        for pid in run.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run.process.communicate()


@pytest.fixture
def folder(sandbox: Sandbox) -> Path:
    made = sandbox.project(PROGRAM, CONFIG)
    sandbox.pulumi("stack", "init", "dev", cwd=made)
    return made


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def store_of(sandbox: Sandbox) -> Store:
    return Store(sandbox.home / "store.sqlite")


def is_pending(sandbox: Sandbox) -> bool:
    rows = store_of(sandbox).list("aws", FUNCTION)
    return bool(rows) and rows[0].live.get("status") == "Pending"


def takes_over(sandbox: Sandbox, folder: Path) -> None:
    """What was made and is not known is imported as the next run says; then all is well."""
    said = sandbox.up(folder, check=False)
    assert said.returncode != 0
    text = " ".join(said.stdout.split())
    assert "function exists already in 123456789012 eu-west-1" in text
    advice = re.search(r"`(pulumi import [^`]*)`", text)
    assert advice, text
    command = shlex.split(advice[1])[1:]
    go = ("--protect=false", "--generate-code=false", "--yes", "--skip-preview")
    sandbox.pulumi(*command, *go, "--non-interactive", "--stack", "dev", cwd=folder)
    sandbox.up(folder)
    settled(sandbox, folder)


def settled(sandbox: Sandbox, folder: Path) -> None:
    """Everything is there once, and the state knows all of it."""
    store = store_of(sandbox)
    known = {each["id"] for each in sandbox.resources(folder)}
    rows = [row for row in store.list("aws") if row.id in {"role", "function", "/after"}]
    assert {row.id for row in rows} == known == {"role", "function", "/after"}
    assert len(rows) == 3
    assert not sandbox.state(folder).get("pending_operations")
    sandbox.up(folder, "--expect-no-changes")


def test_a_killed_plugin_has_lost_nothing_that_it_acknowledged(
    sandbox: Sandbox, folder: Path, runs: Callable[..., Run]
) -> None:
    """The role was answered and is in the state. The function was made, and nobody was told.

    The engine notes no pending operation when a plugin dies, as it does when it dies itself: that
    the name is taken is all that the next run can find out.
    """
    run = runs(folder, **SLOWLY)
    until(lambda: is_pending(sandbox))
    run.kill("sandbox/plugin.py", " aws")
    run.ends()
    assert {each["id"] for each in sandbox.resources(folder)} == {"role"}
    assert not sandbox.state(folder).get("pending_operations")
    takes_over(sandbox, folder)


def test_a_killed_engine_takes_its_plugins_along(
    sandbox: Sandbox, folder: Path, runs: Callable[..., Run]
) -> None:
    """Here the engine has noted that it was creating the function, and warns of it."""
    run = runs(folder, **SLOWLY)
    until(lambda: is_pending(sandbox))
    (plugin,) = run.pids("sandbox/plugin.py", " aws")
    run.kill("/pulumi up")
    run.ends()
    until(lambda: not run.pids("sandbox/plugin.py", " aws"))
    (pending,) = sandbox.state(folder)["pending_operations"]
    assert (pending["type"], pending["resource"]["type"]) == ("creating", FUNCTION)
    assert plugin
    said = sandbox.up(folder, check=False)
    assert "function exists already" in " ".join(said.stdout.split())
    # The note stays until somebody says that it was looked into.
    clear = ("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", "dev")
    sandbox.pulumi(*clear, "--non-interactive", cwd=folder)
    takes_over(sandbox, folder)


def test_an_interrupted_run_remembers_what_is_on_its_way(
    sandbox: Sandbox, folder: Path, runs: Callable[..., Run]
) -> None:
    """The first interrupt waits for no state that a resource passes through: it is noted as is."""
    run = runs(folder, **SLOWLY)
    until(lambda: is_pending(sandbox))
    os.killpg(run.process.pid, signal.SIGINT)
    assert "interrupted while waiting for" in run.ends()
    assert {each["id"] for each in sandbox.resources(folder)} == {"role", "function"}
    sandbox.run("sandbox/cloud", "ready", "function", "--token", FUNCTION)
    sandbox.up(folder)
    settled(sandbox, folder)


def test_a_second_run_at_once_is_refused(
    sandbox: Sandbox, folder: Path, runs: Callable[..., Run]
) -> None:
    first = runs(folder, **SLOWLY)
    until(lambda: is_pending(sandbox))
    second = sandbox.up(folder, check=False)
    assert second.returncode != 0
    assert "the stack is currently locked by 1 lock(s)" in second.stdout + second.stderr
    os.killpg(first.process.pid, signal.SIGINT)
    first.ends()
    sandbox.run("sandbox/cloud", "ready", "function", "--token", FUNCTION)
    sandbox.up(folder)
    settled(sandbox, folder)


# ---- the disk ----


def test_a_full_disk_is_said_so_and_the_run_goes_on_after_it(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """No file of the plugin may grow beyond what the store has: as if the disk were full."""
    store = store_of(sandbox)
    store.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    limited = tmp_path / "python"
    # Half a KiB each: less than a page of SQLite's log.
    limited.write_text(f'#!/bin/sh\nulimit -f 1\nexec "{ROOT}/.venv/bin/python" "$@"\n')
    limited.chmod(0o755)
    up = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
    said = sandbox.pulumi(*up, cwd=folder, check=False, MODEL_SERVING_PYTHON=str(limited))
    assert said.returncode != 0
    text = " ".join((said.stdout + said.stderr).split())
    assert "free some space and repeat the command: nothing was half written" in text
    assert sandbox.resources(folder) == []
    sandbox.up(folder)
    settled(sandbox, folder)
    assert store_of(sandbox).query("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("damage", ["overwritten", "newer"])
def test_a_store_that_cannot_be_used_stops_the_run_and_is_left_alone(
    sandbox: Sandbox, folder: Path, damage: str
) -> None:
    sandbox.up(folder)
    path = sandbox.home / "store.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if damage == "newer":
            connection.execute("PRAGMA user_version = 99")
        connection.execute("PRAGMA journal_mode = DELETE")
    content = bytearray(path.read_bytes())
    if damage == "overwritten":
        content[4096 : 2 * 4096] = b"\xff" * 4096
        path.write_bytes(content)
    before = sandbox.state(folder)["resources"]
    said = sandbox.up(folder, check=False)
    assert said.returncode != 0
    text = " ".join((said.stdout + said.stderr).split())
    wanted = {"overwritten": "left as it is: restore a copy", "newer": "has schema version 99"}
    assert wanted[damage] in text
    assert "Traceback" not in text
    assert path.read_bytes() == bytes(content)
    assert [each["urn"] for each in sandbox.state(folder)["resources"]] == [
        each["urn"] for each in before
    ]


# ---- secrets ----

CANARY = "canary-4f1d-hunter2-which-is-long-enough-to-be-cut-off-in-a-message-somewhere"
SECRETS = """
import pulumi, pulumi_aws as aws
secret = pulumi.Output.secret({canary!r})
case = pulumi.Config().require("case")
if case == "check":
    # A number, a time and an enumeration, each of them a secret that does not fit.
    aws.cloudwatch.LogGroup("a", name="/a", retention_in_days=secret)
    aws.cloudwatch.LogGroup("b", name="/b", tags=secret)
    aws.ssm.Parameter("c", name="/c", type=secret, value=secret, tier=secret)
elif case == "create":
    # Alone: another failure may end the run before it is created.
    aws.ssm.Parameter("c", name="/c", type="SecureString", value=secret)
elif case == "function":
    aws.lambda_.Function("f", name="f", role=secret, runtime="python3.12", handler="a.b",
        code=pulumi.AssetArchive({{"a.py": pulumi.StringAsset("b = print")}}))
"""


@pytest.mark.parametrize("case", ["check", "create", "function"])
def test_no_byte_that_is_written_has_a_secret(sandbox: Sandbox, case: str) -> None:
    """Messages, machine output, the engine's events, its own folder and the store's events."""
    made = sandbox.project(SECRETS.format(canary=CANARY), CONFIG | {"tiny:case": case})
    sandbox.pulumi("stack", "init", "dev", cwd=made)
    store = store_of(sandbox)
    store.add_fault(
        Fault("aws:ssm/*", "create", "fail", message=f"rejected: {CANARY}, {CANARY[:20]}…")
    )
    log = made / "events.json"
    up = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
    logged = (*up, "--event-log", str(log))
    plain = sandbox.pulumi(*logged, cwd=made, check=False, PULUMI_DEBUG_COMMANDS="true")
    store.add_fault(Fault("aws:ssm/*", "create", "fail", message=f"rejected: {CANARY}"))
    document = sandbox.up(made, "--json", check=False)
    preview = ("preview", "--json", "--non-interactive", "--stack", "dev")
    planned = sandbox.pulumi(*preview, cwd=made, check=False)
    assert plain.returncode != 0
    assert document.returncode != 0
    said = "".join(each.stdout + each.stderr for each in (plain, document, planned))
    assert "[secret]" in said
    events = json.dumps([event.detail for event in store.events()])
    assert ("[secret]" in events) is (case == "create")
    written = {"messages": said, "the engine's events": log.read_text(), "events": events}
    for file in [*sandbox.home.rglob("*"), *made.rglob("*")]:
        # The program holds it, and the cloud that was given it.
        if file.is_file() and file.name != "__main__.py" and "store.sqlite" not in file.name:
            written[str(file)] = file.read_text(errors="replace")
    found = [name for name, text in written.items() if CANARY[:12] in text]
    assert found == []
