"""The first-party resource against a SageMaker that answers from a store, through boto3."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from botocore.loaders import Loader  # pyright: ignore[reportMissingTypeStubs]
from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    ConfigureRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    GetSchemaRequest,
    PropertyDiffKind,
    ReadRequest,
    UpdateRequest,
)
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from provider import sagemaker_live_endpoint_inputs as inputs_of
from provider.errors import ProviderError, scrub
from provider.sagemaker_live_endpoint import Poll
from provider.server import Servicer
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from sandbox.api import server
from sandbox.store import Fault, Row, Store

LOADER: Any = Loader()
ROOT = Path(__file__).resolve().parents[2]
TOKEN = "aws:sagemaker/endpoint:Endpoint"
URN = "urn:pulumi:dev::model-serving::serving:index:SageMakerLiveEndpoint::fraud-live"
ASKED: dict[str, object] = {
    "endpointName": "fraud",
    "endpointConfigName": "fraud-2",
    "weights": {"stable": 90, "candidate": 10},
    "timeoutSeconds": 5,
}
QUICK = Poll(first_seconds=0.02, longest_seconds=0.1)
WEIGHTS_CALL = "sagemaker:UpdateEndpointWeightsAndCapacities"


@pytest.fixture(autouse=True)
def _one_loader(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Read the API models of botocore once and not once per client: most of a test's time."""
    monkeypatch.setattr("botocore.session.create_loader", lambda *_: LOADER)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite")
    running = server.start(store.path)
    for name, value in {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox-secret",
        "AWS_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    yield store
    running.close()
    store.close()


def put(
    store: Store,
    *,
    config: str = "fraud-2",
    weights: Mapping[str, float] | None = None,
    **live: Any,  # noqa: ANN401 - any of the column's keys
) -> None:
    variants = [
        {
            "name": name,
            "desired_weight": weight,
            "current_weight": weight,
            "desired_instance_count": 3,
            "current_instance_count": 3,
        }
        for name, weight in (weights or {"stable": 1, "candidate": 0}).items()
    ]
    store.put(
        Row(
            provider="aws",
            token=TOKEN,
            id="fraud",
            name="fraud",
            account="123456789012",
            region="eu-west-1",
            live={
                "status": "InService",
                "endpoint_config_name": config,
                "variants": variants,
                **live,
            },
        )
    )


def change(store: Store, **live: Any) -> None:  # noqa: ANN401
    store.update("aws", TOKEN, "fraud", lambda row: row.replace(live={**row.live, **live}))


def calls(store: Store, operation: str = "sagemaker:*") -> list[str]:
    return [event.operation for event in store.events(operation=operation)]


def create(
    provider: ServingProvider | None = None, *, timeout: float = 0, **more: object
) -> dict[str, Any]:
    provider = provider or ServingProvider(poll=QUICK)
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), timeout, preview=False)
    response = asyncio.run(provider.create(request))
    assert response.resource_id == "fraud"
    return plain_map(response.properties)


def update(**more: object) -> dict[str, Any]:
    properties = wrap_map({**ASKED, **more})
    request = UpdateRequest(URN, "fraud", {}, properties, 0, [], preview=False)
    return plain_map(asyncio.run(ServingProvider(poll=QUICK).update(request)).properties)


def read(**inputs: object) -> tuple[dict[str, object], dict[str, object]]:
    request = ReadRequest(URN, "fraud", {}, wrap_map(inputs))
    response = asyncio.run(ServingProvider(poll=QUICK).read(request))
    assert response.resource_id == "fraud"
    return plain_map(response.inputs), plain_map(response.properties)


def check(**changes: object) -> dict[str, str]:
    """Problems by property path, of the asked inputs with changes (None takes a key away)."""
    merged = {k: v for k, v in {**ASKED, **changes}.items() if v is not None}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(merged), b"")))
    return {f.property: f.reason for f in response.failures or []}


# ---- create and update ----


def test_weights_are_moved_and_verified(store: Store) -> None:
    put(store)
    outputs = create()
    assert outputs["liveWeights"] == {"stable": 90, "candidate": 10}
    assert outputs["liveEndpointConfigName"] == "fraud-2"
    assert outputs["status"] == "InService"
    assert outputs["weights"] == ASKED["weights"]
    assert len(calls(store, WEIGHTS_CALL)) == 1


def test_no_call_moves_weights_that_are_right(store: Store) -> None:
    put(store, weights={"stable": 9, "candidate": 1})
    assert create()["liveWeights"] == {"stable": 90, "candidate": 10}
    assert calls(store) == ["sagemaker:DescribeEndpoint"]


def test_instance_counts_stay_the_autoscalers(store: Store) -> None:
    put(store)
    update(weights={"stable": 50, "candidate": 50})
    row = store.get("aws", TOKEN, "fraud")
    assert row is not None
    assert {v["current_instance_count"] for v in row.live["variants"]} == {3}
    assert {v["desired_instance_count"] for v in row.live["variants"]} == {3}


def test_one_variant_alone_needs_no_call_whatever_its_weight(store: Store) -> None:
    put(store, weights={"stable": 1})
    assert create(weights={"stable": 100})["liveWeights"] == {"stable": 100}
    assert calls(store, WEIGHTS_CALL) == []


def test_a_silent_rollback_fails_with_asked_live_reason_and_way_out(store: Store) -> None:
    put(store, config="fraud-1", failure_reason="Container did not pass the ping health check.")
    with pytest.raises(ProviderError) as caught:
        create()
    message = str(caught.value)
    for part in (
        "still serves configuration fraud-1; asked: fraud-2",
        "FailureReason: Container did not pass the ping health check",
        "serving rollback",
        "run `up --refresh`",
    ):
        assert part in message
    assert calls(store, WEIGHTS_CALL) == []


def test_an_endpoint_that_lags_for_a_moment_is_no_rollback(store: Store) -> None:
    put(store, config="fraud-1")

    async def scenario() -> dict[str, Any]:
        provider = ServingProvider(poll=Poll(first_seconds=0.3))
        request = CreateRequest(URN, wrap_map(ASKED), 0, preview=False)
        running = asyncio.create_task(provider.create(request))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(change, store, endpoint_config_name="fraud-2")
        return plain_map((await running).properties)

    assert asyncio.run(scenario())["liveEndpointConfigName"] == "fraud-2"


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed", "Deleting"])
def test_an_endpoint_that_ended_badly_fails(store: Store, status: str) -> None:
    put(store, status=status, failure_reason="no capacity")
    with pytest.raises(ProviderError, match=f"is {status} with .* FailureReason: no capacity"):
        create()


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack"])
def test_a_moving_endpoint_is_waited_for(store: Store, status: str) -> None:
    put(store, status=status, weights={"stable": 90, "candidate": 10})
    lines: list[str] = []

    async def log(urn: str, message: str) -> None:
        assert urn == URN
        lines.append(message)
        if len(lines) == 3:
            await asyncio.to_thread(change, store, status="InService")

    provider = ServingProvider(log, poll=QUICK)
    assert create(provider)["status"] == "InService"
    assert re.match(rf"{status}, \d s of at most 5 s", lines[0])


def test_the_deadline_ends_the_wait_and_says_how_to_go_on(store: Store) -> None:
    put(store, status="Updating", config="fraud-1")
    with pytest.raises(ProviderError, match=r"not ready after 1 s: it is Updating .*`up`"):
        create(timeoutSeconds=1)
    with pytest.raises(ProviderError, match=r"not ready after 0\.3 s"):
        create(timeout=0.3)


def test_cancel_ends_the_wait_at_once(store: Store) -> None:
    put(store, status="Updating")

    async def scenario() -> None:
        provider = ServingProvider(poll=Poll(first_seconds=60))
        request = CreateRequest(URN, wrap_map({**ASKED, "timeoutSeconds": 600}), 0, preview=False)
        running = asyncio.create_task(provider.create(request))
        await asyncio.sleep(1)
        await provider.cancel()
        await asyncio.wait_for(running, 5)

    with pytest.raises(ProviderError, match="cancelled while waiting"):
        asyncio.run(scenario())


def test_a_weight_change_that_is_rolled_back_fails(store: Store) -> None:
    put(store)
    store.add_fault(Fault(TOKEN, "UpdateEndpointWeightsAndCapacities", "silent_rollback"))
    with pytest.raises(ProviderError, match=r"candidate 0 %, stable 100 %; asked: candidate 10 %"):
        create()


def test_another_update_in_between_is_waited_out(store: Store) -> None:
    """The autoscaler and this resource may update at once; AWS refuses the second one."""
    put(store)
    message = 'ValidationException: Cannot update in-progress endpoint "arn".'
    store.add_fault(
        Fault(TOKEN, "UpdateEndpointWeightsAndCapacities", "fail", count=2, message=message)
    )
    assert create()["liveWeights"] == {"stable": 90, "candidate": 10}
    assert len(calls(store, WEIGHTS_CALL)) == 3


def test_throttling_is_retried(store: Store) -> None:
    put(store)
    store.add_fault(Fault(TOKEN, "*", "throttle", count=2))
    assert create()["status"] == "InService"


@pytest.mark.parametrize(
    ("live", "asked"),
    [({"stable": 1}, {"stable": 90, "candidate": 10}), ({"a": 1, "b": 0}, {"a": 100})],
)
def test_every_live_variant_must_be_named(
    store: Store, live: dict[str, float], asked: dict[str, float]
) -> None:
    put(store, weights=live)
    with pytest.raises(ProviderError, match="Name each variant"):
        create(weights=asked)
    assert calls(store, WEIGHTS_CALL) == []


def test_a_missing_endpoint_says_what_to_do(store: Store) -> None:
    assert store.list("aws", TOKEN) == []
    with pytest.raises(ProviderError, match=r"no endpoint fraud .*pulumi refresh"):
        create()


def test_previews_make_no_calls(store: Store) -> None:
    provider = ServingProvider()
    asked = wrap_map({**ASKED, "endpointConfigName": UNKNOWN})
    created = asyncio.run(provider.create(CreateRequest(URN, asked, 0, preview=True)))
    assert created.resource_id is None
    updated = asyncio.run(
        provider.update(UpdateRequest(URN, "fraud", {}, asked, 0, [], preview=True))
    )
    for response in (created, updated):
        outputs = plain_map(response.properties)
        assert outputs["weights"] == ASKED["weights"]
        for key in ("status", "liveWeights", "liveEndpointConfigName", "endpointConfigName"):
            assert outputs[key] is UNKNOWN
    assert calls(store) == []


def test_delete_does_nothing_in_the_cloud(store: Store) -> None:
    put(store)
    asyncio.run(ServingProvider().delete(DeleteRequest(URN, "fraud", wrap_map(ASKED), 0)))
    assert calls(store) == []


# ---- read ----


def test_read_shows_what_is_live(store: Store) -> None:
    put(store, config="fraud-9", weights={"stable": 3, "candidate": 1})
    inputs, outputs = read(**ASKED)
    assert inputs == {
        **ASKED,
        "endpointConfigName": "fraud-9",
        "weights": {"stable": 75, "candidate": 25},
    }
    assert outputs == {
        **inputs,
        "status": "InService",
        "liveEndpointConfigName": "fraud-9",
        "liveWeights": {"stable": 75, "candidate": 25},
    }


def test_import_needs_the_name_alone(store: Store) -> None:
    put(store)
    inputs, outputs = read()
    assert inputs == {
        "endpointName": "fraud",
        "endpointConfigName": "fraud-2",
        "weights": {"stable": 100, "candidate": 0},
        "timeoutSeconds": 1800,
    }
    assert outputs["status"] == "InService"


def test_what_was_asked_and_is_live_reads_back_as_asked(store: Store) -> None:
    put(store, weights={"stable": 1})
    inputs, _ = read(**{**ASKED, "weights": {"stable": 7}})
    assert inputs["weights"] == {"stable": 7}


def test_an_endpoint_that_is_gone_reads_as_nothing(store: Store) -> None:
    assert store.list("aws", TOKEN) == []
    request = ReadRequest(URN, "fraud", wrap_map(ASKED), wrap_map(ASKED))
    response = asyncio.run(ServingProvider().read(request))
    assert not response.resource_id
    assert response.properties == {}


# ---- check ----


def test_good_inputs_pass_with_their_defaults() -> None:
    asked = {k: v for k, v in ASKED.items() if k != "timeoutSeconds"}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(asked), b"")))
    assert not response.failures
    assert plain_map(response.inputs or {}) == {**asked, "timeoutSeconds": 1800}


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"endpointName": None}, "endpointName", "got nothing"),
        ({"endpointName": "-x"}, "endpointName", "got '-x'; use 1 to 63 letters"),
        ({"endpointName": "x" * 64}, "endpointName", "use 1 to 63"),
        ({"endpointConfigName": ""}, "endpointConfigName", "use 1 to 63"),
        ({"endpointConfigName": 5}, "endpointConfigName", "got 5"),
        ({"weights": None}, "weights", "got nothing; use percent by variant"),
        ({"weights": {}}, "weights", "use percent by variant"),
        ({"weights": [100]}, "weights", "use percent by variant"),
        ({"weights": {"a": 50, "b": 49}}, "weights", "a 50 %, b 49 %, 99 together; use 100"),
        ({"weights": {"a": 0}}, "weights", "alone needs 100"),
        ({"weights": {"a": 101, "b": 0}}, "weights.a", "got 101; use a whole number from 0 to 100"),
        ({"weights": {"a": -1, "b": 101}}, "weights.a", "got -1"),
        ({"weights": {"a": 99.5, "b": 0.5}}, "weights.b", "got 0.5"),
        ({"weights": {"a": True}}, "weights.a", "got True"),
        ({"weights": {"a": "100"}}, "weights.a", "got '100'"),
        ({"weights": {"a b": 100}}, "weights.a b", "name has 1 to 63"),
        ({"timeoutSeconds": 0}, "timeoutSeconds", "got 0; use a whole number of seconds"),
        ({"timeoutSeconds": 1.5}, "timeoutSeconds", "got 1.5"),
        ({"region": ""}, "region", "use a region such as"),
        ({"endpointname": "x"}, "endpointname", "did you mean endpointName?"),
    ],
)
def test_a_wrong_input_is_named(changes: dict[str, object], path: str, reason: str) -> None:
    problems = check(**changes)
    assert list(problems) == ["weights.a", "weights.b"] or path in problems
    assert reason in problems[path]


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": {"a": 0, "b": 100}},
        {"weights": {"a": 100, "b": 0}},
        {"weights": {"a": 1}},
        {"endpointName": "x" * 63},
        {"endpointName": "A-1--b"},
        {"endpointName": UNKNOWN, "endpointConfigName": UNKNOWN, "weights": UNKNOWN},
        {"weights": {"a": UNKNOWN, "b": 99}},
        {"timeoutSeconds": 1},
    ],
)
def test_right_or_unknown_inputs_pass(changes: dict[str, object]) -> None:
    assert check(**changes) == {}


def test_every_problem_is_told_at_once() -> None:
    problems = check(endpointName="", endpointConfigName="?", weights={"a": 1, "b": 1}, x=1)
    assert set(problems) == {"endpointName", "endpointConfigName", "weights", "x"}


# ---- diff ----


def diff(**changes: object) -> tuple[dict[str, PropertyDiffKind], bool | None]:
    old: dict[str, object] = {
        **ASKED,
        "status": "InService",
        "liveWeights": 0,
        "liveEndpointConfigName": "fraud-2",
    }
    request = DiffRequest(URN, "fraud", wrap_map(old), wrap_map({**ASKED, **changes}), [])
    response = asyncio.run(ServingProvider().diff(request))
    assert response.replaces == [p for p, d in response.detailed_diff.items() if d.kind.value == 5]
    return {path: d.kind for path, d in response.detailed_diff.items()}, response.changes


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"endpointName": "other"}, {"endpointName": PropertyDiffKind.UPDATE_REPLACE}),
        ({"region": "us-east-1"}, {"region": PropertyDiffKind.UPDATE_REPLACE}),
        ({"endpointConfigName": "fraud-3"}, {"endpointConfigName": PropertyDiffKind.UPDATE}),
        ({"endpointConfigName": UNKNOWN}, {"endpointConfigName": PropertyDiffKind.UPDATE}),
        ({"timeoutSeconds": 9}, {}),
        (
            {"weights": {"stable": 50, "candidate": 50}},
            {
                "weights.candidate": PropertyDiffKind.UPDATE,
                "weights.stable": PropertyDiffKind.UPDATE,
            },
        ),
        (
            {"weights": {"stable": 90, "b": 10}},
            {"weights.b": PropertyDiffKind.UPDATE, "weights.candidate": PropertyDiffKind.UPDATE},
        ),
    ],
)
def test_only_a_new_endpoint_or_region_replaces(
    changes: dict[str, object], expected: dict[str, PropertyDiffKind]
) -> None:
    assert diff(**changes) == (expected, bool(expected))


# ---- provider ----


def configure(provider: ServingProvider, **settings: object) -> None:
    request = ConfigureRequest({}, wrap_map(settings), accept_secrets=True, accept_resources=True)
    asyncio.run(provider.configure(request))


def test_the_resources_region_wins_over_the_providers(store: Store) -> None:
    put(store)
    provider = ServingProvider(poll=QUICK)
    configure(provider, region="us-east-1")
    with pytest.raises(ProviderError, match="no endpoint fraud"):
        create(provider)
    assert create(provider, region="eu-west-1")["status"] == "InService"


def test_no_region_at_all_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store)
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ProviderError, match="region: got none; set `region`"):
        create()


@pytest.mark.parametrize("accounts", [["999999999999"], '["999999999999"]'])
def test_a_wrong_account_is_refused_before_the_first_call(store: Store, accounts: object) -> None:
    put(store)
    provider = ServingProvider(poll=QUICK)
    configure(provider, allowedAccountIds=accounts)
    with pytest.raises(ProviderError, match="are for account 123456789012; allowed: 999999999999"):
        create(provider)
    assert calls(store) == []
    configure(provider, allowedAccountIds='["123456789012"]')
    assert create(provider)["status"] == "InService"


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"allowedAccountIds": ["12"]}, "allowedAccountIds"),
        ({"allowedAccountIds": "no list"}, "allowedAccountIds"),
        ({"regoin": "eu-west-1"}, "regoin"),
    ],
)
def test_a_wrong_provider_setting_is_named(settings: dict[str, object], path: str) -> None:
    request = CheckRequest(
        "urn:pulumi:d::p::pulumi:providers:serving::s", {}, wrap_map(settings), b""
    )
    response = asyncio.run(ServingProvider().check_config(request))
    assert [f.property for f in response.failures or []] == [path]


def test_without_credentials_the_error_is_one_line(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ProviderError, match=r"^Unable to locate credentials$"):
        create()


def test_no_error_shows_a_secret(store: Store) -> None:
    put(store)
    message = "Refused: your key sandbox-secret and the request with config-canary\nsecond line"
    store.add_fault(Fault(TOKEN, "DescribeEndpoint", "fail", count=-1, message=message))
    asked = {
        **wrap_map(ASKED),
        "endpointConfigName": PropertyValue("config-canary", is_secret=True),
    }
    with pytest.raises(ProviderError) as caught:
        asyncio.run(ServingProvider(poll=QUICK).create(CreateRequest(URN, asked, 0, preview=False)))
    text = str(caught.value)
    assert "sandbox-secret" not in text
    assert "config-canary" not in text
    assert text.count("[secret]") == 2
    assert "second line" not in text


def test_a_secret_is_found_quoted_and_before_a_text_is_cut() -> None:
    secret = "it's a \\ canary"
    assert "canary" not in scrub(f"got {secret!r}", [secret])
    text = scrub("x" * 1490 + "config-canary", ["config-canary"])
    assert "config" not in text
    assert len(scrub("x" * 5000, [])) == 1500


def test_a_null_input_stands_for_the_default() -> None:
    given = wrap_map({**ASKED, "timeoutSeconds": None})
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, given, b"")))
    assert plain_map(response.inputs or {})["timeoutSeconds"] == 1800
    assert not response.failures


def test_cancel_before_the_wait_ends_it_too(store: Store) -> None:
    put(store, status="Updating")
    provider = ServingProvider(poll=QUICK)
    asyncio.run(provider.cancel())
    with pytest.raises(ProviderError, match="cancelled while waiting"):
        create(provider)


def test_a_secret_input_stays_secret_in_outputs(store: Store) -> None:
    put(store)
    asked = {**wrap_map(ASKED), "endpointConfigName": PropertyValue("fraud-2", is_secret=True)}
    provider = ServingProvider(poll=QUICK)
    created = asyncio.run(provider.create(CreateRequest(URN, asked, 0, preview=False)))
    assert created.properties["endpointConfigName"].is_secret
    assert not created.properties["weights"].is_secret
    found = asyncio.run(provider.read(ReadRequest(URN, "fraud", created.properties, asked)))
    assert found.inputs["endpointConfigName"].is_secret
    assert found.properties["endpointConfigName"].is_secret


def test_the_schema_describes_every_property() -> None:
    response = asyncio.run(ServingProvider().get_schema(GetSchemaRequest(0)))
    schema = json.loads(response.schema or "")
    assert schema["name"] == "serving"
    resource = schema["resources"]["serving:index:SageMakerLiveEndpoint"]
    assert set(resource["requiredInputs"]) <= set(resource["inputProperties"])
    assert set(resource["required"]) <= set(resource["properties"])
    assert set(inputs_of.COMPUTED) == set(resource["properties"]) - set(resource["inputProperties"])
    assert all(p["description"] for p in resource["properties"].values())


# ---- over the wire ----


def over_the_wire(
    provider: ServingProvider, method: str, request: Callable[[], Any]
) -> grpc.aio.AioRpcError:
    """The error of a call through gRPC, as the engine sees it."""

    async def scenario() -> grpc.aio.AioRpcError:
        endpoint = grpc.aio.server()
        servicer: Any = Servicer([], "0", provider, engine_address="")
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, endpoint)  # pyright: ignore[reportUnknownMemberType]
        port = endpoint.add_insecure_port("127.0.0.1:0")
        await endpoint.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await getattr(stub, method)(request())
                return caught.value
        finally:
            await endpoint.stop(None)

    return asyncio.run(scenario())


def struct(**values: str) -> struct_pb2.Struct:
    built = struct_pb2.Struct()
    built.update(values)
    return built


def test_an_error_reaches_the_engine_without_a_stack_trace(store: Store) -> None:
    assert store.list("aws", TOKEN) == []
    error = over_the_wire(
        ServingProvider(poll=QUICK),
        "Read",
        lambda: provider_pb2.ReadRequest(id="fraud", urn=URN.replace("LiveEndpoint", "Other")),
    )
    assert error.details() == "the package `serving` has no resource serving:index:SageMakerOther"


def test_a_fault_of_ours_shows_its_place_and_no_value(store: Store) -> None:
    put(store)
    error = over_the_wire(
        ServingProvider(poll=QUICK),
        "Create",
        # What Check would have refused: a name is missing.
        lambda: provider_pb2.CreateRequest(urn=URN, properties=struct(weights="value-canary")),
    )
    details = error.details() or ""
    assert details.startswith("fault in the provider `serving`: ")
    assert "value-canary" not in details
    assert "Traceback" not in details
    assert "\n" not in details


def test_the_plugin_starts_and_ends_with_its_engine() -> None:
    """A killed engine cannot end its plugins; one that lived on could still move traffic."""

    async def scenario() -> int:
        engine = grpc.aio.server()
        port = engine.add_insecure_port("127.0.0.1:0")
        await engine.start()
        plugin = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "provider"), f"127.0.0.1:{port}"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert plugin.stdout is not None
            served = int(await asyncio.wait_for(plugin.stdout.readline(), 20))
            async with grpc.aio.insecure_channel(f"127.0.0.1:{served}") as channel:
                stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = await stub.GetSchema(provider_pb2.GetSchemaRequest())
                assert "SageMakerLiveEndpoint" in answer.schema
            await engine.stop(None)
            return await asyncio.wait_for(plugin.wait(), 20)
        finally:
            if plugin.returncode is None:
                plugin.kill()

    assert asyncio.run(scenario()) == 0


def test_a_preview_loads_no_vendor_client() -> None:
    """Importing boto3 would cost every preview as much again as the plugin's whole start."""
    program = "import sys, provider.server; print([m for m in sys.modules if 'boto' in m])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
