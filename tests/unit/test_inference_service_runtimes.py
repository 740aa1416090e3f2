"""Every runtime in both modes and every release, judged by the real CRD and KServe's webhook."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from facts.kserve import KSERVE_VERSIONS, KServeVersion
from facts.kserve_runtimes import RUNTIMES, ServingRuntime
from tests.unit.component_mocks import record
from tests.unit.kserve_manifests import PINNED, judge, made, new_cluster
from tests.unit.sandbox_life import Stack
from tests.unit.test_inference_service import MINIMAL

MODES = ("knative", "standard")
EACH = [
    (version, mode, runtime)
    for version, mode, runtime in itertools.product(KSERVE_VERSIONS, MODES, RUNTIMES)
    if runtime.since <= version.release
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with new_cluster(tmp_path_factory.mktemp("cluster")) as made_one:
        yield made_one


@pytest.mark.parametrize(
    ("version", "mode", "runtime"),
    EACH,
    ids=[f"{version.version}-{mode}-{runtime.name}" for version, mode, runtime in EACH],
)
def test_every_runtime_in_every_mode_and_release(
    cluster: Stack, version: KServeVersion, mode: str, runtime: ServingRuntime
) -> None:
    formats = {each.name for each in runtime.formats if each.in_release(version.release)}
    for framework, protocol in itertools.product(sorted(formats), runtime.protocols):
        manifest = made(
            framework=framework,
            runtime=runtime.name,
            protocol=protocol,
            deployment_mode=mode,
            kserve_version=version.version,
        )
        annotations = manifest["metadata"]["annotations"]
        spelt = version.knative if mode == "knative" else version.standard
        assert annotations["serving.kserve.io/deploymentMode"] == spelt
        model = manifest["spec"]["predictor"]["model"]
        assert (model["runtime"], model["protocolVersion"]) == (runtime.name, protocol)
        # What is not said would be the chart's, whatever that is.
        assert model.keys() >= {"startupProbe", "readinessProbe", "livenessProbe", "resources"}
        startup = model["startupProbe"]
        assert startup["failureThreshold"] * startup["periodSeconds"] == 600
        opened = model.get("ports", [])
        assert bool(opened) == protocol.startswith("grpc")
        assert mode == "standard" or len(opened) <= 1
        if version.version == PINNED and runtime.installed:
            judge(cluster, manifest, version)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("version", KSERVE_VERSIONS, ids=lambda each: each.version)
def test_each_framework_gets_the_runtime_that_serves_it(
    cluster: Stack, version: KServeVersion, mode: str
) -> None:
    for framework in version.frameworks:
        manifest = made(framework=framework, deployment_mode=mode, kserve_version=version.version)
        judge(cluster, manifest, version)


@pytest.mark.parametrize(
    ("framework", "protocol", "path"),
    [
        ("sklearn", "v1", "/v1/models/churn"),
        ("sklearn", "v2", "/v2/models/churn/ready"),
        ("mlflow", "v2", "/v2/health/ready"),
        ("triton", "v2", "/v2/health/ready"),
        ("tensorflow", "v1", "/v1/models/churn"),
        ("pytorch", "v1", None),
        ("vLLM", None, "/v1/models"),
    ],
)
def test_ready_once_the_model_answers(
    framework: str, protocol: str | None, path: str | None
) -> None:
    model = made(framework=framework, protocol=protocol)["spec"]["predictor"]["model"]
    asked = model["readinessProbe"]
    assert asked.get("httpGet", {}).get("path") == path
    assert ("tcpSocket" in asked) == (path is None)
    assert model["startupProbe"].get("httpGet") == asked.get("httpGet")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        # Its /v2/health/ready says yes while vLLM still loads.
        ({"framework": "huggingface"}, "/v1/models/churn"),
        ({"framework": "huggingface", "protocol": "v2"}, "/v2/models/churn/ready"),
        ({"framework": "huggingface", "served_model_name": "chat"}, "/v1/models/chat"),
        ({"framework": "huggingface", "arguments": ["--model_name=chat"]}, "/v1/models/chat"),
        ({"framework": "huggingface", "arguments": ["--model_name", "chat"]}, "/v1/models/chat"),
        (
            {"framework": "huggingface", "arguments": ["--served-model-name=b", "--model_name=a"]},
            "/v1/models/b",
        ),
        ({"framework": "huggingface", "served_model_name": "a/b", "ready_path": "/up"}, "/up"),
        ({"framework": "tensorflow", "arguments": ["--model_name=other"]}, "/v1/models/other"),
        ({"framework": "sklearn", "arguments": ["--model_name"]}, "/v1/models/churn"),
        ({"framework": "vLLM", "served_model_name": "meta/llama"}, "/v1/models"),
    ],
)
def test_a_model_is_asked_for_under_the_name_that_its_server_gives_it(
    changes: dict[str, Any], path: str
) -> None:
    gpu = {"accelerator": "nvidia-l4"} if "served_model_name" in changes else {}
    model = made(**changes, **gpu)["spec"]["predictor"]["model"]
    assert model["readinessProbe"]["httpGet"]["path"] == path
    assert model["startupProbe"]["httpGet"]["path"] == path


def test_a_name_that_no_path_holds_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="served_model_name: got 'meta/llama'; use a name"):
        made(framework="huggingface", served_model_name="meta/llama", accelerator="nvidia-l4")


@pytest.mark.parametrize(
    ("load", "budget", "tries"),
    [(None, None, 60), (60, None, 60), (301, None, 61), (500, 500, 50), (500, 501, 51)],
)
def test_the_startup_budget_is_never_shorter_than_loading(
    load: int | None, budget: int | None, tries: int
) -> None:
    predictor = made(load_seconds=load, startup_timeout_seconds=budget)["spec"]["predictor"]
    probe = predictor["model"]["startupProbe"]
    assert (probe["periodSeconds"], probe["failureThreshold"]) == (10, tries)


def test_ports_of_both_protocols() -> None:
    def ports(**changes: object) -> list[tuple[str, int]]:
        model = made(framework="triton", protocol="grpc-v2", **changes)["spec"]["predictor"]
        return [(each["name"], each["containerPort"]) for each in model["model"]["ports"]]

    # Knative takes one; KServe's routes tell two apart since 0.19.
    assert ports() == [("h2c", 9000)]
    both = [("http1", 8080), ("h2c", 9000)]
    assert ports(deployment_mode="standard", kserve_version="0.19.0") == both
    assert ports(deployment_mode="standard", kserve_version="0.17.0") == [("h2c", 9000)]


@pytest.mark.parametrize(
    ("changes", "ports"),
    [
        ({"framework": "triton", "protocol": "grpc-v2"}, [9000, 80]),
        # KServe's Service has one port, 80, whatever its container speaks.
        ({"framework": "triton", "protocol": "v2"}, [80]),
        ({"framework": "triton", "protocol": "grpc-v2", "kserve_version": "0.17.0"}, [80]),
        ({"image": f"registry/server@sha256:{'0' * 64}", "protocol": "grpc-v2"}, [80]),
        (
            {"framework": "triton", "protocol": "grpc-v2", "transformer_image": "registry/t@sha"},
            [80],
        ),
    ],
)
def test_a_host_of_ones_own_leads_grpc_to_its_port(
    changes: dict[str, Any], ports: list[int]
) -> None:
    host = {"host": "churn.example.com", "gateway_name": "g", "gateway_namespace": "gateways"}
    minimal = {key: value for key, value in MINIMAL.items() if key != "framework"}
    args = minimal | {"deployment_mode": "standard"} | host | changes
    rules = record(InferenceService, "churn", args).inputs["churn-route"]["spec"]["rules"]
    assert [each["backendRefs"][0]["port"] for each in rules] == ports
    told = ["headers" in each["matches"][0] for each in rules]
    assert told == [len(ports) == 2, False][-len(ports) :]


def test_knative_asks_the_one_port_that_speaks_grpc() -> None:
    model = made(framework="triton", protocol="grpc-v2")["spec"]["predictor"]["model"]
    assert model["readinessProbe"]["tcpSocket"] == {"port": 9000}
    assert model["livenessProbe"]["tcpSocket"] == {"port": 9000}
    assert model["startupProbe"]["httpGet"]["port"] == 8080
    standard = made(framework="triton", protocol="grpc-v2", deployment_mode="standard")
    asked = standard["spec"]["predictor"]["model"]["readinessProbe"]["httpGet"]
    assert (asked["path"], asked["port"]) == ("/v2/health/ready", 8080)


@pytest.mark.parametrize("mode", MODES)
def test_an_own_image_that_speaks_grpc(cluster: Stack, mode: str) -> None:
    manifest = made(
        framework=None,
        image="registry/server@sha256:0",
        port=9090,
        protocol="grpc-v2",
        deployment_mode=mode,
    )
    (container,) = manifest["spec"]["predictor"]["containers"]
    assert container["ports"] == [{"name": "h2c", "containerPort": 9090, "protocol": "TCP"}]
    assert container["readinessProbe"]["tcpSocket"] == {"port": 9090}
    assert [each["name"] for each in container["env"]] == ["STORAGE_URI"]
    judge(cluster, manifest, KSERVE_VERSIONS[4])


def test_a_runtime_of_the_clusters_own_keeps_its_probes(cluster: Stack) -> None:
    manifest = made(framework="caffe", runtime="our-server", protocol="v2")
    model = manifest["spec"]["predictor"]["model"]
    assert not [key for key in model if "Probe" in key]
    probed = made(framework="caffe", runtime="our-server", ready_path="/up")
    assert probed["spec"]["predictor"]["model"]["readinessProbe"]["httpGet"]["path"] == "/up"
    judge(cluster, probed, KSERVE_VERSIONS[0])


@pytest.mark.parametrize("mode", MODES)
def test_an_own_image_with_all_that_it_can_have(cluster: Stack, mode: str) -> None:
    manifest = made(
        framework=None,
        image="registry/server@sha256:0",
        port=9090,
        protocol="v2",
        ready_path="/ready",
        live_path="/live",
        env={"B": "2", "A": "1"},
        deployment_mode=mode,
    )
    (container,) = manifest["spec"]["predictor"]["containers"]
    assert container["ports"] == [{"name": "http1", "containerPort": 9090, "protocol": "TCP"}]
    assert [each["name"] for each in container["env"]] == ["STORAGE_URI", "PROTOCOL", "A", "B"]
    probe = container["livenessProbe"]["httpGet"]
    assert (probe["path"], probe["port"]) == ("/live", 9090)
    judge(cluster, manifest, KSERVE_VERSIONS[4])


def test_nothing_says_how_many_replicas_there_are_now() -> None:
    """An autoscaler's count is nowhere in what an update writes."""
    for mode in MODES:
        assert '"replicas"' not in json.dumps(made(deployment_mode=mode, max_replicas=9))
