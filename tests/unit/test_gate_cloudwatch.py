"""A gate's questions to CloudWatch: asked as botocore's own model of the service takes them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.stub import (  # pyright: ignore[reportMissingTypeStubs]
    ANY,
    Stubber,
)

from delivery.failure import Failure
from delivery.metrics import cloudwatch
from tests.unit.promoting import Answer, Estate, command, estate

# botocore has no types.
Stub: TypeAlias = Any

QUERY: list[dict[str, Any]] = [
    {"Id": "spent", "Expression": "(FILL(bad, 0) / requests) / 0.01", "ReturnData": True},
    *(
        {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": []},
                "Period": 300,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name, metric in (("bad", "Invocation5XXErrors"), ("requests", "Invocations"))
    ),
]
GO = ("promote", "fraud", "dev", "prod", "--yes", "--json")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    """Refuses what the service's model does not have, and answers in its form alone."""
    make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    client = make("cloudwatch", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    made: Any = Stubber(client)
    made.activate()

    def client_of(region: str) -> object:
        assert region == "eu-west-1"
        return client

    monkeypatch.setattr(cloudwatch, "client_of", client_of)
    return made


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    made = estate(tmp_path, monkeypatch)
    keys = {"objective": "errors", "role": "candidate", "version": "1.5.0", "limit": "1"}
    asked = {"language": "cloudwatch", "at": "eu-west-1", "query": json.dumps(QUERY)}
    made.queries = [keys | asked]
    return made


@pytest.fixture
def serving(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    return command(monkeypatch, capfd)


def answers(stub: Stub, *values: float, **more: object) -> None:
    result = {"Id": "spent", "Values": list(values), "StatusCode": "Complete", **more}
    asked: dict[str, Any] = {"MetricDataQueries": QUERY, "StartTime": ANY, "EndTime": ANY}
    stub.add_response("get_metric_data", {"MetricDataResults": [result]}, asked)


# Now, and the end of the period that is asked for: whole, and a minute old at least.
PERIODS = {
    "10:07:30": "10:05:00",
    "10:06:00": "10:05:00",
    "10:05:59": "10:00:00",
    "10:05:00": "10:00:00",
}


@pytest.mark.parametrize("now", PERIODS)
def test_the_last_whole_five_minutes(stub: Stub, now: str) -> None:
    end = datetime.fromisoformat(f"2026-11-27T{PERIODS[now]}+00:00")
    begin = datetime.fromtimestamp(end.timestamp() - 300, UTC)
    asked: dict[str, Any] = {"MetricDataQueries": QUERY, "StartTime": begin, "EndTime": end}
    stub.add_response("get_metric_data", {"MetricDataResults": []}, asked)
    at = datetime.fromisoformat(f"2026-11-27T{now}+00:00")
    assert cloudwatch.answer("eu-west-1", json.dumps(QUERY), at) is None
    stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("values", "code", "verdict"),
    [
        ((0.2,), 0, "kept"),
        ((1.0,), 0, "kept"),
        ((1.01,), 2, "missed"),
        ((), 2, "not measured"),
        ((float("nan"),), 2, "not measured"),
    ],
)
def test_an_answer_is_a_verdict(  # noqa: PLR0917 - cases
    site: Estate,
    serving: Callable[..., Answer],
    stub: Stub,
    values: tuple[float, ...],
    code: int,
    verdict: str,
) -> None:
    assert site.queries
    answers(stub, *values)
    done = serving(*GO, "--metrics", "cloudwatch")
    assert done.code == code, done.err
    assert verdict in done.out + done.err
    stub.assert_no_pending_responses()


def test_nobody_asks_without_being_told(site: Estate, serving: Callable[..., Answer]) -> None:
    """A promotion needs no login to AWS but where somebody says so."""
    assert site.queries
    for asked in ((), ("--metrics", "http://127.0.0.1:9")):
        done = serving(*GO, *asked)
        assert (done.code, "--metrics cloudwatch" in done.err) == (2, True), done.err
    both = ("--metrics", "http://a.example", "--metrics", "http://b.example")
    assert "one address of a Prometheus" in serving(*GO, *both).err


def test_what_cloudwatch_refuses(stub: Stub) -> None:
    stub.add_client_error("get_metric_data", "AccessDenied", "not authorized")
    with pytest.raises(Failure, match=r"(?s)not authorized.*cloudwatch:GetMetricData"):
        cloudwatch.answer("eu-west-1", json.dumps(QUERY))
    messages = [{"Code": "Forbidden", "Value": "another account"}]
    answers(stub, 0.1, StatusCode="Forbidden", Messages=messages)
    with pytest.raises(Failure, match="another account"):
        cloudwatch.answer("eu-west-1", json.dumps(QUERY))
