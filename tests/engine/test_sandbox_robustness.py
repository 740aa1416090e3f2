"""Kills, interruptions, full disks and damaged files in the middle of a run."""

import contextlib
import json
import re
import shlex
import sqlite3
from pathlib import Path

import pytest

from sandbox.store import Fault, Store

from .conftest import ROOT, Sandbox
from .running import running_up, wait_until

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


@pytest.fixture
def folder(sandbox: Sandbox) -> Path:
    made = sandbox.project(PROGRAM, CONFIG)
    sandbox.new_stack(made)
    return made


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


def until_pending(sandbox: Sandbox) -> None:
    wait_until(lambda: is_pending(sandbox), 120, "the function is Pending")


def test_a_killed_plugin_has_lost_nothing_that_it_acknowledged(
    sandbox: Sandbox, folder: Path
) -> None:
    """The role was answered and is in the state. The function was made, and nobody was told.

    The engine notes no pending operation when a plugin dies, as it does when it dies itself: that
    the name is taken is all that the next run can find out.
    """
    with running_up(sandbox, folder, **SLOWLY) as up:
        until_pending(sandbox)
        up.processes.kill("sandbox/plugin.py", " aws")
        up.fails()
    assert {each["id"] for each in sandbox.resources(folder)} == {"role"}
    assert not sandbox.state(folder).get("pending_operations")
    takes_over(sandbox, folder)


def test_a_killed_engine_takes_its_plugins_along(sandbox: Sandbox, folder: Path) -> None:
    """Here the engine has noted that it was creating the function, and warns of it."""
    with running_up(sandbox, folder, **SLOWLY) as up:
        until_pending(sandbox)

        def plugins() -> dict[int, str]:
            return up.processes.living("sandbox/plugin.py", " aws")

        assert len(plugins()) == 1
        up.processes.kill("/pulumi up ")
        up.fails()
        wait_until(lambda: not plugins(), 120, "the plugin ends")
    (pending,) = sandbox.state(folder)["pending_operations"]
    assert (pending["type"], pending["resource"]["type"]) == ("creating", FUNCTION)
    said = sandbox.up(folder, check=False)
    assert "function exists already" in " ".join(said.stdout.split())
    # The note stays until somebody says that it was looked into.
    clear = ("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", "dev")
    sandbox.pulumi(*clear, "--non-interactive", cwd=folder)
    takes_over(sandbox, folder)


def test_an_interrupted_run_remembers_what_is_on_its_way(sandbox: Sandbox, folder: Path) -> None:
    """The first interrupt waits for no state that a resource passes through: it is noted as is."""
    with running_up(sandbox, folder, **SLOWLY) as up:
        until_pending(sandbox)
        up.interrupt()
        assert "interrupted while waiting for" in up.fails()
    assert {each["id"] for each in sandbox.resources(folder)} == {"role", "function"}
    sandbox.run("sandbox/cloud", "ready", "function", "--token", FUNCTION)
    sandbox.up(folder)
    settled(sandbox, folder)


def test_a_second_run_at_once_is_refused(sandbox: Sandbox, folder: Path) -> None:
    with running_up(sandbox, folder, **SLOWLY) as first:
        until_pending(sandbox)
        second = sandbox.up(folder, check=False)
        assert second.returncode != 0
        assert "the stack is currently locked by 1 lock(s)" in second.stdout + second.stderr
        first.interrupt()
        first.fails()
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
    # Half a KiB each: less than a page of SQLite's log. The launcher, which it starts too, is
    # not limited, and with it not the engine.
    plugins = 'case "$*" in *sandbox/plugin.py*) ulimit -f 1 ;; esac'
    limited.write_text(f'#!/bin/sh\n{plugins}\nexec "{ROOT}/.venv/bin/python" "$@"\n')
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
    sandbox.new_stack(made)
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


def test_the_engine_logs_where_a_folder_is_made_for_it(sandbox: Sandbox) -> None:
    def written() -> list[Path]:
        return list(sandbox.home.rglob("*.log"))

    sandbox.pulumi("stack", "ls")
    assert not written()
    logs = sandbox.home / "pulumi" / "logs"
    assert "remove this file" in logs.read_text()
    logs.unlink()
    logs.mkdir()
    sandbox.pulumi("stack", "ls")
    assert [each.parent for each in written()] == [logs]
