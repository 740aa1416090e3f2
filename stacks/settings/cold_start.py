"""What a file says of the first answer of an instance, or of a pod, that is started for it."""

from typing import Literal

from pydantic import Field

from stacks.settings.fields import Closed, Number, Whole

__all__ = ["ColdStart", "PodColdStart"]


class ColdStart(Closed):
    """How long the first answer of a new instance may take, and what keeps it so short."""

    budget_ms: Number | None = Field(default=None, ge=1, le=900_000)
    """Longest first answer in milliseconds: where `mode` is not said, the cheapest one that keeps
    it is taken, on Lambda by the estimate of docs/lambda.md, on Cloud Run by `load_seconds`; on
    Azure Functions it keeps an instance ready. Default: no budget."""
    mode: Literal["none", "snap_start", "provisioned"] | None = None
    """`snap_start`: instances begin from a snapshot; `provisioned`: `min_replicas` of them are kept
    warm, at least one; `none`. Never two of them. Default: provisioned where min_replicas says so,
    else what the budget needs."""
    model_mib: Whole | None = Field(default=None, ge=1, le=10_240)
    """Size of the model in MiB, where it is not on this machine, for the estimate on Lambda; no
    other target counts it. Default: not counted."""


class PodColdStart(Closed):
    """How long the first answer may take after a sleep on Kubernetes, and what is known of it.

    Without sizes the pod's own start alone is counted (docs/monitoring.md).
    """

    budget_ms: Number | None = Field(default=None, ge=1, le=3_600_000)
    """Longest first answer in milliseconds; `min_replicas: 0` that cannot keep it is refused.
    Default: `slo.latency_p95_ms` where another of these is said, else no budget."""
    model_mib: Number | None = Field(default=None, ge=0, le=1e7)
    """Size in MiB of the model that a pod fetches. Default: that of `weights_gib`, else not
    counted."""
    image_mib: Number | None = Field(default=None, ge=0, le=1e6)
    """Size in MiB of the images that a node pulls, compressed; 0 where it has them. Default: not
    counted."""
    server_start_ms: Number | None = Field(default=None, ge=0, le=3_600_000)
    """What the server takes to be ready once the model is there. Default: not counted."""
    fetch_mib_per_second: Number | None = Field(default=None, ge=1, le=100_000)
    """How fast image and model come. Default: 81, as one connection to S3."""

    @property
    def is_asked(self) -> bool:
        """Whether anything of it is said."""
        return any(getattr(self, key) is not None for key in type(self).model_fields)
