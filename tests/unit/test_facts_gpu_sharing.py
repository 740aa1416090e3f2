import pytest

from facts.accelerators import ACCELERATORS, GPU, PRODUCT_LABEL
from facts.pools.sharing import CLUSTERS, Sharing, mig_profiles, plugin_config, pool_labels, sharing


def _shared(cluster: str, profile: str | None = None, slices: int | None = None) -> Sharing:
    return sharing(cluster, "nvidia-a100", mig_profile=profile, time_slices=slices)


@pytest.mark.parametrize(
    ("cluster", "profile", "slices", "resource", "per_gpu", "memory_gib"),
    [
        ("eks", None, None, GPU, 1, 40),
        ("gke", None, None, GPU, 1, 40),
        ("aks", None, None, GPU, 1, 40),
        ("eks", "1g.5gb", None, "nvidia.com/mig-1g.5gb", 7, 5),
        ("gke", "1g.5gb", None, GPU, 7, 5),
        ("aks", "1g.5gb", None, GPU, 7, 5),
        ("eks", None, 4, "nvidia.com/gpu.shared", 4, 40),
        ("gke", None, 4, GPU, 4, 40),
        ("aks", None, 4, GPU, 4, 40),
        ("eks", "3g.20gb", 3, "nvidia.com/mig-3g.20gb.shared", 6, 20),
    ],
)
def test_what_a_pod_requests(  # noqa: PLR0917 - a row of the table
    cluster: str,
    profile: str | None,
    slices: int | None,
    resource: str,
    per_gpu: int,
    memory_gib: int,
) -> None:
    shared = _shared(cluster, profile, slices)
    assert (shared.resource, shared.per_gpu) == (resource, per_gpu)
    assert shared.memory_mib == memory_gib * 1024
    assert shared.whole == (profile is None and slices is None)
    assert shared.takes_turns == (slices is not None)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_shared_gpu_never_looks_like_a_whole_one(cluster: str) -> None:
    """By kind models ask for whole GPUs, and GKE and AKS call parts of one the same."""
    kind = {PRODUCT_LABEL: ACCELERATORS["nvidia-a100"].kubernetes_label}
    whole = pool_labels("a", "group", "nvidia-a100", _shared(cluster))
    assert whole == {"model-serving/node-pool": "a", "model-serving/pool-group": "group", **kind}
    for shared in (_shared(cluster, "1g.5gb"), _shared(cluster, None, 2)):
        assert PRODUCT_LABEL not in pool_labels("a", "group", "nvidia-a100", shared)


def test_labels_make_it_so() -> None:
    assert _shared("eks", "1g.5gb").node_labels == {"nvidia.com/mig.config": "all-1g.5gb"}
    assert _shared("eks", None, 2).node_labels == {
        "nvidia.com/device-plugin.config": plugin_config(2)
    }
    assert _shared("gke", "1g.5gb", 2).cloud_labels == {
        "cloud.google.com/gke-gpu-partition-size": "1g.5gb",
        "cloud.google.com/gke-gpu-sharing-strategy": "time-sharing",
        "cloud.google.com/gke-max-shared-clients-per-gpu": "2",
    }
    assert _shared("aks", "1g.5gb").node_labels == {}


def test_profiles_of_each_cloud() -> None:
    """AKS has one per number of compute slices, GKE none of four."""
    assert set(mig_profiles("aks", "nvidia-a100")) == {
        "1g.5gb",
        "2g.10gb",
        "3g.20gb",
        "4g.20gb",
        "7g.40gb",
    }
    assert set(mig_profiles("gke", "nvidia-h100")) == {
        "1g.10gb",
        "1g.20gb",
        "2g.20gb",
        "3g.40gb",
        "7g.80gb",
    }
    assert "4g.40gb" in mig_profiles("eks", "nvidia-h100")
    assert mig_profiles("eks", "nvidia-l4") == {}
