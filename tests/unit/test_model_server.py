from typing import Any

import pulumi
import pytest

from components.kubernetes.model_server import ModelServer
from tests.unit.component_mocks import Recorded, record

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


def _pod(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["ranker-deployment"]["spec"]["template"]["spec"]


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


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"host": "ranker.example.com"},
            "host: got 'ranker.example.com'; use tls_secret_name, or certificate_issuer",
        ),
        (
            {"load_seconds": 901, "ready_timeout_seconds": 900},
            "ready_timeout_seconds: got 900; use at least load_seconds (901)",
        ),
        ({"env": {"a-b": "c"}}, "env: got 'a-b'; use names of letters, digits and _"),
    ],
)
def test_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(ModelServer, "ranker", MINIMAL | changes)
    assert said in str(raised.value)
