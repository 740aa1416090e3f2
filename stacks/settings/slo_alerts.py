"""Who makes alerts on how fast a model's error budget goes."""

from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings

__all__ = ["alerts_by"]


def alerts_by(settings: AnySettings, site: Environment | None) -> str | None:
    """The environment's target that does, by its key; None where nobody asks for such alerts."""
    if site is None:
        return None
    # Where no target is known, nobody knows what makes alerts.
    needs: frozenset[str] = getattr(settings, "needs", frozenset())
    targets = site.targets
    if "kubernetes" in needs:
        cluster = targets.kubernetes
        return "kubernetes" if cluster is not None and cluster.monitoring is not None else None
    clouds = {"aws": targets.aws, "gcp": targets.gcp, "azure": targets.azure}
    for name, target in clouds.items():
        asked = target.monitoring if name in needs and target is not None else None
        if asked is not None and asked.alarms == "burn_rate":
            return name
    return None
