from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.local_model_node_group import LocalModelNodeGroup
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-platform",
    "size_gib": 500,
    "accelerator": "nvidia-l4",
}
FULL: dict[str, Any] = MINIMAL | {
    "tags": {"cost-centre": "ml"},
    "node_labels": {"disk": "nvme"},
    "path": "/var/lib/models",
    "storage_class": "disks",
}


def _spec(args: dict[str, Any]) -> dict[str, Any]:
    return record(LocalModelNodeGroup, "l4", args).inputs["l4-group"]["spec"]


def test_every_argument() -> None:
    recorded = record(LocalModelNodeGroup, "l4", FULL)
    group = recorded.inputs["l4-group"]
    assert group["metadata"]["name"] == recorded.outputs["node_group_name"] == "l4"
    assert "namespace" not in group["metadata"]
    spec = group["spec"]
    volume, claim = spec["persistentVolumeSpec"], spec["persistentVolumeClaimSpec"]
    assert spec["storageLimit"] == volume["capacity"]["storage"] == "500Gi"
    assert claim["resources"]["requests"]["storage"] == "500Gi"
    assert volume["local"] == {"path": "/var/lib/models"}
    assert claim["storageClassName"] == volume["storageClassName"] == "disks"
    (term,) = volume["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [
        {"key": "nvidia.com/gpu.product", "operator": "In", "values": ["NVIDIA-L4"]},
        {"key": "disk", "operator": "In", "values": ["nvme"]},
    ]


def test_defaults() -> None:
    spec = _spec(MINIMAL)["persistentVolumeSpec"]
    assert spec["local"] == {"path": "/mnt/models"}
    assert spec["storageClassName"] == "local-storage"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"size_gib": None}, "size_gib: got None; use the room"),
        ({"size_gib": 0}, "size_gib: got 0; use a whole number from 1"),
        ({"accelerator": None}, "node_labels: got {}; use labels of the nodes, or accelerator"),
        ({"accelerator": "nvidia-x"}, "accelerator: got 'nvidia-x'; use one of"),
        ({"path": "models"}, "path: got 'models'; use a folder on the nodes"),
        ({"storage_class": "A"}, "storage_class: got 'A'; use the name"),
    ],
)
def test_bad_input(change: dict[str, Any], expected: str) -> None:
    with pytest.raises(pulumi.RunError) as error:
        _spec(MINIMAL | change)
    assert expected in str(error.value)


def test_a_name_that_kserve_cannot_use() -> None:
    with pytest.raises(pulumi.RunError, match="name: got 'L4'; use a DNS label"):
        record(LocalModelNodeGroup, "L4", MINIMAL)
