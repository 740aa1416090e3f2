"""Asks of what is around a Lambda function: warm instances, packages, callers, domain."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from facts.lambda_serving import (
    VARIABLES_BYTES,
    WARM_USE_PERCENT,
    own_variables,
    sends_by,
    variables_bytes,
    wrong_variable,
)
from facts.pods import looks_like_a_secret
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.capabilities.sagemaker_scaling import SCALING_KEYS, schedule_problems
from stacks.settings.lambda_cold_start import is_pulled
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.online_features import with_features
from stacks.settings.problems import Problem, shown
from stacks.settings.validate import PlaceOf

__all__ = ["RULES"]

_OF_PACKAGES: Final = ("layers", "runtime_updates", "runtime_version_arn")
_DEAD_LETTERS: Final = ("sqs:", "sns:")
_PAIRS: Final = (("jwt_issuer", "jwt_audience"), ("domain", "certificate_arn"))


@dataclass(frozen=True, slots=True)
class _Bounds:
    min_replicas: int
    max_replicas: int


@dataclass(frozen=True, slots=True)
class _Warm:
    """The warm instances of a model, as schedules bound them."""

    settings: _Bounds
    where: PlaceOf


def _model(asked: Asked) -> LambdaModel | None:
    return asked.settings if isinstance(asked.settings, LambdaModel) else None


def _fewest(model: LambdaModel) -> int:
    """Warm instances: mode provisioned keeps one where min_replicas says none."""
    return model.min_replicas or int(model.cold_start.mode == "provisioned")


def _warm_bounds(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    most = model.max_warm_replicas if model else None
    if model is None or most is None:
        return
    fewest = _fewest(model)
    if not fewest or not fewest <= most <= model.max_replicas:
        allowed = f"{max(1, fewest)} to {model.max_replicas}" if fewest else "none"
        yield refuse("lambda/warm-bounds", ("max_warm_replicas",), most, asked, allowed)


def _scaling(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    metric, target = model.scaling.metric, model.scaling.target
    if metric is not None:
        yield refuse("lambda/scaling", ("scaling", "metric"), metric, asked)
    if target is not None and not WARM_USE_PERCENT.allows(target):
        path, allowed = ("scaling", "target"), str(WARM_USE_PERCENT)
        yield refuse("lambda/scaling", path, target, asked, allowed)


def _schedules(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    fewest = _fewest(model)
    most = max(fewest, model.max_warm_replicas or 0)
    yield from schedule_problems(_Warm(_Bounds(fewest, most), asked.where), model.scaling)
    for number, each in enumerate(model.scaling.schedules):
        path = ("scaling", "schedules", number)
        if each.min_replicas == 0:
            yield refuse("lambda/warm-bounds", (*path, "min_replicas"), 0, asked)
        for key, bound in (
            ("min_replicas", each.min_replicas),
            ("max_replicas", each.max_replicas),
        ):
            if bound is not None and bound > model.max_replicas:
                allowed = f"1 to max_replicas, {model.max_replicas}"
                yield refuse("lambda/warm-bounds", (*path, key), bound, asked, allowed)


def _nothing_scales(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    fewest = _fewest(model)
    if fewest and (model.scaling.schedules or (model.max_warm_replicas or 0) > fewest):
        return
    for key in (*SCALING_KEYS, "schedules"):
        value = getattr(model.scaling, key)
        if value not in (None, []):
            yield Problem(
                asked.where(("scaling", key)),
                "MS0201",
                f"scaling.{key}",
                f"got {shown(value)}, and there are always {fewest} warm instances",
                fix="add max_warm_replicas above min_replicas, or remove it",
            )


def _packages(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.model.image is None:
        return
    for key in _OF_PACKAGES:
        value = getattr(model, key)
        if value not in (None, []):
            yield refuse("lambda/of-packages", (key,), value, asked)


def _runtime(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    manual, version = model.runtime_updates == "manual", model.runtime_version_arn
    if manual != (version is not None):
        yield Problem(
            asked.where(("runtime_version_arn",), key=True),
            "MS0102",
            "runtime_version_arn",
            "missing, and runtime_updates is manual"
            if manual
            else f"got {shown(version)}, and runtime_updates is not manual",
            fix="say both, or neither",
        )


def _failures(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    failures, letters = model.on_failure_arn, model.dead_letter_arn
    if failures is not None and (failures.endswith(".fifo") or not sends_by(failures)):
        yield refuse("lambda/failures", ("on_failure_arn",), failures, asked)
    if letters is None:
        return
    known = sends_by(letters).startswith(_DEAD_LETTERS) and not letters.endswith(".fifo")
    if not known or failures is not None:
        yield refuse("lambda/failures", ("dead_letter_arn",), letters, asked)


def _secrets(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    for name, value in model.environment_variables.items() if model else ():
        if looks_like_a_secret(name, value):
            # The value is not repeated: it may be one.
            path = ("environment_variables", name)
            yield refuse("lambda/secret-in-environment", path, name, asked)


def _variables(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    variables, path = model.environment_variables, ("environment_variables",)
    for name in variables:
        if wrong := wrong_variable(name):
            yield refuse("lambda/variable", (*path, name), name, asked, allowed=wrong)
    # The runtime reads online features from a variable too, and what it has to know of its model.
    told = _own_variables(asked.name, model)
    whole = variables_bytes(told | with_features(dict(variables), model))
    if not VARIABLES_BYTES.allows(whole):
        others = variables_bytes(told | variables)
        by_features = model.features is not None and VARIABLES_BYTES.allows(others)
        own = whole - variables_bytes(variables)
        got = f"{whole} {VARIABLES_BYTES.unit}"
        if own:
            got += f", {own} of them for the runtime itself"
        where = ("features",) if by_features else path
        yield refuse("lambda/variable", where, got, asked, str(VARIABLES_BYTES))


def _own_variables(name: str, model: LambdaModel) -> dict[str, str]:
    """What the component sets beside the file's: nothing for an image that holds its model."""
    newest = model.candidate or model.model
    pulls = is_pulled(model.model.uri)
    if model.model.image is not None and not pulls:
        return {}
    uri = newest.uri if pulls else None
    return own_variables(name, newest.version, uri=uri, digest=newest.digest)


def _pairs(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    for pair in _PAIRS:
        given = [key for key in pair if getattr(model, key) is not None]
        if len(given) == 1:
            missing = pair[1 - pair.index(given[0])]
            yield _missing(asked, missing, given[0])
    if model.zone_id is not None and model.domain is None:
        yield _missing(asked, "domain", "zone_id")


def _missing(asked: Asked, key: str, beside: str) -> Problem:
    return Problem(
        asked.where((key,), key=True),
        "MS0102",
        key,
        f"missing, and {beside} is of no use without it",
        fix=f"add `{key}: …`, or remove {beside}",
    )


RULES: Final[tuple[Rule, ...]] = (
    _warm_bounds,
    _scaling,
    _schedules,
    _nothing_scales,
    _packages,
    _runtime,
    _failures,
    _secrets,
    _variables,
    _pairs,
)
