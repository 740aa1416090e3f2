"""Who may reach the pods of an InferenceService, in both of KServe's modes."""

from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from tests.unit.component_mocks import Recorded, record
from tests.unit.test_inference_service import MINIMAL

_STANDARD = {"deployment_mode": "standard"}
_POLICY, _RIGHTS = "churn-network-policy", "churn-authorization-policy"


def _made(**changes: object) -> Recorded:
    return record(InferenceService, "churn", MINIMAL | changes)


def _ports_from(recorded: Recorded, namespace: str) -> set[int]:
    return {
        int(port["port"])
        for rule in recorded.inputs[_POLICY]["spec"]["ingress"]
        for peer in rule["from"]
        if peer.get("namespaceSelector", {}).get("matchLabels", {})
        == {"kubernetes.io/metadata.name": namespace}
        for port in rule["ports"]
    }


def test_knatives_path_to_the_pods_is_open() -> None:
    recorded = _made()
    assert recorded.inputs[_POLICY]["spec"]["podSelector"] == {
        "matchLabels": {"serving.kserve.io/inferenceservice": "churn"}
    }
    # The activator to the queue proxy, the autoscaler to its counts.
    assert _ports_from(recorded, "knative-serving") == {8012, 8013, 8112, 9090}
    assert _ports_from(recorded, "istio-system") == {8012, 8013, 8112}
    assert {9088, 9091} <= _ports_from(recorded, "monitoring")


@pytest.mark.parametrize("companion", ["transformer_image", "explainer_image"])
def test_what_stands_before_the_predictor_calls_it_by_the_gateway(companion: str) -> None:
    def reached(**changes: object) -> set[tuple[str, int]]:
        return {
            (peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], port["port"])
            for rule in _made(**changes).inputs[_POLICY]["spec"]["egress"]
            for peer in rule["to"]
            if "namespaceSelector" in peer
            for port in rule["ports"]
        }

    image = {companion: "registry/x@sha256:" + "0" * 64}
    gateway = {("istio-system", 8080), ("istio-system", 8081)}
    assert reached(**image) - reached() == gateway
    assert reached(**image, **_STANDARD) == reached(**_STANDARD)


def test_in_standard_mode_knative_has_nothing_to_do_here() -> None:
    recorded = _made(**_STANDARD)
    assert _ports_from(recorded, "knative-serving") == set()
    assert 8080 in _ports_from(recorded, "istio-system")


def test_without_a_mesh_there_is_nobody_to_authorize() -> None:
    assert _POLICY in _made().types
    assert _RIGHTS not in _made().types


def test_in_a_mesh_named_callers_reach_the_protocols_paths_alone() -> None:
    recorded = _made(**_STANDARD, mesh="istio_sidecar", callers=["web/checkout"])
    callers, metrics, gateway, own = recorded.inputs[_RIGHTS]["spec"]["rules"]
    assert callers["from"] == [{"source": {"principals": ["cluster.local/ns/web/sa/checkout"]}}]
    (operation,) = [to["operation"] for to in callers["to"]]
    # Of each protocol that a runtime speaks: v1, v2, grpc-v2 and grpc-v1.
    services = ("inference.GRPCInferenceService", "tensorflow.serving.PredictionService")
    assert {"/v1/*", "/v2/*", *(f"/{each}/*" for each in services)} <= {*operation["paths"]}
    assert operation["methods"] == ["GET", "POST"]
    assert metrics["to"][0]["operation"]["paths"] == ["/metrics"]
    assert gateway["from"] == [{"source": {"namespaces": ["istio-system"]}}]
    # A transformer calls its predictor.
    assert own["from"] == [{"source": {"principals": ["cluster.local/ns/models/sa/default"]}}]


def test_an_own_image_may_answer_on_any_path() -> None:
    args: dict[str, Any] = {"framework": None, "image": "registry/x@sha256:0"}
    given = {key: value for key, value in (MINIMAL | args).items() if value is not None}
    recorded = record(InferenceService, "churn", given | {"mesh": "istio_sidecar"})
    assert "paths" not in recorded.inputs[_RIGHTS]["spec"]["rules"][0]["to"][0]["operation"]


def test_pod_labels_are_the_pods_alone() -> None:
    recorded = _made(pod_labels={"azure.workload.identity/use": "true"})
    service = recorded.inputs["churn-inference-service"]
    assert service["spec"]["predictor"]["labels"] == {"azure.workload.identity/use": "true"}
    assert "azure.workload.identity/use" not in service["metadata"]["labels"]


def test_knative_calls_in_everybodys_name() -> None:
    with pytest.raises(pulumi.RunError, match="use deployment_mode standard: Knative's gateway"):
        _made(callers=["web"])
