"""The sandbox's providers as the engine calls them: start, memory, and each call by number."""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import grpc

from sandbox.protocol import provider_pb2, provider_pb2_grpc
from sandbox.store import Store
from sandbox.wire import encode

__all__ = ["ProviderFigures", "measure"]

ROOT = Path(__file__).parents[1]
# Where the median of the last tenth of the calls, ten at least, is taken: whether more resources
# slow a call.
MARKS = (10, 100, 1000)
SAMPLE = 10
STARTS = 5
PARALLEL = 64
# After the first hundred: the first ones read declarations.
WARM = 100


@dataclass(frozen=True, slots=True)
class Subject:
    """The type that a provider is measured with, its settings, and what an update changes."""

    token: str
    settings: Mapping[str, Any]
    inputs: Callable[[int], dict[str, Any]]
    changed: Callable[[int], dict[str, Any]]


SUBJECTS = {
    "aws": Subject(
        "aws:sqs/queue:Queue",
        {"region": "eu-west-1"},
        lambda n: {"name": f"queue-{n}", "delaySeconds": 5, "tags": {"number": str(n)}},
        lambda n: {"name": f"queue-{n}", "delaySeconds": 6, "tags": {"number": str(n)}},
    ),
    "gcp": Subject(
        "gcp:storage/bucket:Bucket",
        {"project": "example-models"},
        lambda n: {"name": f"bucket-{n}", "location": "EU", "labels": {"number": str(n)}},
        lambda n: {"name": f"bucket-{n}", "location": "EU", "labels": {"number": f"{n}-b"}},
    ),
    "azure-native": Subject(
        "azure-native:managedidentity:UserAssignedIdentity",
        {"subscriptionId": "00000000-0000-0000-0000-000000000001"},
        lambda n: {"resourceName": f"one-{n}", "resourceGroupName": "models", "tags": {"a": "b"}},
        lambda n: {"resourceName": f"one-{n}", "resourceGroupName": "models", "tags": {"a": "c"}},
    ),
    "kubernetes": Subject(
        "kubernetes:apps/v1:Deployment",
        {"context": "serving-dev"},
        lambda n: _deployment(n, 1),
        lambda n: _deployment(n, 2),
    ),
}


def _deployment(number: int, replicas: int) -> dict[str, Any]:
    labels = {"app": f"web-{number}"}
    container = {"name": "x", "image": "registry.example/x:1", "ports": [{"containerPort": 80}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"web-{number}", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


@dataclass(slots=True)
class ProviderFigures:
    """What one provider needs; milliseconds are medians, memory is resident."""

    provider: str
    type: str
    start_seconds: float = 0.0
    # CPU of a start and its end: what the start takes where nothing else runs.
    start_cpu_seconds: float = 0.0
    start_mib: float = 0.0
    end_mib: float = 0.0
    check_ms: float = 0.0
    # The first one reads the type's declaration, limits and rules.
    first_create_ms: float = 0.0
    # By how many resources there were.
    create_ms: dict[int, float] = field(default_factory=dict[int, float])
    update_ms: float = 0.0
    read_ms: float = 0.0
    delete_ms: float = 0.0
    # Wall time for each of the creations that 64 callers make at once.
    parallel_ms: float = 0.0


class Plugin:
    """A running plugin on a store of its own."""

    def __init__(self, provider: str, store: Path) -> None:
        executable = ROOT / "sandbox" / "plugins" / f"pulumi-resource-{provider}"
        environment = {**os.environ, "MODEL_SERVING_SANDBOX_STORE": str(store)}
        environment["MODEL_SERVING_SANDBOX_TIME_SCALE"] = "0"
        environment.pop("KUBECONFIG", None)
        started = time.perf_counter()
        self.process = subprocess.Popen([executable], stdout=subprocess.PIPE, env=environment)
        port = self.process.stdout.readline().strip() if self.process.stdout else b""
        self.start_seconds = time.perf_counter() - started
        if not port.isdigit():
            raise RuntimeError(f"{executable} printed no port")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port.decode()}")
        # The generated stub has no types.
        self.calls: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def mib(self) -> float:
        """Resident memory; 0 where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) / 1024 for line in lines if line[:6] == "VmRSS:"), 0.0)

    def end(self) -> None:
        """Stop it."""
        self._channel.close()
        self.process.terminate()
        self.process.communicate()


def measure(provider: str, folder: Path) -> ProviderFigures:
    """Start a provider and call it as the engine would, one call after the other."""
    subject = SUBJECTS[provider]
    store = folder / f"{provider}.sqlite"
    Store(store).close()
    Plugin(provider, store).end()  # Writes bytecode and caches.
    samples = [_started(provider, store) for _ in range(STARTS)]
    plugin = Plugin(provider, store)
    wall, cpu = (median(values) for values in zip(*samples, strict=True))
    found = ProviderFigures(provider, subject.token, wall, cpu, plugin.mib())
    try:
        plugin.calls.Configure(provider_pb2.ConfigureRequest(args=encode(subject.settings)))
        _calls(plugin, subject, found)
        found.end_mib = plugin.mib()
    finally:
        plugin.end()
    return found


def _started(provider: str, store: Path) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    plugin = Plugin(provider, store)
    plugin.end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return plugin.start_seconds, cpu


def _calls(plugin: Plugin, subject: Subject, found: ProviderFigures) -> None:
    checks: list[float] = []
    creations: list[float] = []
    made: list[tuple[str, str, Any, Any]] = []
    for number in range(MARKS[-1]):
        urn = f"urn:pulumi:dev::bench::{subject.token}::r{number}"
        news = encode(subject.inputs(number))
        request = provider_pb2.CheckRequest(urn=urn, news=news, randomSeed=b"x")
        checked = _timed(checks, plugin.calls.Check, request)
        if checked.failures:
            raise RuntimeError(f"{subject.token}: {checked.failures}")
        request = provider_pb2.CreateRequest(urn=urn, properties=checked.inputs)
        answer = _timed(creations, plugin.calls.Create, request)
        made.append((urn, answer.id, checked.inputs, answer.properties))
    found.check_ms = _ms(checks[WARM:])
    found.first_create_ms = creations[0] * 1000
    found.create_ms = {
        mark: _ms(creations[mark - max(SAMPLE, mark // 10) : mark]) for mark in MARKS
    }

    updates: list[float] = []
    reads: list[float] = []
    deletions: list[float] = []
    for number, (urn, id_, inputs, properties) in enumerate(made[:WARM]):
        request = provider_pb2.CheckRequest(
            urn=urn, olds=inputs, news=encode(subject.changed(number)), randomSeed=b"x"
        )
        news = plugin.calls.Check(request).inputs
        request = provider_pb2.UpdateRequest(
            urn=urn, id=id_, olds=properties, old_inputs=inputs, news=news
        )
        after = _timed(updates, plugin.calls.Update, request)
        request = provider_pb2.ReadRequest(
            urn=urn, id=id_, inputs=news, properties=after.properties
        )
        _timed(reads, plugin.calls.Read, request)
        request = provider_pb2.DeleteRequest(
            urn=urn, id=id_, properties=after.properties, old_inputs=news
        )
        _timed(deletions, plugin.calls.Delete, request)
    found.update_ms, found.read_ms, found.delete_ms = _ms(updates), _ms(reads), _ms(deletions)
    found.parallel_ms = _parallel(plugin, subject)


def _parallel(plugin: Plugin, subject: Subject) -> float:
    def create(number: int) -> None:
        urn = f"urn:pulumi:dev::bench::{subject.token}::p{number}"
        inputs = encode(subject.inputs(number))
        plugin.calls.Create(provider_pb2.CreateRequest(urn=urn, properties=inputs))

    count = PARALLEL * SAMPLE
    start = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(create, range(MARKS[-1], MARKS[-1] + count)))
    return (time.perf_counter() - start) / count * 1000


def _timed(times: list[float], call: Callable[[Any], Any], request: object) -> Any:  # noqa: ANN401
    start = time.perf_counter()
    answer = call(request)
    times.append(time.perf_counter() - start)
    return answer


def _ms(times: list[float]) -> float:
    return median(times) * 1000
