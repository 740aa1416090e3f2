"""What CloudWatch hears of the requests that the sandbox's functions answer."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.unit.sandbox_functions import NAME, Estate, estate


@pytest.fixture
def door(tmp_path: Path) -> Generator[Estate]:
    with estate(tmp_path) as made:
        yield made


def total(door: Estate, namespace: str, metric: str, **dimensions: str) -> float:
    now = time.time()
    answer = door.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()],
        StartTime=now - 3600,
        EndTime=now + 3600,
        Period=7200,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in answer["Datapoints"])


def test_requests_and_invocations(door: Estate) -> None:
    door.function("def handler(event, context): return 1 / 0")
    door.alias()
    door.api()
    door.send()
    door.send(signed=False)
    alias = {"FunctionName": NAME, "Resource": f"{NAME}:live"}
    assert total(door, "AWS/Lambda", "Invocations", FunctionName=NAME) == 1
    assert total(door, "AWS/Lambda", "Errors", **alias) == 1
    assert total(door, "AWS/Lambda", "Errors", **alias, ExecutedVersion="1") == 1
    assert total(door, "AWS/Lambda", "Duration", FunctionName=NAME) > 0
    assert total(door, "AWS/ApiGateway", "Count", ApiId="abcdefghij") == 2
    assert total(door, "AWS/ApiGateway", "5xx", ApiId="abcdefghij") == 1
    assert total(door, "AWS/ApiGateway", "4xx", ApiId="abcdefghij", Stage="$default") == 1


def test_no_room_counts_as_no_invocation(door: Estate) -> None:
    door.function("def handler(event, context): return 1", reservedConcurrentExecutions=0)
    door.alias()
    door.api()
    door.send()
    assert total(door, "AWS/Lambda", "Throttles", FunctionName=NAME) == 1
    assert total(door, "AWS/Lambda", "Invocations", FunctionName=NAME) == 0


def test_metrics_in_a_functions_own_lines(door: Estate) -> None:
    text = """
        import json
        LINE = {
            "_aws": {"Timestamp": 0, "CloudWatchMetrics": [{
                "Namespace": "Own",
                "Dimensions": [["model"], ["model", "version"]],
                "Metrics": [{"Name": "rows", "Unit": "Count"}, {"Name": "missing"}],
            }]},
            "model": "iris", "version": "2", "rows": 3,
        }
        def handler(event, context):
            print(json.dumps(LINE))
            print('{"_aws": 1')
            print('{"_aws": {"CloudWatchMetrics": 1}}')
        """
    door.function(text)
    lambda_ = door.client("lambda")
    for _ in range(2):
        lambda_.invoke(FunctionName=NAME)
    assert total(door, "Own", "rows", model="iris") == 6
    assert total(door, "Own", "rows", model="iris", version="2") == 6
    assert total(door, "Own", "missing", model="iris") == 0
