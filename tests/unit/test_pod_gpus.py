"""How a pod asks for GPUs: whole ones by kind, parts and turns by their pool."""

from typing import Any

import pulumi
import pytest

from components.checks import Checks
from components.kubernetes.gpus import Gpus, read_gpus

_POOL = {"model-serving/pool-group": "small", "nvidia.com/mig.config": "all-1g.10gb"}
_KEYS = ("accelerator", "accelerator_count", "gpu_node_labels", "gpu_resource", "gpu_tolerations")


def _read(args: dict[str, Any]) -> Gpus:
    checks = Checks("Thing", "thing", args, _KEYS)
    gpus = read_gpus(checks, 8)
    checks.raise_problems()
    return gpus


def test_none_unless_asked() -> None:
    gpus = _read({})
    assert not gpus
    assert (gpus.amounts(), gpus.pod_fields()) == ({}, {})


def test_whole_ones_by_kind() -> None:
    gpus = _read({"accelerator": "nvidia-l4", "accelerator_count": 2})
    assert gpus.amounts() == {"nvidia.com/gpu": "2"}
    assert gpus.pod_fields() == {
        "nodeSelector": {"nvidia.com/gpu.product": "NVIDIA-L4"},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    }


def test_parts_by_their_pool() -> None:
    gpus = _read({"gpu_node_labels": _POOL, "gpu_resource": "nvidia.com/mig-1g.10gb"})
    assert gpus.amounts() == {"nvidia.com/mig-1g.10gb": "1"}
    assert gpus.pod_fields()["nodeSelector"] == _POOL


def test_taints_that_the_cloud_adds() -> None:
    spot = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
    gpus = _read({"gpu_node_labels": _POOL, "gpu_tolerations": [spot]})
    assert gpus.pod_fields()["tolerations"][1:] == [
        {
            "key": "kubernetes.azure.com/scalesetpriority",
            "operator": "Equal",
            "value": "spot",
            "effect": "NoSchedule",
        }
    ]
    with pytest.raises(pulumi.RunError, match="gpu_tolerations: got 'spot'; use key=value:Effect"):
        _read({"gpu_node_labels": _POOL, "gpu_tolerations": ["spot"]})


def test_a_pool_wins_over_the_kind() -> None:
    """Those that stand in for it may carry another kind."""
    gpus = _read({"accelerator": "nvidia-l4", "gpu_node_labels": _POOL})
    assert gpus.node_labels() == _POOL


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"accelerator_count": 1}, "use accelerator or gpu_node_labels beside it"),
        (
            {"accelerator": "nvidia-l4", "gpu_resource": "nvidia.com/gpu.shared"},
            "gpu_resource: got 'nvidia.com/gpu.shared'; use gpu_node_labels beside it",
        ),
        ({"gpu_node_labels": _POOL, "gpu_resource": "gpu"}, "gpu_resource: got 'gpu'; use a"),
        ({"gpu_node_labels": _POOL, "accelerator_count": 9}, "a whole number from 1 to 8"),
    ],
)
def test_refused(args: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _read(args)
    assert problem in str(caught.value)
