import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.pools.node_reservations import allocatable
from facts.pools.offers import GPU_TAINT, Need, Offer, least_misfit, misfit, parse_taint

_OFFER = Offer(
    pool="l4",
    group="l4",
    cluster="eks",
    accelerator="nvidia-l4",
    gpu_resource="nvidia.com/gpu",
    gpus_per_node=1,
    gpu_memory_mib=24 * 1024,
    cpu=3.9,
    memory_mib=15 * 1024,
    max_nodes=4,
    labels={"disk": "fast"},
    taints=(GPU_TAINT,),
)


def _offer(**more: Any) -> Offer:  # noqa: ANN401 - any field
    return dataclasses.replace(_OFFER, **more)


def _need(**more: Any) -> Need:  # noqa: ANN401 - any field
    known: Any = {"gpus": 1, "accelerator": "nvidia-l4", **more}
    return Need(**known)


@pytest.mark.parametrize(
    ("offer", "need", "reason"),
    [
        ({}, {}, ""),
        ({}, {"cpu": 3.9, "memory_mib": 15 * 1024}, ""),
        ({}, {"cpu": 4}, "has 3.9 cores on a node for pods"),
        ({}, {"memory_mib": 15 * 1024 + 1}, "has 15360 MiB of memory on a node for pods"),
        ({}, {"gpus": 2}, "has 1 nvidia.com/gpu on a node"),
        ({"gpus_per_node": 2}, {"gpus": 2}, ""),
        ({"gpus_per_node": 2, "takes_turns": True}, {}, ""),
        (
            {"gpus_per_node": 2, "takes_turns": True},
            {"gpus": 2},
            "gives a pod one turn on a GPU, not 2",
        ),
        ({}, {"accelerator": "nvidia-a10g"}, "carries nvidia-l4"),
        ({}, {"accelerator": None, "group": "l4"}, ""),
        ({}, {"group": "a10g"}, "is asked for as l4"),
        (
            {"whole": False},
            {},
            "gives its GPUs in parts, so it is asked for by name, gpu_pool: l4",
        ),
        ({"whole": False}, {"group": "l4"}, ""),
        ({}, {"node_labels": {"disk": "fast"}}, ""),
        ({}, {"node_labels": {"disk": "slow"}}, "has the label disk=fast"),
        ({}, {"node_labels": {"zone": "a"}}, "lacks the label zone=a"),
        (
            {"taints": ("team=a:NoExecute",)},
            {},
            "has the taint team=a:NoExecute, which the pods do not tolerate",
        ),
        ({"taints": ("team=a:PreferNoSchedule",)}, {}, ""),
        ({"taints": ("team=a:NoSchedule",)}, {"tolerated": ("team",)}, ""),
        (
            {"taints": ("spot=a:NoSchedule",)},
            {},
            "has the taint spot=a:NoSchedule, which the pods do not tolerate",
        ),
        (
            {"taints": ("spot=a:NoSchedule",)},
            {"group": "l4"},
            "",
        ),
        ({"max_nodes": 0}, {}, "may have no node: max_nodes is 0"),
    ],
)
def test_why_not(offer: dict[str, Any], need: dict[str, Any], reason: str) -> None:
    assert misfit(_offer(**offer), _need(**need)) == reason


def test_the_nearest_pool_is_the_one_that_lacks_least() -> None:
    small, other = _offer(pool="small", memory_mib=1024), _offer(accelerator="nvidia-t4")
    found = least_misfit([other, small], _need(memory_mib=2048))
    assert found is not None
    assert (found[0].pool, found[1]) == ("small", "has 1024 MiB of memory on a node for pods")
    assert least_misfit([], _need()) is None
    # One that fits is nearest of all.
    assert least_misfit([small, _offer()], _need(memory_mib=2048)) == (_offer(), "")


def test_an_offer_survives_a_stack_output() -> None:
    """Numbers come back as floats, lists instead of tuples."""
    floats = json.loads(
        json.dumps(_OFFER.as_output()),
        parse_int=float,
    )
    assert Offer.of_output(floats) == _OFFER
    assert isinstance(Offer.of_output(floats).max_nodes, int)


@pytest.mark.parametrize(
    ("text", "taint"),
    [
        (GPU_TAINT, ("nvidia.com/gpu", "present", "NoSchedule")),
        ("dedicated:NoExecute", ("dedicated", "", "NoExecute")),
        ("a=b:Sometimes", None),
        (":NoSchedule", None),
        ("a=b", None),
    ],
)
def test_taints(text: str, taint: tuple[str, str, str] | None) -> None:
    assert parse_taint(text) == taint


@given(
    cluster=st.sampled_from(["eks", "gke", "aks"]),
    vcpu=st.integers(2, 256),
    memory_gib=st.integers(8, 4096),
)
def test_a_node_leaves_less_than_it_has_and_larger_ones_leave_more(
    cluster: str, vcpu: int, memory_gib: int
) -> None:
    cpu, memory = allocatable(cluster, vcpu, memory_gib * 1024)
    assert vcpu - 0.8 <= cpu < vcpu
    assert memory_gib * 512 < memory < memory_gib * 1024
    larger_cpu, larger_memory = allocatable(cluster, vcpu + 1, (memory_gib + 1) * 1024)
    assert larger_cpu > cpu
    assert larger_memory > memory


@pytest.mark.parametrize(
    ("cluster", "vcpu", "memory_gib", "cpu", "memory_mib"),
    [
        # 60 + 10 + 5 + 5 millicores; 255 + 11 MiB for each of 110 pods, and 100.
        ("eks", 4, 16, 3.92, 16_384 - 255 - 1210 - 100),
        # A quarter of 4 GiB, a fifth of 4, a tenth of 8.
        ("gke", 4, 16, 3.92, 16_384 - 1024 - 819 - 819 - 100 - 1),
        # 140 millicores; a quarter of 8 GiB is less than 20 MiB for each of 110 pods and 50.
        ("aks", 4, 8, 3.86, 8192 - 2048 - 100),
        ("aks", 4, 16, 3.86, 16_384 - 2250 - 100),
    ],
)
def test_what_each_cloud_keeps(
    cluster: str, vcpu: int, memory_gib: int, cpu: float, memory_mib: int
) -> None:
    assert allocatable(cluster, vcpu, memory_gib * 1024) == (cpu, memory_mib)
