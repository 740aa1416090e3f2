"""`serving up` and its processes: killed, interrupted, twice at once."""

import os
import re
import shlex
import signal
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from sandbox.store import Fault

from .conftest import ROOT, Sandbox
from .running import Processes, RunningUp, running_up, wait_until

pytestmark = pytest.mark.engine

FUNCTION = "aws:lambda/function:Function"
SERVING = "/bin/serving up "
ENGINE = "/pulumi up "
# Five real seconds of Pending take a minute, long enough to be killed in.
SLOWLY = {"MODEL_SERVING_SANDBOX_TIME_SCALE": "12"}
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


@pytest.fixture
def folder(sandbox: Sandbox) -> Path:
    """A small project that `serving` takes for its own: it looks for the folder of the models."""
    made = sandbox.project(PROGRAM, {"aws:region": "eu-west-1"})
    (made / "stacks" / "models").mkdir(parents=True)
    return made


def command(config: Mapping[str, str]) -> list[str | Path]:
    # With settings of its own, the environment's file is not checked for ours.
    given = [each for key, value in config.items() for each in ("--config", f"tiny:{key}={value}")]
    run = [ROOT / "sandbox" / "run", ROOT / ".venv" / "bin" / "serving", "up", "--env", "dev"]
    return [*run, "--yes", "--", "--skip-preview", "--non-interactive", *given]


def running(
    sandbox: Sandbox, folder: Path, config: Mapping[str, str]
) -> AbstractContextManager[RunningUp]:
    return running_up(sandbox, folder, command(config), **SLOWLY)


def until_pending(sandbox: Sandbox, function: str) -> None:
    def is_pending() -> bool:
        with sandbox.store() as store:
            rows = store.list("aws", FUNCTION)
            return any(r.id == function and r.live.get("status") == "Pending" for r in rows)

    wait_until(is_pending, 120, f"{function} is Pending")


def pid_of(processes: Processes, *words: str) -> int:
    """The innermost: `sandbox/run` has the same words on its command line."""
    return max(processes.living(*words))


def nothing_is_left(up: RunningUp) -> None:
    wait_until(lambda: not up.processes.living(), 15, f"all end: {up.processes.living()}")


def test_what_is_killed_leaves_no_process_and_nothing_twice(sandbox: Sandbox, folder: Path) -> None:
    """`serving`, then the engine; beside the living one nothing else begins, lock or no lock."""
    with running(sandbox, folder, {"functions": "a"}) as up:
        until_pending(sandbox, "a")
        serving = pid_of(up.processes, SERVING)
        # Pulumi's own command takes the lock of a living update away.
        sandbox.pulumi("cancel", "--yes", "dev", cwd=folder)
        second = sandbox.run(*command({"functions": "a"}), cwd=folder, check=False)
        assert second.returncode == 1
        assert f"`serving up --env dev`, process {serving}, since" in second.stderr
        os.kill(serving, signal.SIGKILL)
        nothing_is_left(up)
    # Its engine was interrupted, not killed: what was made is known.
    assert {each["id"] for each in sandbox.resources(folder)} == {"role", "a"}
    assert not sandbox.state(folder).get("pending_operations")

    sandbox.run("sandbox/cloud", "ready", "a", "--token", FUNCTION)
    with running(sandbox, folder, {"functions": "a b"}) as up:
        until_pending(sandbox, "b")
        os.kill(pid_of(up.processes, ENGINE), signal.SIGKILL)
        code, said = up.ends()
        assert code == 137
        assert f"not known to have ended: creating b ({FUNCTION})" in said
        assert said.endswith("This goes on from there: serving up --env dev")
        nothing_is_left(up)


def test_the_signals_of_a_cancelled_job(sandbox: Sandbox, folder: Path) -> None:
    """SIGINT, SIGTERM and a kill, as GitHub sends them, while the vendor's client hears nothing."""
    plugin = ("sandbox/plugin.py", " aws")
    with running(sandbox, folder, {"functions": "a"}) as up:
        until_pending(sandbox, "a")
        serving, client = pid_of(up.processes, SERVING), pid_of(up.processes, *plugin)
        os.kill(client, signal.SIGSTOP)
        os.kill(serving, signal.SIGINT)
        wait_until(lambda: "press again to stop at once" in up.log(), 5, "the first is answered")
        time.sleep(1)
        assert up.processes.living(ENGINE), "it waits for what was begun"
        os.kill(client, signal.SIGCONT)
        code, said = up.ends()
        assert code == 1
        assert "stopping at once" not in said
    assert {each["id"] for each in sandbox.resources(folder)} == {"role", "a"}
    assert not sandbox.state(folder).get("pending_operations")

    sandbox.run("sandbox/cloud", "ready", "a", "--token", FUNCTION)
    with sandbox.store() as store:
        store.add_fault(Fault(FUNCTION, "create", "slow", resource="b", seconds=600))
    with running(sandbox, folder, {"functions": "a b"}) as up:
        wait_until(lambda: _is_slow(sandbox), 120, "the creation has begun")
        serving = pid_of(up.processes, SERVING)
        os.kill(pid_of(up.processes, *plugin), signal.SIGSTOP)
        os.kill(serving, signal.SIGINT)
        time.sleep(1)  # In truth 7.5 s.
        os.kill(serving, signal.SIGTERM)
        time.sleep(2.5)
        assert "stopping at once: what was begun may be unknown" in up.log()
        up.processes.end()
        nothing_is_left(up)
    (pending,) = sandbox.state(folder)["pending_operations"]
    assert (pending["type"], pending["resource"]["type"]) == ("creating", FUNCTION)
    again = sandbox.run(*command({"functions": "a b"}), cwd=folder, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert {each["id"] for each in sandbox.resources(folder)} == {"role", "a", "b"}


def test_a_damaged_state_is_restored_as_it_is_told(sandbox: Sandbox, folder: Path) -> None:
    """A disk that is full leaves it cut off."""
    for functions in ("a", "a b"):
        sandbox.run(*command({"functions": functions}), cwd=folder)
    file = sandbox.home / "state/.pulumi/stacks/tiny/dev.json"
    file.write_bytes(file.read_bytes()[:4096])
    refused = sandbox.run(*command({"functions": "a b"}), cwd=folder, check=False)
    assert refused.returncode == 1
    told = re.search(r"the engine's copy of [^']*: (cp '.*' '.*')\n", refused.stderr)
    assert told, refused.stderr
    sandbox.run(*shlex.split(told[1]))
    sandbox.run(*command({"functions": "a b"}), "--refresh", cwd=folder)
    assert {each["id"] for each in sandbox.resources(folder)} == {"role", "a", "b"}


def _is_slow(sandbox: Sandbox) -> bool:
    with sandbox.store() as store:
        return any(each.operation == "fault" for each in store.events())
