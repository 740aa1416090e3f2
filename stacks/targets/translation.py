"""What the translations of settings into a component's arguments share."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from facts import tags
from stacks.settings.batch import Batch
from stacks.settings.cold_start import PodColdStart
from stacks.settings.common import Common, Described, EveryDeployment
from stacks.settings.deprecation import deprecation_tags
from stacks.settings.kserve_shared import TrainedModel
from stacks.settings.load import Settings
from stacks.settings.managed import Scaling
from stacks.settings.models import AnySettings

_Kind = TypeVar("_Kind", bound=Described)


def every(settings: Settings, name: str) -> dict[str, Any]:
    """The arguments that every component has that answers requests with pods of its own."""
    model = settings.models[name]
    if isinstance(model, Batch | TrainedModel):
        raise TypeError(f"{name} has no replicas")
    return {
        **every_text(settings, name),
        "min_replicas": model.min_replicas,
        "max_replicas": model.max_replicas,
    }


def every_text(settings: Settings, name: str) -> dict[str, Any]:
    """The arguments that every component has that answers requests."""
    model = settings.models[name]
    if isinstance(model, Batch):
        raise TypeError(f"{name} answers no requests")
    return {
        **_described(settings, name),
        "latency_p95_ms": model.slo.latency_p95_ms,
        "error_rate_percent": model.slo.error_rate_percent,
    }


def batch_run(settings: Settings, name: str) -> dict[str, Any]:
    """The arguments that every component has that scores in batches."""
    run = as_kind(Batch, settings.models[name])
    return {
        **_described(settings, name),
        "model_version": run.model.version,
        "model_uri": run.model.uri,
    }


def _described(settings: Settings, name: str) -> dict[str, Any]:
    model = settings.models[name]
    return {
        "environment": settings.environment,
        "owner": model.owner,
        "description": model.description or None,
        "data_classification": str(model.data_classification),
        "tags": {**model.tags, **_said_by_tags(model)},
    }


def _said_by_tags(model: AnySettings) -> dict[str, str]:
    """What no component has a word for, and guardrails and reports read."""
    if not isinstance(model, EveryDeployment):
        return {}
    budget = model.monthly_budget
    money = {tags.MONTHLY_BUDGET: f"{budget:.15g}"} if budget is not None else {}
    return {**money, **deprecation_tags(model.deprecation)}


def common(settings: Settings, name: str) -> dict[str, Any]:
    """The arguments that every component has that serves a model."""
    model = as_kind(Common, settings.models[name])
    return {
        **every(settings, name),
        "model_version": model.model.version,
        "model_uri": model.model.uri,
        "candidate_version": model.candidate.version if model.candidate else None,
        "candidate_uri": model.candidate.uri if model.candidate else None,
        "canary_percent": model.canary_percent,
    }


def scaled(scaling: Scaling) -> dict[str, Any]:
    """What the number of replicas follows, where a component has all of it."""
    return {
        "scaling_metric": scaling.metric,
        "scaling_target": scaling.target,
        "scale_out_cooldown_seconds": scaling.scale_out_cooldown_seconds,
        "scale_in_cooldown_seconds": scaling.scale_in_cooldown_seconds,
        "scaling_schedules": [given(dict(each)) for each in scaling.schedules] or None,
    }


def cold_start(asked: PodColdStart) -> dict[str, Any]:
    """What is said of the first answer of a model that goes to sleep."""
    return {f"cold_start_{key}": value for key, value in asked}


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None: components know their own defaults."""
    return {key: value for key, value in values.items() if value is not None}


def as_kind(kind: type[_Kind], model: AnySettings) -> _Kind:
    """A model's settings as those of one target.

    Raises:
        TypeError: for another target's.
    """
    if not isinstance(model, kind):
        raise TypeError(f"{model.target} settings where {kind.__name__} was expected")
    return model


def word(value: object) -> str | None:
    """The text of a closed list's value."""
    return None if value is None else str(value)


def words(asked: BaseModel | None, keys: Iterable[str] | None = None) -> dict[str, Any]:
    """Settings that the component has under the same names; what was not said is left out.

    Those of `keys` alone, where not all of them are the component's.
    """
    if asked is None:
        return {}
    fields = type(asked).model_fields
    said = {key: getattr(asked, key) for key in (fields if keys is None else keys)}
    # Empty where that is not what nothing means anyway, it was said.
    return {
        key: value
        for key, value in said.items()
        if value is not None and (value not in ([], {}) or value != fields[key].default)
    }
