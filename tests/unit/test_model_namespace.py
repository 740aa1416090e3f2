from typing import Any

import pulumi
import pytest

from components.kubernetes.model_namespace import ModelNamespace
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {}
FULL: dict[str, Any] = {
    "pod_security": "baseline",
    "mesh": "istio_sidecar",
    "quota_pods": 20,
    "quota_cpu": 40.5,
    "quota_memory_mib": 81_920,
    "quota_gpus": 0,
    "reader_groups": ["data-science"],
    "operator_groups": ["ml-on-call", "ml-platform"],
}
MANIFESTS: dict[str, dict[str, Any]] = {"ambient": {"mesh": "istio_ambient"}}
_STANDARD = "pod-security.kubernetes.io/"


def _made(**changes: object) -> Recorded:
    return record(ModelNamespace, "models", MINIMAL | changes)


def _labels(recorded: Recorded) -> dict[str, str]:
    return recorded.inputs["models-namespace"]["metadata"]["labels"]


def test_the_least_is_a_closed_namespace() -> None:
    recorded = _made()
    assert recorded.outputs == {"namespace_name": "models"}
    assert {kind: _labels(recorded)[_STANDARD + kind] for kind in ("enforce", "warn", "audit")} == {
        "enforce": "restricted",
        "warn": "restricted",
        "audit": "restricted",
    }
    deny = recorded.inputs["models-default-deny"]
    assert deny["metadata"]["namespace"] == "models"
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    names = recorded.inputs["models-dns"]["spec"]
    assert names["policyTypes"] == ["Egress"]
    # Of the node's cache too, where the network leads to its pods and not to its address.
    (rule,) = names["egress"]
    apps = [to["podSelector"]["matchLabels"]["k8s-app"] for to in rule["to"] if "podSelector" in to]
    assert apps == ["kube-dns", "node-local-dns"]
    assert {port["port"] for rule in names["egress"] for port in rule["ports"]} == {53}
    assert set(recorded.types) == {
        "models",
        "models-namespace",
        "models-default-deny",
        "models-dns",
    }


@pytest.mark.parametrize("name", ["kube-system", "default", "istio-system", "Models", "a.b"])
def test_a_namespace_that_is_not_for_models(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"name: got '{name}'; use a "):
        record(ModelNamespace, name, MINIMAL)


def test_everything() -> None:
    recorded = record(ModelNamespace, "models", FULL)
    labels = _labels(recorded)
    assert labels[f"{_STANDARD}enforce"] == "baseline"
    assert labels[f"{_STANDARD}warn"] == "restricted"
    assert labels["istio-injection"] == "enabled"
    assert recorded.inputs["models-quota"]["spec"]["hard"] == {
        "pods": "20",
        "requests.cpu": "40.5",
        "requests.memory": "81920Mi",
        "requests.nvidia.com/gpu": "0",
    }
    (limit,) = recorded.inputs["models-limit-range"]["spec"]["limits"]
    # A default limit would refuse a container that asks for more and names no limit.
    assert set(limit) == {"type", "defaultRequest"}
    assert recorded.inputs["models-mutual-tls"]["spec"] == {"mtls": {"mode": "STRICT"}}
    assert recorded.inputs["models-nobody"]["spec"] == {}
    binding = recorded.inputs["models-operator-binding"]
    assert [subject["name"] for subject in binding["subjects"]] == ["ml-on-call", "ml-platform"]
    assert {subject["kind"] for subject in binding["subjects"]} == {"Group"}


@pytest.mark.parametrize("kind", ["reader", "operator"])
def test_no_role_reads_secrets_or_has_a_wildcard(kind: str) -> None:
    rules = record(ModelNamespace, "models", FULL).inputs[f"models-{kind}-role"]["rules"]
    words = {word for rule in rules for key in rule for word in rule[key]}
    assert not words & {"*", "secrets", "pods/exec", "serviceaccounts/token"}
    writing = {verb for rule in rules for verb in rule["verbs"]} - {"get", "list", "watch"}
    assert writing == (set() if kind == "reader" else {"create", "delete", "patch", "update"})


def test_an_ambient_mesh_has_its_own_label() -> None:
    labels = _labels(_made(mesh="istio_ambient"))
    assert labels["istio.io/dataplane-mode"] == "ambient"
    assert "istio-injection" not in labels


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"pod_security": "privileged"}, "pod_security: got 'privileged'; use one of baseline, re"),
        ({"mesh": "linkerd"}, "mesh: got 'linkerd'"),
        ({"quota_pods": 0}, "quota_pods: got 0; use a whole number from 1 to 100000"),
        ({"quota_cpu": "4"}, "quota_cpu: got '4'"),
        ({"quota_gpus": 0.5}, "quota_gpus: got 0.5; use a whole number"),
        ({"reader_groups": "x"}, "reader_groups: got 'x'; use a list of texts"),
        ({"quota": 1}, "quota: no such argument"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)
