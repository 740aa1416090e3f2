"""`serving up` after the engine was killed in the middle of something: nothing lost, nothing twice.

The sandbox answers late, so that the vendor has done what was asked and nobody heard of it; or it
is slow, so that it has not begun. What the next run makes of it is held against the store.
"""

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.rows import FaultMode
from sandbox.store import Fault

from .conftest import ROOT, Sandbox
from .running import running_up, wait_until

pytestmark = pytest.mark.engine

ROLE = "aws:iam/role:Role"
FUNCTION = "aws:lambda/function:Function"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
MAP = "kubernetes:core/v1:ConfigMap"
KEY = "aws:kms/key:Key"
MADE = (ROLE, FUNCTION, LOGS, MAP, KEY)
ENGINE = "/pulumi up "
PROGRAM = """
import json, pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
config = pulumi.Config()
tags = {"model-serving:model": "iris", "model-serving:owner": "ml"}
path = config.get("path") or None
role = aws.iam.Role("role", path=path, tags=tags, assume_role_policy=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"}}]}))
function = aws.lambda_.Function("function", name="iris", role=role.arn, runtime="python3.12",
    memory_size=config.get_int("memory") or 128, handler="a.b",
    code=pulumi.AssetArchive({"a.py": pulumi.StringAsset("b = print")}))
if config.get("map"):
    k8s.core.v1.ConfigMap("map", data={"a": "b"})
if config.get("key"):
    aws.kms.Key("key", tags=tags)
if config.get("logs"):
    aws.cloudwatch.LogGroup("logs", name="/iris", tags=tags)
"""


@dataclass(frozen=True)
class Kill:
    """A kill of the engine while one call goes on, and what the run after it says."""

    token: str
    operation: str
    mode: FaultMode
    says: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


# In this order: each run goes on from what the one before has left.
KILLS = (
    Kill(ROLE, "create", "slow", "Dropped: role (aws:iam/role:Role) role-"),
    Kill(ROLE, "create", "late_answer", "Adopted: role (aws:iam/role:Role) role-"),
    Kill(
        FUNCTION, "create", "late_answer", "Adopted: function (aws:lambda/function:Function) iris"
    ),
    Kill(MAP, "create", "late_answer", "Adopted: map (kubernetes:core/v1:ConfigMap)", {"map": "1"}),
    # AWS numbers it.
    Kill(KEY, "create", "late_answer", "Adopted: key (aws:kms/key:Key)", {"key": "1"}),
    Kill(FUNCTION, "update", "late_answer", "Read again: function", {"memory": "256"}),
    Kill(ROLE, "create", "late_answer", "Adopted: role", {"memory": "128", "path": "/a/"}),
    Kill(LOGS, "delete", "late_answer", "Read again: logs", {"logs": ""}),
)


@pytest.fixture
def folder(sandbox: Sandbox) -> Path:
    """A small project that `serving` takes for its own: it looks for the folder of the models."""
    made = sandbox.project(
        PROGRAM, {"aws:region": "eu-west-1", "kubernetes:context": "serving-dev"}
    )
    (made / "stacks" / "models").mkdir(parents=True)
    return made


def serving(*arguments: str) -> list[str | Path]:
    return [ROOT / "sandbox" / "run", ROOT / ".venv" / "bin" / "serving", *arguments]


def up(settings: Mapping[str, str]) -> list[str | Path]:
    # With settings of its own, the environment's file is not checked for ours.
    given = [
        each for key, value in settings.items() for each in ("--config", f"tiny:{key}={value}")
    ]
    return serving(
        "up", "--env", "dev", "--yes", "--", "--skip-preview", "--non-interactive", *given
    )


def killed(sandbox: Sandbox, folder: Path, kill: Kill, settings: Mapping[str, str]) -> str:
    """Run until the fault holds the call up, and kill the engine; what was said."""
    before = _events(sandbox, kill)
    with sandbox.store() as store:
        store.add_fault(Fault(kill.token, kill.operation, kill.mode, seconds=600))
    waits_for = 2 if kill.mode == "late_answer" else 1  # The fault, then what was done.
    with running_up(sandbox, folder, up(settings)) as run:
        wait_until(
            lambda: _events(sandbox, kill) >= before + waits_for or run.process.poll() is not None,
            120,
            f"{kill} goes on",
        )
        assert run.process.poll() is None, run.log()
        (engine,) = run.processes.living(ENGINE)
        os.kill(engine, signal.SIGKILL)
        code, said = run.ends()
        assert code == 137
        wait_until(lambda: not run.processes.living(), 30, "nothing outlives it")
    return said


def _events(sandbox: Sandbox, kill: Kill) -> int:
    """How often the call has begun and been done."""
    with sandbox.store() as store:
        return sum(
            each.token == kill.token
            and (
                each.operation == kill.operation
                or (each.operation, each.outcome) == ("fault", kill.mode)
            )
            for each in store.events()
        )


def held_against_the_store(sandbox: Sandbox, folder: Path, seeded: set[str]) -> None:
    """No leak, no ghost, no lock, nothing pending."""
    with sandbox.store() as store:
        there = {row.id for token in MADE for row in store.list(token.partition(":")[0], token)}
    known = {each["id"] for each in sandbox.resources(folder)}
    assert there - seeded == known
    assert not sandbox.state(folder).get("pending_operations")
    assert not list((sandbox.home / "state").rglob("locks/**/*.json"))


def test_a_killed_engine_loses_nothing_and_makes_nothing_twice(
    sandbox: Sandbox, folder: Path
) -> None:
    with sandbox.store() as store:
        seeded = {row.id for token in MADE for row in store.list(token.partition(":")[0], token)}
    settings = {"logs": "1"}
    says = ""
    for kill in KILLS:
        settings |= kill.settings
        assert says in killed(sandbox, folder, kill, settings), kill
        says = kill.says
    last = sandbox.run(*up(settings), cwd=folder, check=False)
    assert last.returncode == 0, last.stdout + last.stderr
    assert says in last.stderr
    held_against_the_store(sandbox, folder, seeded)
    with sandbox.store() as store:
        (function,) = (row for row in store.list("aws", FUNCTION) if row.id == "iris")
    assert function.inputs["memorySize"] == 128
    # A machine that goes down may cut off what was written last, which stops each command.
    pulumi = sandbox.home / "state" / ".pulumi"
    latest = max((pulumi / "history" / "tiny" / "dev").glob("*.history.json.attrs"))
    for each in (pulumi / "meta.yaml.attrs", pulumi / "stacks/tiny/dev.json.attrs", latest):
        assert each.stat().st_size
        each.write_text("")
    # Nothing is left to do, for the command nor for the engine.
    calm = sandbox.run(*serving("recover", "--env", "dev", "--json"), cwd=folder)
    assert json.loads(calm.stdout)["adopted"] == []
    assert (
        '"kind": "update"'
        in sandbox.pulumi("stack", "history", "--json", "--stack", "dev", cwd=folder).stdout
    )
    sandbox.up(folder, "--expect-no-changes")
