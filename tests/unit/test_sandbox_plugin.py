"""A stand-in as the engine sees it: an executable that prints a port."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2

from sandbox.clouds import cloud
from sandbox.protocol import engine_protocol, provider_pb2, provider_pb2_grpc
from sandbox.store import Fault, Store
from sandbox.wire import SECRET, SIGNATURE, decode, encode

engine_pb2, engine_pb2_grpc = engine_protocol()
ROOT = Path(__file__).resolve().parents[2]
GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "arn:aws:iam::123456789012:role/nobody"


class Plugin:
    """A running plugin of one provider."""

    def __init__(self, provider: str, store: Path, *arguments: str) -> None:
        executable = ROOT / "sandbox" / "plugins" / f"pulumi-resource-{provider}"
        environment = {
            **os.environ,
            "MODEL_SERVING_SANDBOX_STORE": str(store),
            "AWS_REGION": "eu-west-1",
        }
        environment.pop("KUBECONFIG", None)
        started = time.monotonic()
        self.process = subprocess.Popen(
            [executable, *arguments], stdout=subprocess.PIPE, env=environment, text=True
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        self.seconds_to_start = time.monotonic() - started
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        # The generated stub has no types.
        self.calls: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def check(self, token: str, name: str, /, **inputs: object) -> provider_pb2.CheckResponse:
        urn = f"urn:pulumi:dev::tests::{token}::{name}"
        request = provider_pb2.CheckRequest(urn=urn, news=encode(inputs), randomSeed=b"x")
        checked = self.calls.Check(request)
        assert not checked.failures
        return checked

    def create(self, token: str, name: str, /, **inputs: object) -> provider_pb2.CreateResponse:
        urn = f"urn:pulumi:dev::tests::{token}::{name}"
        checked = self.check(token, name, **inputs)
        return self.calls.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))

    def memory_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError

    def end(self, number: int = signal.SIGTERM) -> int:
        self.channel.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite"
    Store(path).close()
    return path


@pytest.fixture
def aws(store: Path) -> Generator[Plugin]:
    plugin = Plugin("aws", store)
    plugin.calls.Configure(provider_pb2.ConfigureRequest())
    yield plugin
    plugin.end()


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure-native", "kubernetes"])
def test_every_plugin_starts_small_and_quickly(provider: str, store: Path) -> None:
    plugin = Plugin(provider, store)
    try:
        answer = plugin.calls.Handshake(provider_pb2.ProviderHandshakeRequest())
        assert answer.accept_secrets
        assert plugin.calls.GetSchema(provider_pb2.GetSchemaRequest()).schema
        # The aim is 0.5 s on an idle machine; tests share theirs.
        assert plugin.seconds_to_start < 5
        if Path("/proc").is_dir():
            assert plugin.memory_mib() < 120
    finally:
        assert plugin.end(signal.SIGINT) == 0


def test_many_creations_at_once_are_all_there_once(aws: Plugin, store: Path) -> None:
    def create(number: int) -> str:
        return aws.create(GROUP, f"logs-{number}", name=f"/logs/{number}").id

    with ThreadPoolExecutor(64) as pool:
        ids = list(pool.map(create, range(64)))
    rows = Store(store).list("aws", GROUP)
    assert sorted(ids) == sorted(row.id for row in rows) == sorted({row.id for row in rows})
    assert len(rows) == 64


def test_killed_plugins_lose_nothing_that_they_answered(store: Path) -> None:
    """Four plugins, as of four runs at once, each with sixteen calls at a time."""
    plugins = [Plugin("aws", store) for _ in range(4)]
    answered: list[str] = []

    def create(number: int) -> None:
        plugin = plugins[number % len(plugins)]
        with contextlib.suppress(grpc.RpcError):
            answered.append(plugin.create(GROUP, f"l-{number}", name=f"/{number}").id)

    chance = random.Random(1)  # noqa: S311 - a test
    with ThreadPoolExecutor(64) as pool:
        calls = [pool.submit(create, number) for number in range(640)]
        for plugin in plugins:
            already = len(answered)
            while len(answered) < already + chance.randrange(20, 40):
                time.sleep(0.001)
            plugin.process.kill()
        for call in calls:
            call.result()
    for plugin in plugins:
        assert plugin.end() == -signal.SIGKILL
    found = Store(store)
    rows = [row.id for row in found.list("aws", GROUP)]
    assert set(answered) <= set(rows)
    assert len(rows) == len(set(rows)) < 640
    assert found.query("PRAGMA integrity_check") == [("ok",)]


def test_calls_run_beside_each_other(aws: Plugin, store: Path) -> None:
    Store(store).add_fault(Fault(GROUP, "create", "slow", count=1, seconds=5))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(aws.create, GROUP, "slow", name="/slow")
        while Store(store).faults():  # Until the slow call has begun, and used the rule up.
            time.sleep(0.01)
        aws.create(GROUP, "quick", name="/quick")
        assert not slow.done()
        slow.result()


def test_a_plugin_that_dies_has_done_it(aws: Plugin, store: Path) -> None:
    Store(store).add_fault(Fault(GROUP, "create", "die"))
    with pytest.raises(grpc.RpcError):
        aws.create(GROUP, "logs", name="/logs")
    assert aws.process.wait(timeout=10) == 137
    assert [row.id for row in Store(store).list("aws", GROUP)] == ["/logs"]


def test_a_killed_plugin_loses_nothing(aws: Plugin, store: Path) -> None:
    aws.create(GROUP, "logs", name="/logs")
    aws.process.kill()
    aws.process.wait()
    assert Store(store).get("aws", GROUP, "/logs") is not None


def test_secrets_go_back_as_secrets(aws: Plugin) -> None:
    secret: dict[str, Any] = {SIGNATURE: SECRET, "value": "hunter2"}
    urn = "urn:pulumi:dev::tests::aws:ssm/parameter:Parameter::p"
    inputs = encode({"name": "/p", "type": "SecureString", "value": secret})
    checked = aws.calls.Check(provider_pb2.CheckRequest(urn=urn, news=inputs))
    assert decode(checked.inputs)[1] == {"value"}
    made = aws.calls.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))
    outputs, secrets = decode(made.properties)
    assert outputs["value"] == "hunter2"
    assert "value" in secrets
    read = aws.calls.Read(
        provider_pb2.ReadRequest(
            id=made.id, urn=urn, inputs=checked.inputs, properties=made.properties
        )
    )
    assert "value" in decode(read.inputs)[1]
    assert "value" in decode(read.properties)[1]


def test_components_and_methods_are_refused_clearly(aws: Plugin) -> None:
    with pytest.raises(grpc.RpcError, match="does not build the component eks:index:Cluster"):
        aws.calls.Construct(provider_pb2.ConstructRequest(type="eks:index:Cluster"))
    with pytest.raises(grpc.RpcError, match="does not run the method x"):
        aws.calls.Call(provider_pb2.CallRequest(tok="x"))


def test_a_plugin_that_dies_before_has_done_nothing(aws: Plugin, store: Path) -> None:
    Store(store).add_fault(Fault(GROUP, "create", "die_before"))
    with pytest.raises(grpc.RpcError):
        aws.create(GROUP, "logs", name="/logs")
    assert aws.process.wait(timeout=10) == 137
    assert Store(store).list("aws", GROUP) == []


def test_a_plugin_ends_with_its_parent(store: Path) -> None:
    """The engine may be killed: nobody ends its plugins then."""
    executable = ROOT / "sandbox" / "plugins" / "pulumi-resource-aws"
    code = f"""
import os, subprocess, sys
plugin = subprocess.Popen([{str(executable)!r}], stdout=subprocess.PIPE, text=True)
print(plugin.stdout.readline().strip(), plugin.pid, flush=True)
os._exit(0)
"""
    environment = {**os.environ, "MODEL_SERVING_SANDBOX_STORE": str(store)}
    # The plugin's own output is a pipe of its parent's: this one ends with the parent.
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    port, pid = map(int, done.stdout.split())
    assert port
    deadline = time.monotonic() + 30
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_plugin_whose_parent_went_before_it_began_ends_too(store: Path, tmp_path: Path) -> None:
    executable = ROOT / "sandbox" / "plugins" / "pulumi-resource-aws"
    # Nothing listens at port 9, where the engine would be.
    script = f'"{executable}" 127.0.0.1:9 > "{tmp_path}/port" 2>&1 & echo $!'
    environment = {**os.environ, "MODEL_SERVING_SANDBOX_STORE": str(store)}
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    deadline = time.monotonic() + 60
    while is_alive(int(done.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (tmp_path / "port").read_text().strip().isdigit()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Nobody may have reaped it yet.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_defect_of_the_sandbox_says_where_and_no_values(store: Path) -> None:
    """What is no row of the store breaks the stand-in inside; the row holds a secret."""
    plugin = Plugin("aws", store)
    try:
        plugin.calls.Configure(provider_pb2.ConfigureRequest())
        plugin.create(GROUP, "logs", name="/logs")
        connection = sqlite3.connect(store)
        connection.execute("UPDATE resources SET live = 'hunter2-canary' WHERE id = '/logs'")
        connection.commit()
        connection.close()
        urn = f"urn:pulumi:dev::tests::{GROUP}::logs"
        with pytest.raises(grpc.RpcError) as caught:
            plugin.calls.Read(provider_pb2.ReadRequest(id="/logs", urn=urn))
        said = str(caught.value)
        assert "the sandbox itself failed in Read: JSONDecodeError at " in said
        assert "hunter2" not in said
        # It still serves.
        assert plugin.create(GROUP, "more", name="/more").id == "/more"
    finally:
        plugin.end()


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes what plugins log."""

    def __init__(self) -> None:
        self.logged: list[Any] = []

    def Log(self, request: object, context: object) -> empty_pb2.Empty:  # noqa: N802 - the protocol's
        del context
        self.logged.append(request)
        return empty_pb2.Empty()


@contextlib.contextmanager
def listening() -> Generator[tuple[Engine, str]]:
    """An engine, and its address."""
    engine = Engine()
    server = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield engine, address
    finally:
        server.stop(None).wait()


def test_a_type_of_shape_only_is_said_so_once(store: Path) -> None:
    stand_in = cloud("aws")
    shallow = next(
        token
        for token in sorted(stand_in.library.tokens())
        if stand_in.depth(token).shape_only
        and not any(each.required for each in stand_in.library.resource(token).inputs.values())
    )
    with listening() as (engine, address):
        plugin = Plugin("aws", store, address)
        try:
            plugin.calls.Configure(provider_pb2.ConfigureRequest())
            for name in ("first", "second"):
                plugin.check(shallow, name)
                plugin.check("aws:sagemaker/model:Model", name, executionRoleArn=ROLE)
        finally:
            plugin.end()
    (one,) = engine.logged
    assert one.severity == engine_pb2.INFO
    assert one.urn == f"urn:pulumi:dev::tests::{shallow}::first"
    assert one.message.startswith(f"{shallow} is checked by its declared shape only")


def test_a_doubt_is_a_warning_of_what_is_made(store: Path) -> None:
    token = "gcp:storage/bucketObject:BucketObject"
    with listening() as (engine, address):
        plugin = Plugin("gcp", store, address)
        try:
            plugin.calls.Configure(provider_pb2.ConfigureRequest())
            plugin.create(token, "o", bucket="partner-data", name="a", content="x")
        finally:
            plugin.end()
    (one,) = engine.logged
    assert one.severity == engine_pb2.WARNING
    assert one.urn == f"urn:pulumi:dev::tests::{token}::o"
    assert one.message.startswith('bucket: bucket "partner-data" is in no project of the sandbox')


def test_a_store_of_a_newer_version_is_said_so(store: Path) -> None:
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = store.read_bytes()
    done = subprocess.run(
        [ROOT / "sandbox" / "plugins" / "pulumi-resource-aws"],
        env={**os.environ, "MODEL_SERVING_SANDBOX_STORE": str(store)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "has schema version 99, this sandbox reads" in done.stderr
    assert "Traceback" not in done.stderr
    assert store.read_bytes() == before


def test_a_damaged_store_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_text("no store " * 1000)
    environment = {**os.environ, "MODEL_SERVING_SANDBOX_STORE": str(path)}
    done = subprocess.run(
        [ROOT / "sandbox" / "plugins" / "pulumi-resource-aws"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "left as it is" in done.stderr
    assert "Traceback" not in done.stderr
