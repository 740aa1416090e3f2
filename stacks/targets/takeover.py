"""Settings of a strategy as arguments of ModelServer."""

from typing import Any

from facts.strategies import STRATEGIES
from stacks.settings.common import ShareOwner
from stacks.settings.model_server import ModelServerModel

__all__ = ["takeover"]


def takeover(model: ModelServerModel) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    owner = model.rollout.owner
    routed = STRATEGIES[model.strategy].needs_router
    gateway = routed or (model.host is not None and model.exposure == "gateway")
    return {
        "strategy": model.strategy,
        "candidate_image": model.candidate.image if model.candidate else None,
        "candidate_min_replicas": model.candidate_min_replicas if model.candidate else None,
        "share_owner": None if owner is ShareOwner.FILE else str(owner),
        # The environment may say them for other models.
        "router": model.router if routed else None,
        "gateway_name": model.gateway_name if gateway else None,
        "gateway_namespace": model.gateway_namespace if gateway else None,
        "ab_header": model.ab_header,
        "ab_cookie": model.ab_cookie,
        "ab_values": list(model.ab_values) or None,
    }
