"""What the settings say of a pool is what the pool says of itself; each docstring is the rule."""

from pathlib import Path
from typing import Any

import pytest

from facts.pools.offers import Offer
from stacks.targets import gpu_node_pools
from tests.unit.component_mocks import record
from tests.unit.settings_project import AKS_TARGETS, GKE_TARGETS, TARGETS, Project, project

_CLOUDS: dict[str, dict[str, Any]] = {
    "eks": TARGETS,
    "karpenter": TARGETS,
    "gke": GKE_TARGETS,
    "aks": AKS_TARGETS,
}
_VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "spot": {"capacity": "spot"},
    "cut": {"mig_profile": "1g.5gb"},
    "turns": {"time_slices": 4},
    "labelled": {"labels": {"disk": "fast"}, "taints": ["dedicated=chat:NoSchedule"]},
    "grouped": {"fallbacks": [{"name": "spot", "capacity": "spot"}]},
}
# Karpenter gives GPUs in whole alone.
_CASES = [
    (cloud, variant)
    for cloud in _CLOUDS
    for variant in _VARIANTS
    if cloud != "karpenter" or variant not in {"cut", "turns"}
]


@pytest.mark.parametrize(("cloud", "variant"), _CASES)
def test_settings_and_components_offer_the_same(tmp_path: Path, cloud: str, variant: str) -> None:
    """A model is checked before anything is registered, and by others against the outputs."""
    site: Project = project(tmp_path)
    pool = {
        "owner": "team-platform",
        "accelerator": "nvidia-a100",
        "max_nodes": 2,
        **_VARIANTS[variant],
        **({"provisioner": "karpenter"} if cloud == "karpenter" else {}),
    }
    site.environment(targets=_CLOUDS[cloud], platform={"gpu_node_pools": {"p": pool}})
    settings = site.load()
    made = gpu_node_pools(settings)
    assert set(made) == set(settings.offers)
    for name, (kind, arguments) in made.items():
        offer = Offer.of_output(record(kind.component(), name, arguments).outputs["offer"])
        assert offer == settings.offers[name]
