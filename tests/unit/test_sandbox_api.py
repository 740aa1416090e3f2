"""The sandbox's vendor APIs, judged by the vendor's own client."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.loaders import Loader  # pyright: ignore[reportMissingTypeStubs]

from sandbox import eventual
from sandbox.api import sagemaker, server
from sandbox.store import Fault, Identity, Row, Store

LOADER: Any = Loader()
ACCOUNT, REGION = "123456789012", "eu-west-1"
ENDPOINT_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/fraud"

Client = Callable[..., Any]


@pytest.fixture(autouse=True)
def _one_loader(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Read the API models of botocore once and not once per client: most of a test's time."""
    monkeypatch.setattr("botocore.session.create_loader", lambda *_: LOADER)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite")
    yield store
    store.close()


@pytest.fixture
def client(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    running = server.start(store.path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")

    def make(service: str, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
        config = Config(retries={"total_max_attempts": options.pop("attempts", 1)}, **options)
        session: Any = boto3.Session(region_name=REGION)
        return session.client(service, config=config)

    yield make
    running.close()


def endpoint(**live: Any) -> Row:  # noqa: ANN401 - any of the column's keys
    variants = [
        {
            "name": name,
            "desired_weight": weight,
            "current_weight": weight,
            "desired_instance_count": 2,
            "current_instance_count": 2,
        }
        for name, weight in (("stable", 1.0), ("candidate", 0.0))
    ]
    return Row(
        provider="aws",
        token=sagemaker.ENDPOINT,
        id="fraud",
        name="fraud",
        account=ACCOUNT,
        region=REGION,
        live={
            "status": "InService",
            "endpoint_config_name": "fraud-1",
            "variants": variants,
            **live,
        },
    )


def set_weights(client: Any, stable: float, candidate: float) -> Any:  # noqa: ANN401
    return client.update_endpoint_weights_and_capacities(
        EndpointName="fraud",
        DesiredWeightsAndCapacities=[
            {"VariantName": "stable", "DesiredWeight": stable},
            {"VariantName": "candidate", "DesiredWeight": candidate},
        ],
    )


@pytest.fixture
def slow_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update ends when `settled` says so."""
    monkeypatch.setenv(eventual.VARIABLE, "60")


def settled(store: Store, client: Any) -> dict[str, Any]:  # noqa: ANN401
    """What is described once the update's time has come."""
    store.update(
        "aws",
        sagemaker.ENDPOINT,
        "fraud",
        lambda row: eventual.settled(row, now=True),
    )
    answer: dict[str, Any] = client.describe_endpoint(EndpointName="fraud")
    assert answer["EndpointStatus"] == "InService"
    return answer


def weights(answer: dict[str, Any], kind: str = "CurrentWeight") -> dict[str, float]:
    return {v["VariantName"]: v[kind] for v in answer["ProductionVariants"]}


def test_describe_endpoint_tells_what_the_store_holds(store: Store, client: Client) -> None:
    store.put(endpoint())
    answer = client("sagemaker").describe_endpoint(EndpointName="fraud")
    assert answer["EndpointArn"] == ENDPOINT_ARN
    assert answer["EndpointConfigName"] == "fraud-1"
    assert answer["EndpointStatus"] == "InService"
    assert weights(answer) == {"stable": 1.0, "candidate": 0.0}
    assert answer["ProductionVariants"][0]["DesiredInstanceCount"] == 2
    assert abs(answer["CreationTime"].timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("describe_endpoint", {"EndpointName": "gone"}, "Could not find endpoint "),
        (
            "describe_endpoint_config",
            {"EndpointConfigName": "gone"},
            "Could not find endpoint configuration",
        ),
        ("describe_model", {"ModelName": "gone"}, "Could not find model"),
        (
            "update_endpoint_weights_and_capacities",
            {
                "EndpointName": "gone",
                "DesiredWeightsAndCapacities": [{"VariantName": "a", "DesiredWeight": 1}],
            },
            "Could not find endpoint ",
        ),
    ],
)
def test_what_is_not_there_is_a_validation_exception(
    client: Client, operation: str, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        getattr(client("sagemaker"), operation)(**parameters)
    response: Any = caught.value.response  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    assert response["Error"]["Code"] == "ValidationException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_another_region_has_other_endpoints(store: Store, client: Client) -> None:
    store.put(endpoint())
    session: Any = boto3.Session(region_name="us-east-1")
    with pytest.raises(ClientError, match="us-east-1"):
        session.client("sagemaker").describe_endpoint(EndpointName="fraud")
    assert client("sagemaker").list_endpoints()["Endpoints"]


@pytest.mark.usefixtures("slow_updates")
def test_weights_move_without_touching_counts_or_configuration(
    store: Store, client: Client
) -> None:
    store.put(endpoint())
    api = client("sagemaker")
    assert set_weights(api, 90, 10)["EndpointArn"] == ENDPOINT_ARN
    during = api.describe_endpoint(EndpointName="fraud")
    assert during["EndpointStatus"] == "Updating"
    assert weights(during) == {"stable": 1.0, "candidate": 0.0}
    assert weights(during, "DesiredWeight") == {"stable": 90.0, "candidate": 10.0}
    after = settled(store, api)
    assert weights(after) == {"stable": 90.0, "candidate": 10.0}
    assert after["EndpointConfigName"] == "fraud-1"
    assert {v["CurrentInstanceCount"] for v in after["ProductionVariants"]} == {2}


@pytest.mark.usefixtures("slow_updates")
def test_a_second_update_is_refused_while_one_runs(store: Store, client: Client) -> None:
    store.put(endpoint())
    api = client("sagemaker")
    set_weights(api, 90, 10)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        set_weights(api, 50, 50)
    assert weights(settled(store, api)) == {"stable": 90.0, "candidate": 10.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([{"VariantName": "shadow", "DesiredWeight": 1.0}], "is/are not present within"),
        ([{"VariantName": "stable", "DesiredWeight": -1.0}], "greater than or equal to 0"),
        (
            [{"VariantName": "stable"}, {"VariantName": "stable"}],
            "was non-unique within the request",
        ),
    ],
)
def test_bad_weights_are_refused(
    store: Store, client: Client, changes: list[dict[str, Any]], message: str
) -> None:
    store.put(endpoint())
    api = client("sagemaker", parameter_validation=False)
    with pytest.raises(ClientError, match=message):
        api.update_endpoint_weights_and_capacities(
            EndpointName="fraud", DesiredWeightsAndCapacities=changes
        )
    assert weights(api.describe_endpoint(EndpointName="fraud")) == {"stable": 1.0, "candidate": 0.0}


@pytest.mark.usefixtures("slow_updates")
def test_a_silent_rollback_is_answered_well_and_undone(store: Store, client: Client) -> None:
    store.put(endpoint())
    store.add_fault(
        Fault(sagemaker.ENDPOINT, "UpdateEndpointWeightsAndCapacities", "silent_rollback")
    )
    api = client("sagemaker")
    set_weights(api, 90, 10)
    after = settled(store, api)
    assert weights(after) == {"stable": 1.0, "candidate": 0.0}
    assert weights(after, "DesiredWeight") == {"stable": 1.0, "candidate": 0.0}
    assert "rolled back" in after["FailureReason"]


def test_throttling_is_what_the_client_retries(store: Store, client: Client) -> None:
    store.put(endpoint())
    store.add_fault(Fault(sagemaker.ENDPOINT, "DescribeEndpoint", "throttle"))
    with pytest.raises(ClientError, match="ThrottlingException"):
        client("sagemaker").describe_endpoint(EndpointName="fraud")
    store.add_fault(Fault(sagemaker.ENDPOINT, "DescribeEndpoint", "throttle"))
    answer = client("sagemaker", attempts=3).describe_endpoint(EndpointName="fraud")
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize("mode", ["timeout", "die"])
def test_a_lost_answer_ends_the_connection(store: Store, client: Client, mode: Any) -> None:  # noqa: ANN401
    store.put(endpoint())
    store.add_fault(Fault(sagemaker.ENDPOINT, "DescribeEndpoint", mode))
    with pytest.raises((EndpointConnectionError, HTTPClientError)):
        client("sagemaker").describe_endpoint(EndpointName="fraud")


def test_every_call_is_logged_with_its_outcome(store: Store, client: Client) -> None:
    store.put(endpoint())
    api = client("sagemaker")
    api.describe_endpoint(EndpointName="fraud")
    with pytest.raises(ClientError):
        api.describe_endpoint(EndpointName="gone")
    events = store.events(operation="sagemaker:*")
    assert [(e.operation, e.id, e.outcome) for e in events] == [
        ("sagemaker:DescribeEndpoint", "fraud", "ok"),
        ("sagemaker:DescribeEndpoint", "gone", "ValidationException"),
    ]


def test_configurations_and_models_come_back_in_the_vendors_spelling(
    store: Store, client: Client
) -> None:
    store.put(
        Row(
            provider="aws",
            token="aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            id="fraud-1",
            name="fraud-1",
            account=ACCOUNT,
            region=REGION,
            inputs={
                "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
                "productionVariants": [
                    {
                        "variantName": "stable",
                        "modelName": "fraud-m",
                        "initialInstanceCount": 1,
                        "initialVariantWeight": 1,
                        "instanceType": "ml.m5.large",
                        "serverlessConfig": {"memorySizeInMb": 2048, "maxConcurrency": 5},
                    }
                ],
                "tags": {"owner": "team-risk"},
            },
        )
    )
    store.put(
        Row(
            provider="aws",
            token="aws:sagemaker/model:Model",
            id="fraud-m",
            name="fraud-m",
            account=ACCOUNT,
            region=REGION,
            inputs={
                "executionRoleArn": "arn:aws:iam::123456789012:role/fraud",
                "primaryContainer": {
                    "image": "i",
                    "modelDataUrl": "s3://b/k",
                    "environment": {"logLevel": "1"},
                },
            },
        )
    )
    configuration = client("sagemaker").describe_endpoint_config(EndpointConfigName="fraud-1")
    variant = configuration["ProductionVariants"][0]
    assert variant["InstanceType"] == "ml.m5.large"
    assert variant["ServerlessConfig"]["MemorySizeInMB"] == 2048
    assert configuration["KmsKeyId"].endswith("key/k")
    model = client("sagemaker").describe_model(ModelName="fraud-m")
    assert model["PrimaryContainer"]["ModelDataUrl"] == "s3://b/k"
    assert model["PrimaryContainer"]["Environment"] == {"logLevel": "1"}


def test_endpoints_are_listed_page_by_page(store: Store, client: Client) -> None:
    for number in range(5):
        store.put(endpoint().replace(id=f"e{number}", name=f"e{number}"))
    paginator = client("sagemaker").get_paginator("list_endpoints")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
    assert len(pages) == 3
    names = [e["EndpointName"] for page in pages for e in page["Endpoints"]]
    assert sorted(names) == [f"e{number}" for number in range(5)]


def test_sts_tells_the_account_that_the_key_belongs_to(
    store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client("sts").get_caller_identity()["Account"] == ACCOUNT
    store.add_identity(Identity("aws_account", "999999999999", {"access_key_id": "other"}))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "other")
    assert client("sts").get_caller_identity()["Account"] == "999999999999"


def test_lambda_alias_has_its_weights(store: Store, client: Client) -> None:
    row = Row(
        provider="aws",
        token="aws:lambda/alias:Alias",
        id="arn:aws:lambda:eu-west-1:123456789012:function:iris:live",
        name="live",
        account=ACCOUNT,
        region=REGION,
        inputs={
            "functionName": "iris",
            "name": "live",
            "functionVersion": "3",
            "routingConfig": {"additionalVersionWeights": {"4": 0.1}},
        },
    )
    store.put(row)
    alias = client("lambda").get_alias(FunctionName="iris", Name="live")
    assert alias["FunctionVersion"] == "3"
    assert alias["RoutingConfig"]["AdditionalVersionWeights"] == {"4": 0.1}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("lambda").get_alias(FunctionName="iris", Name="gone")


def test_lambda_function_tells_its_version(store: Store, client: Client) -> None:
    row = Row(
        provider="aws",
        token="aws:lambda/function:Function",
        id="iris",
        name="iris",
        account=ACCOUNT,
        region=REGION,
        inputs={"runtime": "python3.12", "memorySize": 512},
        outputs={"version": "4", "codeSha256": "new"},
        live={"versions": ["4"], "codes": {"4": "old"}},
    )
    store.put(row)
    api = client("lambda")
    found = api.get_function(FunctionName="iris")["Configuration"]
    assert (found["Version"], found["Runtime"], found["MemorySize"]) == (
        "$LATEST",
        "python3.12",
        512,
    )
    assert found["CodeSha256"] == "new"
    published = api.get_function(FunctionName="iris", Qualifier="4")["Configuration"]
    assert (published["Version"], published["CodeSha256"]) == ("4", "old")


def test_alarms_have_their_state(store: Store, client: Client) -> None:
    for name, state in (("fraud-errors", "ALARM"), ("fraud-latency", "OK"), ("other", "OK")):
        store.put(
            Row(
                provider="aws",
                token="aws:cloudwatch/metricAlarm:MetricAlarm",
                id=name,
                name=name,
                account=ACCOUNT,
                region=REGION,
                inputs={"threshold": 1, "dimensions": {"EndpointName": "fraud"}},
                live={"state": state},
            )
        )
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix="fraud")["MetricAlarms"]
    assert {a["AlarmName"]: a["StateValue"] for a in found} == {
        "fraud-errors": "ALARM",
        "fraud-latency": "OK",
    }
    assert found[0]["Dimensions"] == [{"Name": "EndpointName", "Value": "fraud"}]


def test_an_alarm_is_described_as_it_was_made(store: Store, client: Client) -> None:
    metric = {
        "namespace": "AWS/Lambda",
        "metricName": "Duration",
        "dimensions": {"FunctionName": "iris"},
        "period": 60,
        "stat": "p95",
    }
    for name, inputs in (
        ("plain", {"extendedStatistic": "p95", "okActions": ["arn:aws:sns:eu-west-1:1:t"]}),
        ("query", {"metricQueries": [{"id": "d", "metric": metric, "returnData": True}]}),
    ):
        store.put(
            Row(
                provider="aws",
                token="aws:cloudwatch/metricAlarm:MetricAlarm",
                id=name,
                name=name,
                account=ACCOUNT,
                region=REGION,
                inputs=inputs,
            )
        )
    plain, query = client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert plain["ExtendedStatistic"] == "p95"
    assert plain["OKActions"] == ["arn:aws:sns:eu-west-1:1:t"]
    assert query["Metrics"] == [
        {
            "Id": "d",
            "ReturnData": True,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Duration",
                    "Dimensions": [{"Name": "FunctionName", "Value": "iris"}],
                },
                "Period": 60,
                "Stat": "p95",
            },
        }
    ]


@pytest.mark.parametrize("length", ["-1", "many", "17000000"])
def test_a_wrong_length_is_refused_and_nothing_waits(store: Store, length: str) -> None:
    running = server.start(store.path)
    port = int(running.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        status = raw.recv(64).split()[1]
    running.close()
    assert status == (b"413" if length.isdecimal() else b"400")


def test_what_is_not_answered_says_so(client: Client) -> None:
    with pytest.raises(ClientError, match="does not answer sagemaker:ListApps yet"):
        client("sagemaker").list_apps()


def test_a_fault_of_the_sandbox_is_an_answer(store: Store, client: Client) -> None:
    store.put(endpoint(variants=[{"canary-of-a-secret": 1}]))
    with pytest.raises(ClientError, match=r"the sandbox itself failed in .*: KeyError") as caught:
        client("sagemaker").describe_endpoint(EndpointName="fraud")
    assert "canary" not in str(caught.value)


def test_an_update_ends_by_itself(store: Store, client: Client) -> None:
    store.put(endpoint())
    api = client("sagemaker")
    set_weights(api, 90, 10)
    time.sleep(0.35)
    assert api.describe_endpoint(EndpointName="fraud")["EndpointStatus"] == "InService"
