from typing import Any

import pytest

from components.kubernetes.server.model_server import ModelServer
from facts.model_servers import MODEL_SERVERS, ModelServerKind
from tests.contract.component_table import ROOT
from tests.unit.component_mocks import Recorded, record
from tests.unit.model_server_strategies import strategies

IMAGE = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker@sha256:{'1' * 64}"
DOWNLOAD = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/storage@sha256:{'2' * 64}"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-search",
    "model_version": "1.2.0",
    "model_uri": "s3://models/ranker/1.2.0/",
    "namespace": "models",
    "image": IMAGE,
}
FULL: dict[str, Any] = MINIMAL | {
    "min_replicas": 3,
    "max_replicas": 20,
    "arguments": ["--workers=4"],
    "env": {"LOG_LEVEL": "INFO"},
    "config": {"serving.yaml": "model: ranker\n"},
    "cpu": 2,
    "memory_mib": 4096,
    "download_image": DOWNLOAD,
    "load_seconds": 150,
    "host": "ranker.example.com",
    "tls_secret_name": "ranker-tls",
}
HOST: dict[str, Any] = {"host": "ranker.example.com", "tls_secret_name": "ranker-tls"}
KEDA: dict[str, Any] = {
    "autoscaler": "keda",
    "prometheus_url": "http://prometheus.monitoring:9090",
    "prometheus_query": "sum(rate(requests_total[1m]))",
    "prometheus_target": 10,
}
EDGE: dict[str, Any] = MINIMAL | {
    "profile": "edge",
    "download_image": DOWNLOAD,
    "model_volume_mib": 2048,
    "storage_class_name": "local-path",
    "image_pull_policy": "Never",
    **HOST,
}
BENTOML: dict[str, Any] = MINIMAL | {
    "server": "bentoml",
    "model_uri": "image:/home/bentoml/bento",
    "predict_paths": ["/rank", "/rank_batch"],
    **HOST,
}
MANIFESTS: dict[str, dict[str, Any]] = {
    "keda": MINIMAL | KEDA | {"min_replicas": 0, "max_replicas": 5},
    "edge": EDGE,
    "bentoml": BENTOML,
    **{
        kind: MINIMAL | {"server": kind, "download_image": DOWNLOAD}
        for kind in MODEL_SERVERS
        if kind != "bentoml"
    },
    "gpu": MINIMAL
    | {
        "download_image": DOWNLOAD,
        "accelerator": "nvidia-l4",
        "accelerator_count": 2,
        "server": "vllm",
    },
    "pvc": MINIMAL | {"model_uri": "pvc://models/ranker/1.2.0"},
    "oci": MINIMAL
    | {"model_uri": f"oci://example.com/ranker@sha256:{'3' * 64}", "image_volumes": True},
    "gateway": MINIMAL
    | {"host": "a.example.com", "gateway_name": "public", "gateway_namespace": "gateways"},
    "certificate": MINIMAL | {"host": "a.example.com", "certificate_issuer": "letsencrypt"},
    "load balancer": MINIMAL
    | {"internal_load_balancer": "aws", "load_balancer_cidrs": ["10.0.0.0/8"], "headless": True},
    "secrets": MINIMAL
    | {"secret_env": {"HF_TOKEN": "hugging-face/token"}, "secrets": {"STORE_PASSWORD": "word"}},
    "grpc": MINIMAL | {"grpc_port": 9000, "probe": "grpc"},
    "tcp": MINIMAL | {"probe": "tcp"},
    "no probe": MINIMAL | {"probe": "none"},
    **strategies(MINIMAL),
    "all of it": FULL
    | {
        "cpu_limit": 4,
        "memory_limit_mib": 8192,
        "writable_folders": ["/var/cache/model"],
        "shm_mib": 256,
        "disk_mib": 9000,
        "node_selector": {"disk": "ssd"},
        "tolerations": ["dedicated=ml:NoSchedule", "spot"],
        "priority_class_name": "system-cluster-critical",
        "image_pull_secrets": ["registry"],
        "metrics_port": 9100,
        "metrics_path": "/prometheus",
        "startup_probe_delay_seconds": 5,
        "requests_per_second_target": 100,
        "memory_target_percent": 80,
        "min_available": "2",
        "pod_annotations": {"example.com/a": "b"},
        "mesh": "istio_sidecar",
    },
}


def _pod(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["ranker-deployment"]["spec"]["template"]["spec"]


def _server(args: dict[str, Any]) -> dict[str, Any]:
    return _pod(record(ModelServer, "ranker", MINIMAL | args))["containers"][0]


def test_every_kind() -> None:
    recorded = record(ModelServer, "ranker", FULL)
    assert {kind.rpartition(":")[2] for kind in recorded.types.values()} == {
        "ModelServer",
        "ServiceAccount",
        "ConfigMap",
        "NetworkPolicy",
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "Service",
        "Ingress",
    }
    assert recorded.outputs["url"] == "https://ranker.example.com"
    container = _pod(recorded)["containers"][0]
    assert container["args"] == ["--workers=4"]
    probe = container["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 150
    assert _pod(recorded)["initContainers"][0]["args"] == [MINIMAL["model_uri"], "/mnt/models"]


def test_other_configuration_is_another_object() -> None:
    names = {
        record(ModelServer, "ranker", FULL | {"config": {"a": content}}).inputs["ranker-config"][
            "metadata"
        ]["name"]
        for content in ("x", "y")
    }
    assert len(names) == 2


@pytest.mark.parametrize("kind", sorted(MODEL_SERVERS))
def test_a_kind_of_server_is_started_and_asked_as_it_wants(kind: str) -> None:
    facts = MODEL_SERVERS[kind]
    recorded = record(ModelServer, "ranker", MANIFESTS[kind])
    pod = _pod(recorded)
    server = pod["containers"][0]
    # Nothing is left open, in whatever is said of the kind.
    texts = [*server.get("args", []), *server.get("command", [])]
    texts += [each["value"] for each in server["env"] if "value" in each]
    assert [text for text in texts if "{" in text] == []
    assert {port["name"]: port["containerPort"] for port in server["ports"]} == {
        name: number
        for name, number in {
            "http": facts.port,
            "grpc": facts.grpc_port,
            "metrics": facts.metrics_port,
        }.items()
        if number is not None
    }
    ready = server["readinessProbe"]["httpGet"]["path"]
    assert ready == facts.ready_path.replace("{name}", "ranker")
    annotations = recorded.inputs["ranker-deployment"]["spec"]["template"]["metadata"][
        "annotations"
    ]
    assert ("prometheus.io/port" in annotations) == bool(facts.metrics_path)
    if facts.metrics_path:
        assert annotations["prometheus.io/port"] == str(facts.metrics_port or facts.port)
        assert annotations["prometheus.io/path"] == facts.metrics_path
    assert pod["securityContext"]["runAsUser"] == facts.user_id
    files = recorded.inputs.get("ranker-config", {"data": {}})["data"]
    assert set(files) == set(facts.files)
    metric = recorded.outputs["latency_metric"]
    assert metric["source"] == ("prometheus" if facts.latency_metric else "none")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("triton", "--exit-timeout-secs=36"),
        ("mlserver", "MLSERVER_PARALLEL_WORKERS_TIMEOUT=36"),
        ("reference", "MODEL_SERVING_GRACE_SECONDS=36"),
        ("reference", "MODEL_SERVING_DRAIN_SECONDS=5"),
    ],
)
def test_a_server_is_told_how_long_its_pod_lives_on(kind: str, told: str) -> None:
    """Of the 45 seconds after SIGTERM some are for its end."""
    args = MINIMAL | {"server": kind, "download_image": DOWNLOAD}
    assert told in _told(args)
    shorter = _told(args | {"grace_seconds": 2})
    start = told.partition("=")[0]
    (said,) = [each for each in shorter if each.startswith(f"{start}=")]
    assert said == f"{start}={0 if 'DRAIN' in start else 2}"


def test_a_models_own_arguments_may_name_the_grace() -> None:
    args = {"server": "vllm", "arguments": ["--shutdown-timeout={grace}"]}
    assert "--shutdown-timeout=36" in _told(MINIMAL | args | {"download_image": DOWNLOAD})


def _told(args: dict[str, Any]) -> list[str]:
    """Arguments and variables of the server."""
    deployment = record(ModelServer, "ranker", args).inputs["ranker-deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    env = [f"{each['name']}={each['value']}" for each in container["env"] if "value" in each]
    return [*container.get("args", []), *env]


def test_the_page_says_what_the_facts_say() -> None:
    page = (ROOT / "docs" / "model-server.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    found = {cells[0].strip("`"): cells[1:] for cells in rows if len(cells) == 5}
    del found["server"]
    assert found == {
        kind.name: [
            _ports(kind),
            f"`{kind.ready_path.replace('{name}', '<name>')}`",
            f"`{kind.metrics_path}`" if kind.metrics_path else "none",
            str(kind.user_id),
        ]
        for kind in MODEL_SERVERS.values()
    }


def _ports(kind: ModelServerKind) -> str:
    ports = [kind.port, kind.grpc_port, kind.metrics_port]
    while ports[-1] is None:
        ports.pop()
    return ", ".join("–" if port is None else str(port) for port in ports)


def test_a_bentoml_service_has_its_own_probes_and_metrics() -> None:
    recorded = record(ModelServer, "ranker", BENTOML)
    server = _pod(recorded)["containers"][0]
    assert server["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert server["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert {"name": "BENTOML_PORT", "value": "3000"} in server["env"]
    # Its models stay in the image: nothing is brought, nothing is mounted over them.
    assert "initContainers" not in _pod(recorded)
    assert {mount["mountPath"] for mount in server["volumeMounts"]} == {"/tmp"}  # noqa: S108
    rule = recorded.inputs["ranker-ingress"]["spec"]["rules"][0]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/rank", "/rank_batch"]
    assert recorded.outputs["latency_metric"]["metric"] == (
        "bentoml_service_request_duration_seconds_bucket"
    )


@pytest.mark.parametrize(
    ("args", "folder", "volume"),
    [
        ({"model_uri": "image:/opt/model"}, "/opt/model", None),
        ({}, "/mnt/models", None),
        ({"download_image": DOWNLOAD}, "/mnt/models", {"emptyDir": {"sizeLimit": "4096Mi"}}),
        (
            {"model_uri": "pvc://models/a/b/"},
            "/mnt/models",
            {"persistentVolumeClaim": {"claimName": "models", "readOnly": True}},
        ),
        (
            {"model_uri": f"oci://a/b@sha256:{'3' * 64}", "image_volumes": True},
            "/mnt/models",
            {"image": {"reference": f"a/b@sha256:{'3' * 64}", "pullPolicy": "IfNotPresent"}},
        ),
        (
            {"download_image": DOWNLOAD, "model_volume_mib": 100},
            "/mnt/models",
            {"persistentVolumeClaim": {"claimName": "ranker-models"}},
        ),
    ],
)
def test_how_the_model_comes(
    args: dict[str, Any], folder: str, volume: dict[str, Any] | None
) -> None:
    pod = _pod(record(ModelServer, "ranker", MINIMAL | args))
    server = pod["containers"][0]
    assert {"name": "MODEL_PATH", "value": folder} in server["env"]
    found = [each for each in pod["volumes"] if each["name"] == "model"]
    assert found == ([{"name": "model", **volume}] if volume else [])
    mounts = [each for each in server["volumeMounts"] if each["name"] == "model"]
    assert all(mount["readOnly"] for mount in mounts)
    assert ("initContainers" in pod) == (volume == {"emptyDir": {"sizeLimit": "4096Mi"}})


@pytest.mark.parametrize(
    ("args", "action"),
    [
        ({}, {"httpGet": {"path": "/health/live", "port": "http"}}),
        ({"live_path": "/alive"}, {"httpGet": {"path": "/alive", "port": "http"}}),
        ({"probe": "tcp"}, {"tcpSocket": {"port": "http"}}),
        ({"probe": "grpc", "grpc_port": 9000}, {"grpc": {"port": 9000}}),
        ({"probe": "none"}, None),
    ],
)
def test_how_the_kubelet_asks(args: dict[str, Any], action: dict[str, Any] | None) -> None:
    probe = _server(args).get("livenessProbe")
    numbers = {"periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3}
    assert probe == ({**action, **numbers} if action else None)


def test_home_can_be_written_to() -> None:
    assert {"name": "HOME", "value": "/tmp"} in _server({})["env"]  # noqa: S108 - in the pod
    assert {"name": "HOME", "value": "/data"} in _server({"env": {"HOME": "/data"}})["env"]


def test_secrets_are_never_in_clear() -> None:
    recorded = record(ModelServer, "ranker", MANIFESTS["secrets"])
    server = _pod(recorded)["containers"][0]
    secret = {each["name"]: each["valueFrom"] for each in server["env"] if "valueFrom" in each}
    assert secret["HF_TOKEN"] == {"secretKeyRef": {"name": "hugging-face", "key": "token"}}
    assert secret["STORE_PASSWORD"]["secretKeyRef"]["key"] == "STORE_PASSWORD"
    assert "word" not in str(recorded.inputs["ranker-deployment"])
    # No name of its own: another value is another object.
    assert "name" not in recorded.inputs["ranker-secrets"]["metadata"]
    assert recorded.inputs["ranker-secrets"]["immutable"] is True


@pytest.mark.parametrize(
    ("args", "changed"),
    [
        ({"cpu_limit": 2}, {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}),
        ({"memory_limit_mib": 4096}, {"limits": {"memory": "4096Mi"}}),
        ({"disk_mib": 99}, {"requests": {"ephemeral-storage": "99Mi"}}),
        ({"tmp_mib": 100}, {"requests": {"ephemeral-storage": "356Mi"}}),
        ({"download_image": DOWNLOAD}, {"limits": {"ephemeral-storage": "4864Mi"}}),
        ({"accelerator": "nvidia-l4"}, {"requests": {"nvidia.com/gpu": "1"}}),
        ({"accelerator": "nvidia-l4"}, {"limits": {"nvidia.com/gpu": "1"}}),
    ],
)
def test_resources(args: dict[str, Any], changed: dict[str, dict[str, str]]) -> None:
    found = _server(args)["resources"]
    for side, amounts in changed.items():
        assert found[side].items() >= amounts.items()


@pytest.mark.parametrize(
    ("args", "replicas_are_ours", "kinds"),
    [
        ({}, True, set[str]()),
        ({"min_replicas": 2, "max_replicas": 4}, False, {"autoscaler", "disruption-budget"}),
        (
            {"min_replicas": 2, "max_replicas": 4, "autoscaler": "none"},
            False,
            {"disruption-budget"},
        ),
        (
            {"min_replicas": 2, "max_replicas": 2, "autoscaler": "none"},
            True,
            {"disruption-budget"},
        ),
        ({**KEDA, "min_replicas": 0}, False, {"autoscaler"}),
        (
            {**KEDA, "min_replicas": 0, "max_unavailable": "50%"},
            False,
            {"autoscaler", "disruption-budget"},
        ),
        ({"autoscaler": "hpa"}, False, {"autoscaler"}),
    ],
)
def test_whose_the_number_of_pods_is(
    args: dict[str, Any], *, replicas_are_ours: bool, kinds: set[str]
) -> None:
    """Ours is written over whatever an autoscaler left; an autoscaler's never is."""
    recorded = record(ModelServer, "ranker", MINIMAL | args)
    deployment = recorded.inputs["ranker-deployment"]
    annotations = deployment["metadata"].get("annotations", {})
    assert (annotations.get("pulumi.com/patchForce") == "true") == replicas_are_ours
    assert deployment["spec"]["replicas"] == max(1, args.get("min_replicas", 1))
    roles = {name.removeprefix("ranker-") for name in recorded.types}
    assert roles & {"autoscaler", "disruption-budget"} == kinds


def test_keda_wakes_nothing_by_the_cpu_of_no_pods() -> None:
    def triggers(least: int) -> list[str]:
        recorded = record(ModelServer, "ranker", MINIMAL | KEDA | {"min_replicas": least})
        scaler = recorded.inputs["ranker-autoscaler"]["spec"]
        assert scaler["minReplicaCount"] == least
        return [trigger["type"] for trigger in scaler["triggers"]]

    assert triggers(0) == ["prometheus"]
    assert triggers(1) == ["prometheus", "cpu"]


def test_the_edge() -> None:
    recorded = record(ModelServer, "ranker", EDGE)
    assert {kind.rpartition(":")[2] for kind in recorded.types.values()} == {
        "ModelServer",
        "ServiceAccount",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "Job",
        "Deployment",
        "Service",
        "Ingress",
    }
    pod = _pod(recorded)
    assert pod["containers"][0]["imagePullPolicy"] == "Never"
    assert pod["containers"][0]["resources"]["requests"]["cpu"] == "0.5"
    assert "affinity" not in pod
    assert "initContainers" not in pod
    ingress = recorded.inputs["ranker-ingress"]
    assert ingress["spec"]["ingressClassName"] == "traefik"
    rolling = recorded.inputs["ranker-deployment"]["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": 0, "maxUnavailable": 1}
    job = recorded.inputs["ranker-download"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == [MINIMAL["model_uri"], "/mnt/models"]
    # Both read the same folder of the volume, and it is this version's.
    (written,) = [each for each in container["volumeMounts"] if each["name"] == "model"]
    (read,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "model"]
    assert read["subPath"] == written["subPath"] == "1-2-0"


@pytest.mark.parametrize("strategy", ["rolling", "blue_green"])
def test_a_gateway_leads_to_the_service_of_all_versions(strategy: str) -> None:
    recorded = record(ModelServer, "ranker", MANIFESTS["gateway"] | {"strategy": strategy})
    route = recorded.inputs["ranker-outside-route"]["spec"]
    (parent,) = route["parentRefs"]
    assert (parent["kind"], parent["name"], parent["namespace"]) == (
        "Gateway",
        "public",
        "gateways",
    )
    assert route["hostnames"] == ["a.example.com"]
    (rule,) = route["rules"]
    assert [backend["name"] for backend in rule["backendRefs"]] == ["ranker"]
    assert rule["timeouts"] == {"request": "60s"}
    assert recorded.inputs["ranker-service"]["metadata"]["name"] == "ranker"
    assert "ranker-ingress" not in recorded.types


def test_a_load_balancer_is_private_and_lets_in_whom_it_is_for() -> None:
    recorded = record(ModelServer, "ranker", MANIFESTS["load balancer"])
    service = recorded.inputs["ranker-service"]
    assert service["spec"]["loadBalancerSourceRanges"] == ["10.0.0.0/8"]
    scheme = "service.beta.kubernetes.io/aws-load-balancer-scheme"
    assert service["metadata"]["annotations"][scheme] == "internal"
    (let_in,) = recorded.inputs["ranker-load-balancer-policy"]["spec"]["ingress"]
    assert let_in["from"] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    assert let_in["ports"] == [{"port": 8000, "protocol": "TCP"}]
    assert recorded.inputs["ranker-pods-service"]["spec"]["clusterIP"] == "None"


def test_a_certificate_is_for_the_host_and_kept_where_the_ingress_reads_it() -> None:
    recorded = record(ModelServer, "ranker", MANIFESTS["certificate"])
    wanted = recorded.inputs["ranker-certificate"]["spec"]
    assert wanted["dnsNames"] == ["a.example.com"]
    (tls,) = recorded.inputs["ranker-ingress"]["spec"]["tls"]
    assert tls["secretName"] == wanted["secretName"]


def test_the_download_onto_a_volume_has_the_labels_that_a_cloud_looks_for() -> None:
    labels = {"azure.workload.identity/use": "true", "app.kubernetes.io/name": "other"}
    args = {"download_image": DOWNLOAD, "model_volume_mib": 100, "pod_labels": labels}
    recorded = record(ModelServer, "ranker", MINIMAL | args)
    job = recorded.inputs["ranker-download"]["spec"]["template"]["metadata"]["labels"]
    assert job["azure.workload.identity/use"] == "true"
    # Else no policy of the server would be about it.
    assert job["app.kubernetes.io/name"] == "ranker"
