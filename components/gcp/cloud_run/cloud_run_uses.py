"""What fills up of a Cloud Run service: instances, cores, memory, GPUs, requests at once, the way.

Use is a distribution over instances, as shares of 1; half of them are to be full. Of memory one in
twenty is enough, for that one is killed.
https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run
"""

from collections.abc import Iterator
from typing import Final

from components.gcp.cloud_run.cloud_run_settings import CloudRunSettings
from components.gcp.monitoring.measured import Watched
from components.gcp.monitoring.uses import FULL, Sign, Use, filled, slow_way
from components.serving import Core
from facts.alerts import AT_MAXIMUM, SATURATED
from facts.cloud_run import PENDING_METRIC, USES

__all__ = ["cloud_run_uses"]

_VERSION: Final = "resource.label.revision_name"
_ACTIVE: Final = 'state = "active"'


def cloud_run_uses(core: Core, settings: CloudRunSettings, watched: Watched) -> Iterator[Use]:
    """The bound of instances is the service's; all else is judged by revision."""
    if core.max_replicas > 1:
        instances = Sign(
            says=f"all of the {core.max_replicas} instances have had requests for 30 minutes: what "
            "comes beyond waits, and is turned away with 429",
            filter=watched.metric(USES["instances"], _ACTIVE),
            aligner="ALIGN_MAX",
            reducer="REDUCE_SUM",
            group_by=None,
            threshold=core.max_replicas - 0.5,
            minutes=30,
            period_seconds=60,
        )
        yield Use("at-maximum", AT_MAXIMUM, [instances])
    yield _filled(watched, "cpu", "an instance's CPU")
    yield _filled(watched, "memory", "an instance's memory", aligner="ALIGN_PERCENTILE_95")
    if settings.gpu is not None:
        yield _filled(watched, "gpu", "the time of an instance's GPU")
    if settings.concurrency > 1:
        # One is in use as soon as anybody asks.
        yield Use(
            "concurrency",
            SATURATED,
            [
                Sign(
                    says=f"half of the instances have had {FULL:.0%} of the {settings.concurrency} "
                    "requests at once for 15 minutes",
                    filter=watched.metric(USES["concurrency"], _ACTIVE),
                    aligner="ALIGN_PERCENTILE_50",
                    reducer="REDUCE_MAX",
                    group_by=_VERSION,
                    threshold=round(FULL * settings.concurrency, 3),
                    minutes=15,
                )
            ],
        )
    waiting = "the time that requests wait for an instance"
    yield slow_way(core, "pending", waiting, watched.metric(PENDING_METRIC), group_by=_VERSION)


def _filled(watched: Watched, word: str, what: str, *, aligner: str = "ALIGN_PERCENTILE_50") -> Use:
    return filled(word, what, watched.metric(USES[word]), aligner=aligner, group_by=_VERSION)
