"""A stand-in as the engine sees it: an executable that prints a port."""

import os
import signal
import subprocess
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.protocol import provider_pb2, provider_pb2_grpc
from sandbox.store import Fault, Store
from sandbox.wire import SECRET, SIGNATURE, decode, encode

ROOT = Path(__file__).resolve().parents[2]
GROUP = "aws:cloudwatch/logGroup:LogGroup"


class Plugin:
    """A running plugin of one provider."""

    def __init__(self, provider: str, store: Path) -> None:
        executable = ROOT / "sandbox" / "plugins" / f"pulumi-resource-{provider}"
        environment = {
            **os.environ,
            "MODEL_SERVING_SANDBOX_STORE": str(store),
            "AWS_REGION": "eu-west-1",
        }
        environment.pop("KUBECONFIG", None)
        started = time.monotonic()
        self.process = subprocess.Popen(
            [executable], stdout=subprocess.PIPE, env=environment, text=True
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        self.seconds_to_start = time.monotonic() - started
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        # The generated stub has no types.
        self.calls: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def create(self, token: str, name: str, /, **inputs: object) -> provider_pb2.CreateResponse:
        urn = f"urn:pulumi:dev::tests::{token}::{name}"
        request = provider_pb2.CheckRequest(urn=urn, news=encode(inputs), randomSeed=b"x")
        checked = self.calls.Check(request)
        assert not checked.failures
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
