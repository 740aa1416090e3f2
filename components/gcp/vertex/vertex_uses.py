"""What fills up on a Vertex AI endpoint: replicas, cores, memory, GPUs, and the way to them.

Each version is judged by itself. Cores are summed: four of them are 4 (the metric's page says of
100 % that it may be exceeded with several). Not the memory of GPUs: a server of language models
takes it up front, and it says nothing.
https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
"""

from collections.abc import Iterator
from typing import Final

from components.gcp.monitoring.measured import Watched
from components.gcp.monitoring.uses import FULL, Sign, Use, filled, slow_way
from components.gcp.vertex.vertex_machine import Machine
from components.serving import Core
from facts.alerts import AT_MAXIMUM
from facts.cloud_monitoring import vcpus
from facts.machines.choose import named
from facts.vertex_serving import ALERTS, USES

__all__ = ["unwatched", "vertex_uses"]

_VERSION: Final = "metric.label.deployed_model_id"
_MIB: Final = 1024 * 1024


def vertex_uses(
    core: Core, watched: Watched, machine: Machine | None, *, peered: bool
) -> Iterator[Use]:
    """`machine` is None where machines are a pool's, which other models share."""
    if machine is not None:
        yield _replicas(core, watched)
        yield from _machines(watched, machine)
    if not peered:
        added = watched.metric(ALERTS[False].latencies, 'latency_type = "overhead"')
        what = "what Vertex AI adds to the model's latency"
        yield slow_way(core, "overhead", what, added, group_by=_VERSION)


def unwatched(machine: Machine | None) -> list[str]:
    """What has no policy, and why."""
    if machine is None:
        return [
            "nothing watches its machines: they are a resource pool's, shared with other models"
        ]
    if vcpus(machine.machine_type) is None:
        return [f"nothing watches its cores: how many a {machine.machine_type} has is not known"]
    return []


def _replicas(core: Core, watched: Watched) -> Use:
    signs: list[Sign] = []
    if core.max_replicas > core.min_replicas:
        signs.append(
            Sign(
                says=f"a version has had all of its {core.max_replicas} replicas for 30 minutes",
                filter=watched.metric(USES["replicas"]),
                aligner="ALIGN_MEAN",
                # Spot machines are series of their own.
                reducer="REDUCE_SUM",
                group_by=_VERSION,
                threshold=core.max_replicas - 0.5,
                minutes=30,
                period_seconds=60,
            )
        )
    signs.append(
        Sign(
            says="a version has had fewer replicas than it needs for 30 minutes: machines cannot "
            "be had, or do not come up",
            filter=watched.metric(USES["target_replicas"]),
            of=watched.metric(USES["replicas"]),
            aligner="ALIGN_MEAN",
            reducer="REDUCE_SUM",
            group_by=_VERSION,
            threshold=1,
            minutes=30,
            period_seconds=60,
        )
    )
    return Use("at-maximum", AT_MAXIMUM, signs)


def _machines(watched: Watched, machine: Machine) -> Iterator[Use]:
    cores = vcpus(machine.machine_type)
    if cores is not None:
        threshold = round(FULL * cores, 3)
        yield _filled(watched, "cpu", f"a replica's {cores} vCPUs", threshold=threshold)
    known = named("gcp", machine.machine_type)
    if known:
        memory = known[0].memory_mib * _MIB
        yield _filled(
            watched,
            "memory",
            "a replica's memory",
            threshold=round(FULL * memory),
            reducer="REDUCE_MAX",
        )
    if machine.accelerator_type is not None:
        yield _filled(watched, "gpu", "the time of a replica's GPUs", threshold=FULL)


def _filled(
    watched: Watched, word: str, what: str, *, threshold: float, reducer: str = "REDUCE_MEAN"
) -> Use:
    """Of all replicas on average, as they share requests; of memory the fullest."""
    return filled(
        word,
        what,
        watched.metric(USES[word]),
        aligner="ALIGN_MEAN",
        reducer=reducer,
        group_by=_VERSION,
        threshold=threshold,
    )
