"""States that resources pass through, whoever waits, is interrupted or killed."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from sandbox import eventual
from sandbox.clouds.base import Call, RefusedError
from sandbox.eventual import Transition
from sandbox.life import HalfDoneError
from sandbox.store import Row
from tests.unit.sandbox_life import Made, Stack, urn

LOGS = "aws:cloudwatch/logGroup:LogGroup"
Passing = Callable[[str], Transition | None]


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def passing(stack: Stack, monkeypatch: pytest.MonkeyPatch, of: Passing, scale: float = 1) -> None:
    """Let every operation of the stand-in pass through a state."""

    def transition(
        call: Call, row: Row, operation: Literal["create", "update", "delete"]
    ) -> Transition | None:
        del call, row
        return of(operation)

    monkeypatch.setattr(stack.life.cloud, "transition", transition)
    monkeypatch.setenv(eventual.VARIABLE, str(scale))


def creating(seconds: float, failure: str = "") -> Passing:
    words = {"create": "Creating", "update": "Updating", "delete": "Deleting"}
    return lambda operation: Transition(
        seconds, {"status": words[operation]}, {"state": "PENDING"}, failure
    )


def status(stack: Stack) -> Any:  # noqa: ANN401
    row = stack.store.get("aws", LOGS, "/logs")
    return None if row is None else (row.live.get("status"), row.outputs.get("state"))


def in_thread(act: Callable[[], object]) -> tuple[threading.Thread, list[Exception]]:
    caught: list[Exception] = []

    def run() -> None:
        try:
            act()
        except RefusedError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, caught


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_creation_waits_and_everybody_sees_what_it_is_meanwhile(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing(aws, monkeypatch, creating(0.3))
    thread, caught = in_thread(lambda: aws.create(LOGS, "logs", name="/logs"))
    until(lambda: status(aws) is not None)
    assert status(aws) == ("Creating", "PENDING")
    thread.join()
    assert (status(aws), caught) == ((None, None), [])
    operations = [event.operation for event in aws.store.events(LOGS)]
    assert operations == ["create", "ready"]


def test_at_a_scale_of_zero_all_is_at_once(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    passing(aws, monkeypatch, creating(3600), scale=0)
    made = aws.create(LOGS, "logs", name="/logs")
    assert status(aws) == (None, None)
    aws.delete(aws.update(made, retentionInDays=7))
    assert status(aws) is None


@pytest.mark.parametrize("text", ["fast", "-1", "inf", "nan"])
def test_a_scale_that_is_none(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(eventual.VARIABLE, text)
    with pytest.raises(ValueError, match="use a number from 0"):
        eventual.scale()


def test_an_interrupted_creation_is_remembered_and_goes_on(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing(aws, monkeypatch, creating(3600))
    thread, caught = in_thread(lambda: aws.create(LOGS, "logs", name="/logs"))
    until(lambda: status(aws) is not None)
    aws.life.cancel()
    thread.join()
    (error,) = caught
    assert isinstance(error, HalfDoneError)
    assert "interrupted while waiting for" in str(error)
    assert error.result.id == "/logs"
    assert error.result.outputs["state"] == "PENDING"
    assert status(aws) == ("Creating", "PENDING")


def test_nobody_has_to_wait_for_it_to_become_ready(aws: Stack) -> None:
    """As after a kill of the plugin that waited."""
    row = Row("aws", LOGS, "/logs", name="/logs")
    aws.store.insert(eventual.begun(row, Transition(100, {"status": "Creating"})))
    until(lambda: status(aws) == (None, None))


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
def test_a_clock_that_jumps_makes_it_ready_early_never_late(
    aws: Stack, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "1")
    row = Row("aws", LOGS, "/logs", name="/logs")
    aws.store.insert(eventual.begun(row, Transition(3600, {"status": "Creating"})))
    assert status(aws) == ("Creating", None)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + jump)
    assert status(aws) == (None, None)
    begun = eventual.begun(row, Transition(3600))
    monkeypatch.setattr(time, "time", lambda: now() + 2 * jump)
    assert eventual.remaining(begun) <= 3600


@pytest.mark.parametrize("jump", [-86400.0, -3600.0, 3600.0, 86400.0])
def test_nor_does_anything_else_that_takes_its_time(
    monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """Operations, deployments and roles go by the same."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 5)
    assert not eventual.is_over(now, 6)
    assert eventual.is_over(now, 5)
    monkeypatch.setattr(time, "time", lambda: now + jump)
    assert eventual.is_over(now, 300)


def test_a_failure_at_the_end(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    passing(aws, monkeypatch, creating(0.01, "the image has no such tag"))
    with pytest.raises(HalfDoneError, match="the image has no such tag"):
        aws.create(LOGS, "logs", name="/logs")
    assert status(aws) == (None, None)


def test_a_deletion_takes_its_time(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    made = aws.create(LOGS, "logs", name="/logs")
    passing(aws, monkeypatch, creating(0.3))
    thread, _ = in_thread(lambda: aws.delete(made))
    until(lambda: status(aws) == ("Deleting", "PENDING"))
    thread.join()
    assert status(aws) is None
    assert [event.operation for event in aws.store.events(LOGS)][-1] == "delete"


def test_what_nobody_waited_for_is_gone_and_leaves_its_name(aws: Stack) -> None:
    row = Row("aws", LOGS, "/logs", name="/logs")
    aws.store.insert(eventual.begun(row, Transition(0), gone=True))
    assert aws.store.list("aws", LOGS) == []
    assert aws.read(Made(urn(LOGS, "logs"), "/logs", {}, {})) is None
    aws.create(LOGS, "logs", name="/logs")
    assert len(aws.store.list("aws", LOGS)) == 1


def test_what_is_deleted_while_it_is_made(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    passing(aws, monkeypatch, creating(0.3))
    thread, caught = in_thread(lambda: aws.create(LOGS, "logs", name="/logs"))
    until(lambda: status(aws) is not None)
    assert aws.store.delete("aws", LOGS, "/logs")
    thread.join()
    assert "was deleted by somebody before it was ready" in str(caught[0])
