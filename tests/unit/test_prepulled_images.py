import re
from typing import Any

import pulumi
import pytest

from components.kubernetes.prepulled_images import PrepulledImages
from tests.unit.component_mocks import record


def image(name: str, digit: str) -> str:
    return f"registry.example.com/{name}@sha256:{digit * 64}"


MINIMAL: dict[str, Any] = {
    "namespace": "models",
    "images": [image("vllm", "1"), image("triton", "2")],
    "node_labels": {"model-serving/node-pool": "l4"},
    "tools_image": image("busybox", "9"),
}
FULL: dict[str, Any] = MINIMAL | {
    "pause_image": image("pause", "8"),
    "pool_taints": ["nvidia.com/gpu=present:NoSchedule", "team=search:NoExecute"],
    "image_pull_secrets": ["registry"],
}


def pod(args: dict[str, Any]) -> dict[str, Any]:
    return record(PrepulledImages, "l4", args).inputs["l4-daemon-set"]["spec"]["template"]["spec"]


def test_every_image_is_pulled_and_none_of_it_run() -> None:
    made = pod(FULL)
    first, *pulls = made["initContainers"]
    assert first["image"] == FULL["tools_image"]
    assert first["command"] == ["/bin/busybox", "cp", "/bin/busybox", "/tools/busybox"]
    assert [each["image"] for each in pulls] == FULL["images"]
    assert {tuple(each["command"]) for each in pulls} == {("/tools/busybox", "true")}
    assert [each["name"] for each in pulls] == ["pull-111111111111", "pull-222222222222"]
    # What is lent may not be changed by an image.
    assert all(each["volumeMounts"][0]["readOnly"] for each in pulls)
    (stays,) = made["containers"]
    assert stays["image"] == FULL["pause_image"]
    assert "command" not in stays


def test_no_privileges() -> None:
    made = pod(MINIMAL)
    assert made["automountServiceAccountToken"] is False
    for each in (*made["initContainers"], *made["containers"]):
        context = each["securityContext"]
        assert context["privileged"] is context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is context["runAsNonRoot"] is True
        assert "@sha256:" in each["image"]


def test_onto_the_nodes_of_the_pool_alone() -> None:
    made = pod(FULL)
    assert made["nodeSelector"] == FULL["node_labels"]
    assert made["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"},
        {"key": "team", "operator": "Equal", "value": "search", "effect": "NoExecute"},
    ]
    assert made["imagePullSecrets"] == [{"name": "registry"}]
    # It asks for no GPU: the model has them.
    assert "nvidia.com" not in str([each["resources"] for each in made["initContainers"]])


def test_nobody_is_talked_to() -> None:
    recorded = record(PrepulledImages, "l4", MINIMAL)
    policy = recorded.inputs["l4-network"]["spec"]
    daemon = recorded.inputs["l4-daemon-set"]["spec"]
    assert policy["podSelector"]["matchLabels"] == daemon["selector"]["matchLabels"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy.keys() == {"podSelector", "policyTypes"}
    assert recorded.outputs == {"daemon_set_name": "l4"}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"namespace": None}, "namespace: got None; use the name of a namespace"),
    ({"namespace": "A"}, "namespace: got 'A'; use the name of a namespace"),
    ({"images": []}, "images: got []; use 1 to 20 images"),
    ({"images": [image("a", "1")] * 21}, "use 1 to 20 images"),
    ({"images": ["vllm:v1"]}, "images: got 'vllm:v1'; use an image by its digest"),
    ({"images": [image("a", "1"), image("b", "1")]}, "use each image once"),
    ({"node_labels": {}}, "node_labels: got {}; use labels of the pool's nodes"),
    ({"tools_image": "busybox"}, "tools_image: got 'busybox'; use an image by its digest"),
    ({"tools_image": None}, "tools_image: got None; use an image by its digest"),
    ({"pause_image": "pause:3.10"}, "pause_image: got 'pause:3.10'; use an image by its digest"),
    ({"pool_taints": ["gpu"]}, "pool_taints: got 'gpu'; use key=value:Effect"),
]


@pytest.mark.parametrize(("change", "expected"), REFUSED)
def test_refusals(change: dict[str, Any], expected: str) -> None:
    args = {key: value for key, value in {**MINIMAL, **change}.items() if value is not None}
    with pytest.raises(pulumi.RunError, match=re.escape(expected)):
        record(PrepulledImages, "l4", args)


def test_a_name_that_no_daemon_set_can_have() -> None:
    with pytest.raises(pulumi.RunError, match="name: got 'L4'; use lower-case"):
        record(PrepulledImages, "L4", MINIMAL)
