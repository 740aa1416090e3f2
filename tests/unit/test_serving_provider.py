"""The first-party provider: its settings, secrets, cancelling, schema, and over the wire."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    ConfigureRequest,
    CreateRequest,
    GetSchemaRequest,
    ReadRequest,
)
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from provider.aws import sagemaker_live_endpoint_inputs as inputs_of
from provider.errors import ProviderError, scrub
from provider.server import Servicer
from provider.serving import ServingProvider
from provider.values import plain_map, wrap_map
from sandbox.store import Fault, Store
from tests.unit.sagemaker_live_endpoint import ASKED, QUICK, TOKEN, URN, calls, create, put, store

__all__ = ["store"]

ROOT = Path(__file__).resolve().parents[2]


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


def test_a_vendors_error_is_whole_after_retries(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store)
    monkeypatch.setattr("time.sleep", lambda _: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    message = "InternalFailure: half of it: is here"
    store.add_fault(Fault(TOKEN, "DescribeEndpoint", "throttle", count=-1, message=message))
    with pytest.raises(ProviderError, match=rf"^DescribeEndpoint: ThrottlingException: {message}$"):
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
    assert plain_map(response.inputs or {})["timeoutSeconds"] == 5700
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


# A call to a vendor that is not answered for a minute; no thread can be interrupted.
HANGS = """
import asyncio, sys, time, provider.server as server
wait = server._until_engine_is_gone
async def hanging(channel):
    calling = asyncio.create_task(asyncio.to_thread(time.sleep, 60))
    await wait(channel)
server._until_engine_is_gone = hanging
server.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("program", "interrupted"),
    [((str(ROOT / "provider"),), False), (("-c", HANGS), False), (("-c", HANGS), True)],
    ids=["idle", "in a call", "in a call, interrupted"],
)
def test_the_plugin_starts_and_ends_with_its_engine(
    program: tuple[str, ...], *, interrupted: bool
) -> None:
    """A killed engine cannot end its plugins; one that lived on could still move traffic."""

    async def scenario() -> int:
        engine = grpc.aio.server()
        port = engine.add_insecure_port("127.0.0.1:0")
        await engine.start()
        plugin = await asyncio.create_subprocess_exec(
            *(sys.executable, *program, f"127.0.0.1:{port}"),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        try:
            assert plugin.stdout is not None
            served = int(await asyncio.wait_for(plugin.stdout.readline(), 20))
            async with grpc.aio.insecure_channel(f"127.0.0.1:{served}") as channel:
                stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = await stub.GetSchema(provider_pb2.GetSchemaRequest())
                assert "SageMakerLiveEndpoint" in answer.schema
            if interrupted:
                # As the engine does at its own end; it kills a plugin that lives 5 s later.
                plugin.send_signal(signal.SIGINT)
            else:
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
