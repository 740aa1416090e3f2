"""What failed or died is continued by the next run: no duplicates, no loss.

Where plain Pulumi itself loses something, a test says what and why.
"""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.store import Fault, FaultMode, Row, Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

LOGS = "aws:cloudwatch/logGroup:LogGroup"
CONFIG = {"aws:region": "eu-west-1"}
PROGRAM = """
import pulumi, pulumi_aws as aws
config = pulumi.Config()
logs = aws.cloudwatch.LogGroup("logs", name=config.get("name"),
    retention_in_days=config.get_int("days") or 7)
aws.cloudwatch.LogStream("stream", name="stream", log_group_name=logs.name)
"""
STREAM = "aws:cloudwatch/logStream:LogStream"


class Stack:
    """The program above in a sandbox of its own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.folder = self.configure()
        sandbox.new_stack(self.folder)
        self.store = Store(sandbox.home / "store.sqlite")

    def configure(self, **settings: object) -> Path:
        own = {f"tiny:{key}": value for key, value in {"name": "/logs", **settings}.items()}
        return self.sandbox.project(PROGRAM, CONFIG | own)

    def fault(self, mode: FaultMode, operation: str, count: int = 1, code: str = "") -> None:
        self.store.add_fault(Fault(LOGS, operation, mode, count=count, code=code))

    def fails(self, text: str) -> None:
        said = self.sandbox.up(self.folder, check=False)
        assert said.returncode != 0
        assert text in " ".join((said.stdout + said.stderr).split())

    def rows(self, token: str = LOGS) -> list[Row]:
        return self.store.list("aws", token)

    def settles(self) -> None:
        """The next run ends well, what is there is there once, and nothing is left to do."""
        self.sandbox.up(self.folder)
        state = self.sandbox.state(self.folder)
        assert not state.get("pending_operations")
        known = {r["id"] for r in state["resources"] if r["type"] in {LOGS, STREAM}}
        assert known == {row.id for row in [*self.rows(), *self.rows(STREAM)]}
        assert len(known) == 2
        self.sandbox.up(self.folder, "--refresh", "--expect-no-changes")


@pytest.fixture
def stack(sandbox: Sandbox) -> Generator[Stack]:
    made = Stack(sandbox)
    yield made
    made.store.close()


def test_a_creation_that_was_not_done_is_done_by_the_next_run(stack: Stack) -> None:
    stack.fault("fail", "create", code="LimitExceededException")
    stack.fails("creating CloudWatch LogGroup (/logs): operation error CloudWatch: CreateLogGroup")
    stack.fault("throttle", "create", count=5)
    stack.fails("ThrottlingException: Rate exceeded, after 5 attempts")
    stack.fault("unreachable", "create")
    stack.fails("the cloud has not seen it")
    stack.fault("die_before", "create")
    stack.fails("error")
    assert stack.rows() == []
    # The engine heard nothing of the plugin that died, and notes no pending operation of it.
    assert not stack.sandbox.state(stack.folder).get("pending_operations")
    stack.settles()


def test_a_creation_that_was_done_is_known_and_finished(stack: Stack) -> None:
    stack.fault("timeout", "create")
    stack.fails("timeout while waiting for the resource to become ready")
    assert [row.id for row in stack.rows()] == ["/logs"]
    stack.settles()


def test_what_never_becomes_ready_is_waited_for_again(stack: Stack) -> None:
    stack.fault("never_ready", "create")
    stack.fails("timeout while waiting for aws:cloudwatch/logGroup:LogGroup /logs to become ready")
    stack.fails("timeout while waiting for aws:cloudwatch/logGroup:LogGroup /logs to become ready")
    assert len(stack.rows()) == 1
    stack.sandbox.run("sandbox/cloud", "ready", "/logs")
    stack.settles()


def test_reading_back_too_early(stack: Stack) -> None:
    """Within the provider's patience nobody notices; beyond it the state has the id."""
    stack.fault("not_found", "create", count=3)
    stack.settles()
    stack.sandbox.destroy(stack.folder)
    stack.fault("not_found", "create", count=20)
    stack.fails("couldn't find resource")
    stack.settles()


def test_updates_and_deletions_are_repeated(stack: Stack) -> None:
    stack.settles()
    updates: tuple[FaultMode, ...] = ("fail", "die_before", "timeout", "die")
    for days, mode in zip((14, 30, 60, 90), updates, strict=True):
        stack.configure(days=days)
        stack.fault(mode, "update")
        stack.fails("error")
        done = mode in {"timeout", "die"}
        assert (stack.rows()[0].inputs["retentionInDays"] == days) is done
    stack.settles()
    deletions: tuple[FaultMode, ...] = ("fail", "die_before", "die")
    for mode in deletions:
        stack.fault(mode, "delete")
        assert stack.sandbox.destroy(stack.folder, check=False).returncode != 0
        assert bool(stack.rows()) is (mode != "die")
    # Of what is gone already the deletion is repeated, and succeeds.
    stack.sandbox.destroy(stack.folder)
    assert stack.rows() + stack.rows(STREAM) == []
    assert stack.sandbox.resources(stack.folder) == []


def test_a_replacement_that_dies_between_its_halves(stack: Stack) -> None:
    """A fixed name is deleted before it is made again: after a death between, it is nowhere."""
    stack.settles()
    stack.configure(name="/other")
    stack.fault("die_before", "create")
    stack.fails("error")
    stack.settles()
    assert [row.id for row in stack.rows()] == ["/other"]


# ---- what plain Pulumi loses ----


def test_an_automatic_name_is_lost_by_a_plugin_that_dies(sandbox: Sandbox) -> None:
    """The cloud acted and the engine never heard: no id, no pending operation, nothing to ask for.

    The next run makes another one, by another name; the first one stays and costs.
    """
    program = """
import pulumi_aws as aws
aws.cloudwatch.LogGroup("logs")
"""
    folder = sandbox.project(program, CONFIG)
    sandbox.new_stack(folder)
    store = Store(sandbox.home / "store.sqlite")
    store.add_fault(Fault(LOGS, "create", "die"))
    assert sandbox.up(folder, check=False).returncode != 0
    (lost,) = store.list("aws", LOGS)
    assert not sandbox.state(folder).get("pending_operations")
    sandbox.up(folder)
    sandbox.up(folder, "--refresh", "--expect-no-changes")
    (known,) = sandbox.resources(folder)
    assert {lost.id, known["id"]} == {row.id for row in store.list("aws", LOGS)}
    assert lost.id != known["id"]
    # It is found by looking into the cloud, and taken away by hand.
    assert lost.id in sandbox.run("sandbox/cloud", "ls", LOGS).stdout
    sandbox.run("sandbox/cloud", "rm", lost.id)
    sandbox.destroy(folder)
    assert store.list("aws", LOGS) == []


def test_a_refresh_that_reads_too_early_forgets_what_is_there(stack: Stack) -> None:
    """A read that says "not found" means "deleted" to the engine: it drops it from the state.

    The fixed name makes the loss loud: the next run is refused, with the way to take it over.
    """
    stack.settles()
    stack.fault("not_found", "read")
    go = ("--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
    stack.sandbox.pulumi("refresh", *go, cwd=stack.folder)
    assert [row.id for row in stack.rows()] == ["/logs"]
    stack.fails("/logs exists already")
    command = ("import", LOGS, "logs", "/logs", "--protect=false", "--generate-code=false")
    stack.sandbox.pulumi(*command, *go, cwd=stack.folder)
    stack.settles()


# ---- by chance ----

MANY = """
import pulumi_aws as aws
for number in range(8):
    logs = aws.cloudwatch.LogGroup(f"logs-{number}", name=f"/{number}", retention_in_days=7)
    aws.cloudwatch.LogStream(f"stream-{number}", name=f"s-{number}", log_group_name=logs.name)
"""


@pytest.mark.parametrize("seed", [1])
def test_whatever_fails_by_chance_ends_as_if_nothing_had(sandbox: Sandbox, seed: int) -> None:
    folder = sandbox.project(MANY, CONFIG)
    sandbox.new_stack(folder)
    store = Store(sandbox.home / "store.sqlite")
    modes: tuple[FaultMode, ...] = ("fail", "unreachable", "timeout", "die_before")
    for number, mode in enumerate(modes):
        rule = Fault("aws:*", "create", mode, count=3, probability=0.15, seed=seed + number)
        store.add_fault(rule)
    runs = 1
    # One at a time: a plugin that dies takes along what it makes beside that, and nobody hears.
    while sandbox.up(folder, "--parallel", "1", check=False).returncode != 0:
        runs += 1
        # Each failing run has used a rule up at least once.
        assert runs <= 13
    assert runs > 1
    sandbox.up(folder, "--refresh", "--expect-no-changes")
    rows = [*store.list("aws", LOGS), *store.list("aws", STREAM)]
    made = {(row.token, row.name, json.dumps(row.inputs, sort_keys=True)) for row in rows}
    assert len(rows) == len(made) == 16
    assert {row.id for row in rows} == {each["id"] for each in sandbox.resources(folder)}
