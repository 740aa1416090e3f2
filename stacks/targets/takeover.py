"""Settings of a strategy as arguments of ModelServer."""

from typing import Any, Final

from facts.strategies import STRATEGIES
from stacks.settings.common import ShareOwner
from stacks.settings.load import Settings
from stacks.settings.model_server import ModelServerModel
from stacks.settings.takeover import Part
from stacks.targets.gpus import gpus
from stacks.targets.translation import given

__all__ = ["takeover"]

# Keys of a part that the component has under the same name.
_SAME: Final = (
    *("image", "uri", "candidate_image", "candidate_uri", "server", "port", "live_path"),
    *("ready_path", "startup_path", "min_replicas", "max_replicas", "load_seconds"),
)
_RESOURCES: Final = ("cpu", "memory_mib")


def takeover(settings: Settings, model: ModelServerModel) -> dict[str, Any]:
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
        "parts": [_part(settings, name, part) for name, part in sorted(model.parts.items())]
        or None,
    }


def _part(settings: Settings, name: str, part: Part) -> dict[str, Any]:
    """One part as the component takes it."""
    values: dict[str, Any] = {key: getattr(part, key) for key in _SAME}
    values |= {key: getattr(part.resources, key) for key in _RESOURCES}
    values |= gpus(settings, part.resources)
    values |= {"arguments": list(part.arguments) or None, "env": dict(part.env) or None}
    values["secret_env"] = dict(part.secret_env) or None
    return {"name": name, **given(values)}
