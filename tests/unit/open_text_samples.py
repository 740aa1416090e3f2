"""A usual text for each setting that may hold any, and what else has to be set beside it."""

from typing import Any, cast

from tests.unit import settings_project as usual
from tests.unit.open_texts import ITEM, VALUE, OpenText

__all__ = ["BASES", "EVERYWHERE", "filled", "merged", "sample"]

_ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
_IMAGE = f"{_ECR}/server@{usual.DIGEST}"
# The least settings of each target.
BASES: dict[str, dict[str, Any]] = {
    value["target"]: value
    for name, value in vars(usual).items()
    if name.isupper() and isinstance(value, dict) and "target" in value
}
# An environment that has all of them.
EVERYWHERE: dict[str, Any] = (
    usual.TARGETS
    | usual.VERTEX_TARGETS
    | usual.CLOUD_RUN_TARGETS
    | usual.AZURE_ML_TARGETS
    | usual.AZURE_FUNCTIONS_TARGETS
)
# What a candidate of each is called, by the kind of its place.
_KEY = "name"


def _candidate(target: str) -> dict[str, Any]:
    stable = BASES[target]["model"]
    uri = str(stable["uri"]).replace(str(stable["version"]), "9.9.9")
    return {"candidate": {"uri": uri, "version": "9.9.9"}, "canary_percent": 0}


_FEATURES: dict[str, Any] = {
    "features": {
        "store": "redis",
        "url": "rediss://features.example.com:6379/0",
        "entities": {"customer_id": "integer"},
        "features": ["age"],
    }
}
_SCHEDULED: dict[str, Any] = {
    "min_replicas": 1,
    "max_replicas": 4,
    "scaling": {"schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 2, "max_replicas": 4}]},
}
_KEDA: dict[str, Any] = {
    "autoscaler": "keda",
    "min_replicas": 1,
    "max_replicas": 4,
    "prometheus_url": "http://prometheus.monitoring:9090",
    "prometheus_query": "sum(waiting)",
    "prometheus_target": 5,
}
_PARTS: dict[str, Any] = {"strategy": "blue_green", "parts": {_KEY: {"image": _IMAGE}}}
_CONTAINER: dict[str, Any] = {"hostname": "before", "image": _IMAGE}
_STEPS = [{"url": "http://features.shop.svc.cluster.local/enrich"}] * 2
# (a usual text, what has to be set beside it); `target/path` before `path`.
_SAMPLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "activation_query": (
        "sum(waiting)",
        {
            "min_replicas": 0,
            "max_replicas": 1,
            "prometheus_url": "http://prometheus.monitoring:9090",
        },
    ),
    "arguments.[]": ("--verbose", {}),
    "candidate.image": (f"{_IMAGE}", {}),
    "command.[]": ("serve", {}),
    "config.{}": ("level: info", {}),
    "containers.[].candidate_image": (_IMAGE, {"containers": [_CONTAINER]}),
    "containers.[].env.{}": ("info", {"containers": [_CONTAINER]}),
    "containers.[].image": (_IMAGE, {"containers": [_CONTAINER]}),
    "custom_audiences.[]": ("https://fraud.example.com", {}),
    "deprecation.date": ("2099-01-31", {}),
    "description": ("Scores payments.", {}),
    "download_image": (_IMAGE, {}),
    "drift.label_column": ("fraud", {"drift": {"baseline_uri": "gs://models/fraud/train.csv"}}),
    "env.{}": ("info", {}),
    "environment_variables.{}": ("info", {}),
    "explainer.arguments.[]": ("--verbose", {"explainer": {"image": _IMAGE}}),
    "explainer.env.{}": ("info", {"explainer": {"image": _IMAGE}}),
    "explainer.image": (_IMAGE, {}),
    "features.defaults.{}": (
        "1",
        {"features": {**_FEATURES["features"], "defaults": {"age": "0"}}},
    ),
    "features.features.[]": ("customer:age", _FEATURES),
    "features.key": ("customer:{customer_id}", _FEATURES),
    "features.username": (
        "reader",
        {
            "features": {**_FEATURES["features"], "secret_variable": "REDIS_PASSWORD"},
            "secret_environment_variables": {
                "REDIS_PASSWORD": "projects/example-models/secrets/redis/versions/1"
            },
        },
    ),
    "images.[]": (_IMAGE, {}),
    "jwt_audience": ("fraud", {"jwt_issuer": "https://issuer.example.com"}),
    "model.framework": ("sklearn", {}),
    "model.image": (_IMAGE, {}),
    "node_selector.{}": ("gpu", {}),
    "nodes.{}.steps.[].condition": ("score", {"nodes": {"root": {"steps": _STEPS}}}),
    "parts.{}.arguments.[]": ("--verbose", _PARTS),
    "parts.{}.candidate_image": (_IMAGE, _PARTS),
    "parts.{}.env.{}": ("info", _PARTS),
    "parts.{}.image": (_IMAGE, _PARTS),
    "pod_annotations.{}": ("yes", {}),
    "pods_metric_name": ("waiting", {"max_replicas": 4, "requests_per_second_target": 5}),
    "prometheus_query": ("sum(waiting)", _KEDA),
    "redeploy": ("1", {}),
    "requirements.[]": ("sklearn", {}),
    "review_date": ("2099-01-31", {}),
    "scaling.schedules.[].schedule": ("0 8 * * 1-5", _SCHEDULED),
    "scaling.schedules.[].time_zone": ("Europe/Paris", _SCHEDULED),
    "schedule": ("0 3 * * *", {}),
    "scoring_script": (
        "score.py",
        {
            "model": {"image": _IMAGE},
            "code_uri": "https://examplemodels.blob.core.windows.net/code/1",
        },
    ),
    "served_model_name": ("fraud", {}),
    "tags.{}": ("risk", {}),
    "time_zone": ("Europe/Paris", {"schedule": "0 3 * * *"}),
    "transformer.arguments.[]": ("--verbose", {"transformer": {"image": _IMAGE}}),
    "transformer.env.{}": ("info", {"transformer": {"image": _IMAGE}}),
    "transformer.image": (_IMAGE, {}),
}


def sample(target: str, path: OpenText) -> tuple[str, dict[str, Any]]:
    """A usual text, and the settings of the target beside it. Raises KeyError for a new setting."""
    dotted = ".".join(path)
    key = f"{target}/{dotted}"
    text, beside = _SAMPLES[key if key in _SAMPLES else dotted]
    settings = merged(BASES[target], beside)
    if "candidate" in (path[0], path[-1].partition("_")[0]):
        settings = merged(settings, _candidate(target))
    return text, settings


def filled(settings: dict[str, Any], path: OpenText, value: str) -> dict[str, Any]:
    """The settings with this text at the path."""
    return _put(settings, path, value)


def _put(given: Any, path: OpenText, value: str) -> Any:  # noqa: ANN401 - settings.
    if not path:
        return value
    key, rest = path[0], path[1:]
    if key == ITEM:
        items: list[Any] = list(given or [None])
        return [*items[:-1], _put(items[-1], rest, value)]
    values: dict[str, Any] = dict(given or {})
    if key == VALUE:
        key = next(iter(values), _KEY)
    return {**values, key: _put(values.get(key), rest, value)}


def merged(given: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """The settings with more over them, mapping by mapping."""
    made = dict(given)
    for key, value in more.items():
        inner: Any = made.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        made[key] = merged(cast("Any", inner), cast("Any", value)) if both else value
    return made
