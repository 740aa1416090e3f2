"""Faults by rule: what they hit, how they are worded, and what is there afterwards."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from sandbox import errors, faults
from sandbox.clouds import PROVIDERS
from sandbox.clouds.base import RefusedError
from sandbox.life import HalfDoneError
from sandbox.store import Fault, FaultMode, StoreError
from tests.unit.sandbox_life import AUTONAMING, Made, Stack, urn

LOGS = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def ids(stack: Stack) -> list[str]:
    return [row.id for row in stack.store.list("aws", LOGS)]


# ---- the wording ----

WORDED = {
    "aws": (
        "aws:sagemaker/endpoint:Endpoint",
        "ResourceLimitExceeded",
        (
            r"creating SageMaker Endpoint \(it\): operation error SageMaker: CreateEndpoint, https"
            r" response error StatusCode: 400, RequestID: [0-9a-f-]{36}, ResourceLimitExceeded: The"
            r" account-level service limit .*"
        ),
    ),
    "gcp": (
        "gcp:storage/bucket:Bucket",
        "conflict",
        (
            r"Error creating Bucket: googleapi: Error 409: .* conflicts with another one on it,"
            r" conflict"
        ),
    ),
    "azure-native": (
        "azure-native:storage:StorageAccount",
        "StorageAccountAlreadyTaken",
        r'Status=409 Code="StorageAccountAlreadyTaken" Message="The storage account named it .*"',
    ),
    "kubernetes": (
        "kubernetes:apps/v1:Deployment",
        "Forbidden",
        (
            r'resource "it" was not successfully created by the Kubernetes API server:'
            r' deployments\.apps "it" is forbidden: exceeded quota'
        ),
    ),
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_error_is_worded_as_its_provider_does(provider: str) -> None:
    token, code, pattern = WORDED[provider]
    said = errors.worded(provider, token, "create", "it", code=code)
    assert re.fullmatch(pattern, said)
    own = errors.worded(provider, token, "create", "it", code="Unheard", message="of it")
    assert "of it" in own


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_catalogue_has_what_the_modes_need(provider: str) -> None:
    known = [error.code for error in errors.catalogue(provider)]
    assert {errors.default(provider, p) for p in ("internal", "throttle", "quota")} <= set(known)
    assert errors.page(provider).startswith("https://")
    assert all(error.types.startswith(f"{provider}:") for error in errors.catalogue(provider))


def test_an_error_over_http_has_its_text_and_status() -> None:
    token = "gcp:vertex/aiEndpoint:AiEndpoint"
    assert errors.plain("gcp", token, "RESOURCE_EXHAUSTED")[1] == 429
    assert errors.plain("gcp", token, "Unheard", "of it") == ("of it", 400)


# ---- the modes ----


@pytest.mark.parametrize("mode", ["fail", "unreachable"])
def test_what_is_refused_is_not_done(aws: Stack, mode: FaultMode) -> None:
    aws.store.add_fault(Fault("aws:*", "*", mode, count=3))
    with pytest.raises(RefusedError):
        aws.create(LOGS, "logs", name="/logs")
    assert ids(aws) == []
    aws.store.clear_faults()
    made = aws.create(LOGS, "logs", name="/logs")
    aws.store.add_fault(Fault("aws:*", "*", mode, count=2))
    with pytest.raises(RefusedError):
        aws.update(made, retentionInDays=7)
    with pytest.raises(RefusedError):
        aws.delete(made)
    read = aws.read(made)
    assert read is not None
    assert read.inputs.get("retentionInDays") is None


def test_a_fault_of_a_code_says_it_with_the_vendors_words(aws: Stack) -> None:
    aws.store.add_fault(Fault(LOGS, "create", "fail", code="LimitExceededException"))
    with pytest.raises(RefusedError, match=r"CreateLogGroup, .*LimitExceededException: The limit"):
        aws.create(LOGS, "logs", name="/logs")


@pytest.mark.parametrize("pattern", ["logs", "/lo*"])
def test_a_fault_of_one_resource_hits_it_alone(aws: Stack, pattern: str) -> None:
    aws.store.add_fault(Fault("aws:*", "create", "fail", count=-1, resource=pattern))
    aws.create(LOGS, "other", name="/other")
    with pytest.raises(RefusedError):
        aws.create(LOGS, "logs", name="/logs")
    made = Made(urn(LOGS, "other"), "/other", {"name": "/other"}, {})
    aws.store.add_fault(Fault("aws:*", "delete", "fail", count=-1, resource="/oth?r"))
    with pytest.raises(RefusedError):
        aws.delete(made)


def test_the_nth_creation_fails(aws: Stack) -> None:
    aws.store.add_fault(Fault(LOGS, "create", "fail", skip=2))
    for name in ("a", "b"):
        aws.create(LOGS, name, name=name)
    with pytest.raises(RefusedError):
        aws.create(LOGS, "c", name="c")
    aws.create(LOGS, "d", name="d")
    assert ids(aws) == ["a", "b", "d"]


@pytest.mark.parametrize(("times", "fits"), [(4, True), (5, False)])
def test_throttling_is_repeated_as_clients_do(aws: Stack, times: int, *, fits: bool) -> None:
    aws.store.add_fault(Fault(LOGS, "create", "throttle", count=times))
    if fits:
        aws.create(LOGS, "logs", name="/logs")
    else:
        with pytest.raises(RefusedError, match="ThrottlingException: Rate exceeded, after 5"):
            aws.create(LOGS, "logs", name="/logs")
    assert bool(ids(aws)) is fits


@pytest.mark.parametrize(("times", "fits"), [(19, True), (20, False)])
def test_what_is_not_found_at_once_is_asked_for_again(
    aws: Stack, times: int, *, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "FIND_SECONDS", 0)
    aws.store.add_fault(Fault(LOGS, "create", "not_found", count=times))
    if fits:
        aws.create(LOGS, "logs", name="/logs")
    else:
        # It is there, and the state has to know it.
        with pytest.raises(HalfDoneError, match="couldn't find resource") as caught:
            aws.create(LOGS, "logs", name="/logs")
        assert caught.value.result.id == "/logs"
    assert ids(aws) == ["/logs"]
    assert aws.store.faults() == []


def test_a_read_that_finds_nothing_yet(aws: Stack) -> None:
    made = aws.create(LOGS, "logs", name="/logs")
    aws.store.add_fault(Fault(LOGS, "read", "not_found", count=2))
    assert [aws.read(made) is None for _ in range(3)] == [True, True, False]


def test_what_never_becomes_ready_stays_so_until_it_is_let(aws: Stack) -> None:
    aws.store.add_fault(Fault(LOGS, "create", "never_ready", message="still Creating"))
    with pytest.raises(HalfDoneError, match="still Creating") as caught:
        aws.create(LOGS, "logs", name="/logs")
    made = Made(urn(LOGS, "logs"), caught.value.result.id, {"name": "/logs"}, {})
    with pytest.raises(HalfDoneError, match="to become ready"):
        aws.update(made, retentionInDays=7)
    assert aws.read(made) is not None
    aws.delete(made)
    aws.create(LOGS, "logs", name="/logs")


def test_a_mode_hits_only_what_it_can(aws: Stack) -> None:
    """A rule for all operations waits for one that its mode is of."""
    aws.store.add_fault(Fault(LOGS, "*", "silent_rollback"))
    made = aws.create(LOGS, "logs", name="/logs")
    assert aws.store.faults()
    aws.update(made, retentionInDays=7)
    read = aws.read(made)
    assert read is not None
    assert read.inputs.get("retentionInDays") is None


def test_an_interruption_ends_a_slow_call_before_it_is_done(aws: Stack) -> None:
    aws.store.add_fault(Fault(LOGS, "create", "slow", seconds=60))
    caught: list[Exception] = []

    def create() -> None:
        try:
            aws.life.create(urn(LOGS, "logs"), {"name": "/logs"}, set())
        except RefusedError as error:
            caught.append(error)

    thread = threading.Thread(target=create)
    thread.start()
    while aws.store.faults():
        thread.join(0.01)
    aws.life.cancel()
    thread.join()
    assert "interrupted, nothing is done" in str(caught[0])
    assert ids(aws) == []


# ---- secrets ----

CANARY = "hunter2-canary-with-a-long-tail-" + "x" * 60
QUOTED = 'it"s\\canary\nline'


@pytest.mark.parametrize("secret", [CANARY, QUOTED, "abc", 90210, ["deep", {"er": CANARY}]])
def test_no_message_has_a_secret(aws: Stack, secret: Any) -> None:  # noqa: ANN401
    inputs = {"name": "/logs", "tags": {"a": "b"}, "retentionInDays": secret}
    token = urn(LOGS, "logs")
    _, problems = aws.life.check(token, inputs, {}, AUTONAMING, {"retentionInDays"})
    said = [problem.reason for problem in problems]
    # The code of a refusal quotes what it got; so does a fault's message.
    aws.store.add_fault(Fault(LOGS, "create", "fail", message=f"rejected {secret} and {secret!r}"))
    with pytest.raises(RefusedError) as caught:
        aws.life.create(token, inputs, {"retentionInDays"})
    said += [str(caught.value), *(event.detail for event in aws.store.events())]
    for text in said:
        for part in forms(secret):
            assert part not in text, text
    assert any("[secret]" in text for text in said)


def forms(secret: Any) -> list[str]:  # noqa: ANN401
    if isinstance(secret, list):
        return [CANARY[:12]]
    text = str(secret)
    return [text, text[:8], repr(text)[1:-1]]


def test_what_is_no_secret_is_quoted(aws: Stack) -> None:
    inputs = {"name": "/logs", "retentionInDays": "often"}
    _, problems = aws.life.check(urn(LOGS, "logs"), inputs, {}, AUTONAMING, {"name"})
    assert [problem.reason for problem in problems] == ['got "often"; use a whole number']


def test_no_message_of_the_store_has_a_secret(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError(f"the disk is full at {CANARY}")

    monkeypatch.setattr(aws.store, "insert", full)
    with pytest.raises(StoreError, match=r"full at \[secret\]"):
        aws.life.create(urn(LOGS, "logs"), {"name": CANARY}, {"name"})
