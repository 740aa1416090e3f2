"""What a model file says of drift where this project's own runtime looks at it, by a profile."""

from stacks.settings.drift import Drift
from stacks.settings.fields import Closed

__all__ = ["WithProfiledDrift"]


class WithProfiledDrift(Closed):
    """A target whose replicas run this project's runtime."""

    drift: Drift | None = None
    """Whether what the model is asked still looks like its training: `baseline_uri` is a profile
    of it (docs/drift.md). Default: nobody looks."""
