"""What is told where the SDK of a cloud is not installed."""

import sys

import pulumi
import pytest

from stacks.targets.component_kind import ComponentKind

_POOL = ComponentKind("components.gcp.gke_gpu_node_pool", "GkeGpuNodePool", ("gcp",))


def test_a_missing_sdk_names_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "components.gcp.gke_gpu_node_pool", raising=False)
    monkeypatch.setitem(sys.modules, "pulumi_gcp", None)
    with pytest.raises(pulumi.RunError, match="uv sync --group gcp"):
        _POOL.component()


def test_another_missing_module_is_told_as_it_is() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"components\.gcp\.nowhere"):
        ComponentKind("components.gcp.nowhere", "Nowhere", ("gcp",)).component()
