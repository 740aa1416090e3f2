"""Cost and tags: who owns it, what it serves, and what runs when nobody asks."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from facts import tags
from facts.log_retention import RETENTION_DAYS
from policies import machine_types
from policies.artifacts import artifacts
from policies.configuration import setting
from policies.pods import components, model_places, pod_accelerators, pods
from policies.pools import POOL_TYPES, POOLS, pools
from policies.properties import Property
from policies.resource_types import (
    ALARM,
    AZURE_ML_DEPLOYMENT,
    CLOUD_RUN_SERVICE,
    ENDPOINT,
    ENDPOINT_CONFIGURATION,
    FUNCTION,
    INFERENCE_SERVICE,
    LANGUAGE_MODEL,
    LOG_GROUP,
    MODEL,
    PROVISIONED_CONCURRENCY,
    SCALING_TARGET,
    SELDON_MODEL,
    TRAINED_MODEL,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

SERVING_TYPES: Final = (
    INFERENCE_SERVICE,
    LANGUAGE_MODEL,
    TRAINED_MODEL,
    SELDON_MODEL,
    MODEL,
    ENDPOINT_CONFIGURATION,
    ENDPOINT,
    FUNCTION,
)
# How a server is told its model without an address, such as `--model_id=…` of Hugging Face's.
_MODEL_ARGUMENT: Final = re.compile(r"--model([_-]id)?(=|$)")
_POOLS: Final = {fold(pool) for pool in POOLS}
CLASSIFICATIONS: Final = ("public", "internal", "confidential", "restricted")
_PROVISIONED_DIMENSIONS: Final = (
    "sagemaker:variant:DesiredProvisionedConcurrency",
    "lambda:function:ProvisionedConcurrency",
)


@dataclass(frozen=True)
class RequiredTags:
    """Settings."""

    model: tuple[str, ...] = setting(
        (tags.OWNER, tags.ENVIRONMENT, tags.MODEL, tags.MODEL_VERSION),
        "Keys that whatever serves a model must carry; model-version only where one is held.",
    )
    pool: tuple[str, ...] = setting(
        (tags.OWNER, tags.ENVIRONMENT),
        "Keys of the vocabulary that a node pool must carry.",
    )


@resource_rule(
    "tags/missing",
    severity=Severity.MEDIUM,
    types=(*SERVING_TYPES, *POOLS),
    fix="Add the tag; docs/guardrails.md#tags lists how each cloud spells it.",
    unknown=Unknown.LATER,
    settings=RequiredTags,
)
def tags_missing(view: View, settings: RequiredTags) -> Faults:
    """What serves a model does not say whose it is, or which version it runs.

    An alarm at night, a bill and a clean-up all begin with the owner. Tags that the provider gives
    to everything (`defaultTags`), labels and annotations count. An endpoint and its configuration
    may hold several versions, and so may an InferenceService that names no model: theirs are on the
    models.
    """
    if view.tags_unknown():
        return
    needed = set(settings.pool if view.token in _POOLS else settings.model)
    if view.token in (ENDPOINT, ENDPOINT_CONFIGURATION) or _is_shared(view):
        # Several versions stand behind them, each a model of its own.
        needed.discard(tags.MODEL_VERSION)
    missing = {key: "" for key in tags.KEYS if key in needed and not view.tags.get(key, "").strip()}
    if missing:
        spelt = ", ".join(_spelling(view)(missing))
        yield view.tag_places()[-1].fault(f"a value for {spelt}", "none")


def _is_shared(view: View) -> bool:
    """Whether an InferenceService has its models by TrainedModels: it names none itself."""
    if view.token != fold(INFERENCE_SERVICE):
        return False
    servers = [place for part in components(view) for place in model_places(part)]
    named = any(not place.absent for place in artifacts(view)) or any(
        _MODEL_ARGUMENT.match(argument.text() or "")
        for place in servers
        for argument in place.get("args").items()
    )
    return bool(servers) and not named


def _spelling(view: View):  # noqa: ANN202 - one of the encodings of facts.tags.
    if view.token.startswith("kubernetes:"):
        return tags.kubernetes
    return tags.google if view.token.startswith("gcp:") else tags.aws


@resource_rule(
    "tags/malformed",
    severity=Severity.MEDIUM,
    types=(
        *SERVING_TYPES,
        *(CLOUD_RUN_SERVICE, AZURE_ML_DEPLOYMENT, *POOLS),
        ALARM,
    ),
    fix="Correct the setting that the tag comes from: data_classification, slo, monthly_budget, "
    "deprecation.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def tags_malformed(view: View, _settings: NoSettings) -> Faults:
    """A tag of the vocabulary has a value that nothing can read.

    Guardrails, cost reports and alarms read these values; a typo switches them off unseen.
    """
    view.tags_unknown()
    for key, value in view.tags.items():
        wanted = _wanted(key, value)
        if wanted:
            spelt = next(iter(_spelling(view)({key: ""})))
            place = view.tag_places()[-1]
            if isinstance(place.raw, dict):
                place = place.get(spelt)
            yield place.fault(wanted)


def _wanted(key: str, value: str) -> str:
    is_good, wanted = _VALUES.get(key, (None, ""))
    return "" if is_good is None or is_good(value) else wanted


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _above(value: str, low: float) -> bool:
    return (_number(value) or 0) > low


# What the values of the vocabulary have to be, where not every text is one.
_VALUES: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    tags.DATA_CLASSIFICATION: (
        CLASSIFICATIONS.__contains__,
        "one of " + ", ".join(CLASSIFICATIONS),
    ),
    tags.DEPRECATION_DATE: (_is_day, "a day as 2027-03-01"),
    tags.MONTHLY_BUDGET: (lambda value: _above(value, 0), "money of a month, more than 0"),
    tags.LATENCY_P95_MS: (lambda value: _above(value, 0), "milliseconds, more than 0"),
    tags.WINDOW_DAYS: (lambda value: (_number(value) or 0) >= 1, "days, 1 or more"),
    tags.ERROR_RATE_PERCENT: (
        lambda value: 0 < (_number(value) or 0) < 100,  # noqa: PLR2004
        "percent, more than 0 and less than 100",
    ),
}


@dataclass(frozen=True)
class LogRetention:
    """Settings."""

    max_days: int = setting(400, "Longest time that logs are kept, in days.", minimum=1)


def _kept(settings: LogRetention) -> int:
    """The longest that CloudWatch offers and the setting allows."""
    return max(days for days in RETENTION_DAYS if days <= settings.max_days)


@resource_rule(
    "cost/log-retention",
    severity=Severity.LOW,
    types=(LOG_GROUP,),
    fix="Set retentionInDays (log_retention_days of the model).",
    unknown=Unknown.LATER,
    settings=LogRetention,
    checkov=("CKV_AWS_66",),
    remedies={"retentionInDays": _kept},
)
def log_retention(view: View, settings: LogRetention) -> Faults:
    """Logs are kept for ever, or longer than allowed.

    Absent or 0 means for ever: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/
    Working-with-log-groups-and-streams.html. A group of the class DELIVERY always keeps two days.
    """
    if view.get("logGroupClass").raw == "DELIVERY":
        return
    days = view.get("retentionInDays")
    kept = days.number()
    if days.absent or kept == 0 or (kept is not None and kept > settings.max_days):
        yield days.fault(f"from 1 to {settings.max_days} days")


@dataclass(frozen=True)
class IdleNodes:
    """Settings."""

    max_min_nodes: int = setting(
        2, "Most nodes of a GPU pool that run while nobody asks.", minimum=0
    )


@resource_rule(
    "cost/idle-accelerator-pool",
    severity=Severity.HIGH,
    types=POOL_TYPES,
    fix="Lower min_nodes of the pool: the autoscaler adds nodes when pods ask for a GPU.",
    unknown=Unknown.LATER,
    settings=IdleNodes,
)
def idle_accelerator_pool(view: View, settings: IdleNodes) -> Faults:
    """A GPU pool keeps more nodes than allowed when nobody asks.

    With max_min_nodes 0, as in dev, a pool has to scale to nothing.
    """
    for pool in pools(view):
        least = pool.least() if pool.accelerated() else None
        if least is not None and least.count > settings.max_min_nodes:
            yield least.place.fault(f"at most {settings.max_min_nodes}", least.found)


@dataclass(frozen=True)
class IdleAccelerators:
    """Settings."""

    max_idle_accelerators: int = setting(
        8, "Most accelerators that one model holds while nobody asks.", minimum=0
    )


@resource_rule(
    "cost/idle-accelerators",
    severity=Severity.HIGH,
    types=(INFERENCE_SERVICE, ENDPOINT_CONFIGURATION),
    fix="Lower min_replicas, or the accelerators of each replica.",
    unknown=Unknown.REST,
    settings=IdleAccelerators,
)
def idle_accelerators(view: View, settings: IdleAccelerators) -> Faults:
    """A model holds more accelerators than allowed when nobody asks.

    Least replicas times accelerators of each; every one is paid for by the hour. Of an endpoint
    with managed scaling the least instances count. A variant of an asynchronous endpoint has to
    begin with one instance, and may rest at none: a single one is not counted.
    """
    held = list(_held(view))
    total = sum(amount for amount, _ in held)
    if total > settings.max_idle_accelerators:
        _, place = max(held, key=lambda one: one[0])
        yield place.fault(
            f"at most {settings.max_idle_accelerators} accelerators while nobody asks",
            f"{place.shown}, which makes {total:g} accelerators",
        )


def _held(view: View) -> Iterator[tuple[float, Property]]:
    if view.token != ENDPOINT_CONFIGURATION:
        each: dict[str, float] = defaultdict(float)
        for pod in pods(view):
            if pod.component is not None:
                # A part with workers is several pods.
                each[pod.component.path] += float(pod_accelerators(pod)[0])
        for part in components(view):
            least = part.get("minReplicas")
            count = 1 if least.absent else least.number()
            if count is not None:
                yield count * each[part.path], least
        return
    for variant in view.get("productionVariants").items():
        name, least = variant.get("instanceType").text(), _least_instances(variant)
        count = 1 if least.absent else least.number()
        if count == 1 and not view.get("asyncInferenceConfig").absent:
            continue
        if name is not None and count is not None:
            yield (machine_types.accelerators(name) or 0) * count, least


def _least_instances(variant: Property) -> Property:
    scaling = variant.get("managedInstanceScaling")
    least = scaling.get("minInstanceCount")
    if scaling.get("status").text() != "ENABLED" or least.absent:
        return variant.get("initialInstanceCount")
    return least


@dataclass(frozen=True)
class ProvisionedConcurrency:
    """Settings."""

    max_provisioned_concurrency: int = setting(
        10,
        "Most environments of one function or serverless endpoint that are kept warm.",
        minimum=0,
    )


@resource_rule(
    "cost/provisioned-concurrency-over-cap",
    severity=Severity.MEDIUM,
    types=(PROVISIONED_CONCURRENCY, ENDPOINT_CONFIGURATION, SCALING_TARGET),
    fix="Lower provisioned_concurrency, or min_replicas of a serverless endpoint; to allow more, "
    "raise max_provisioned_concurrency.",
    unknown=Unknown.LATER,
    settings=ProvisionedConcurrency,
)
def provisioned_concurrency_over_cap(view: View, settings: ProvisionedConcurrency) -> Faults:
    """A function or a serverless endpoint keeps more environments warm than allowed.

    Each is billed by the second, with or without requests.
    """
    cap = settings.max_provisioned_concurrency
    for place in _kept_warm(view):
        if (count := place.number()) is not None and count > cap:
            yield place.fault(f"at most {cap}")


def _kept_warm(view: View) -> Iterator[Property]:
    if view.token == PROVISIONED_CONCURRENCY:
        yield view.get("provisionedConcurrentExecutions")
    elif view.token == SCALING_TARGET:
        if view.get("scalableDimension").text() in _PROVISIONED_DIMENSIONS:
            yield view.get("minCapacity")
    else:
        for variant in view.get("productionVariants").items():
            yield variant.get("serverlessConfig", "provisionedConcurrency")


RULES = (
    tags_missing,
    tags_malformed,
    log_retention,
    idle_accelerator_pool,
    idle_accelerators,
    provisioned_concurrency_over_cap,
)
