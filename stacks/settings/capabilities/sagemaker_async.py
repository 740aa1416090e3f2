"""Asks that SageMaker's asynchronous inference cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.sagemaker import HOSTING, nearest
from facts.sagemaker_async import OUTPUT_URI_LENGTH
from stacks.settings.asked import Asked
from stacks.settings.capabilities import sagemaker_shared
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.capabilities.sagemaker_scaling import schedule_problems
from stacks.settings.problems import Problem, shown
from stacks.settings.sagemaker_async import SageMakerAsync

__all__ = ["RULES"]

_KEYS: Final = ("metric", "target", "scale_out_cooldown_seconds", "scale_in_cooldown_seconds")
_MOST: Final = 1_000_000
# What is not said is put below the results.
_FAILURES: Final = "/failures/"


def _model(asked: Asked) -> SageMakerAsync | None:
    return asked.settings if isinstance(asked.settings, SageMakerAsync) else None


def _instance_type(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.instance_type not in HOSTING:
        got, close = model.instance_type, nearest(model.instance_type)
        yield refuse("sagemaker/instance-type", ("instance_type",), got, asked, close=close)


def _places(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    candidate = model.candidate
    found = [(("model", "uri"), model.model.uri)]
    found += [(("candidate", "uri"), candidate.uri)] if candidate is not None else []
    for path, uri in found:
        if uri.startswith("s3:"):
            yield from sagemaker_shared.s3(asked, path, uri)
    yield from sagemaker_shared.s3(asked, ("output_uri",), model.output_uri)
    yield from sagemaker_shared.s3(asked, ("failure_uri",), model.failure_uri)
    yield from sagemaker_shared.s3(asked, ("input_uri",), model.input_uri, folder=True)
    yield from sagemaker_shared.image(asked, ("model", "image"), model.model.image)
    if candidate is not None:
        yield from sagemaker_shared.image(asked, ("candidate", "image"), candidate.image)
    yield from sagemaker_shared.secrets(asked, model.env)


def _lengths(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    more = "" if model.failure_uri else _FAILURES
    for key, uri in (("output_uri", model.output_uri + more), ("failure_uri", model.failure_uri)):
        if uri is not None and not OUTPUT_URI_LENGTH.allows(len(uri)):
            yield Problem(
                asked.where((key,)),
                "MS0106",
                key,
                f"got {shown(uri)}, which is too long for SageMaker",
                allowed=f"{OUTPUT_URI_LENGTH}, {_FAILURES} included",
                fix="a shorter prefix",
                source=OUTPUT_URI_LENGTH.source,
            )


def _scaling(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    scaling = model.scaling
    yield from schedule_problems(asked, scaling)
    if scaling.metric not in {None, "backlog"}:
        yield refuse("sagemaker_async/scaling", ("scaling", "metric"), scaling.metric, asked)
    if scaling.target is not None and not 0.001 <= scaling.target <= _MOST:  # noqa: PLR2004 - the least that the component takes
        path, allowed = ("scaling", "target"), f"0.001 to {_MOST:,}"
        yield refuse("sagemaker_async/scaling", path, scaling.target, asked, allowed)


def _nothing_scales(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.scaling.schedules or model.max_replicas > model.min_replicas:
        return
    for key in _KEYS:
        value = getattr(model.scaling, key)
        if value is not None:
            yield Problem(
                asked.where(("scaling", key)),
                "MS0201",
                f"scaling.{key}",
                f"got {shown(value)}, and there are always {model.min_replicas} instances",
                fix="raise max_replicas, or remove it",
            )


def _no_candidate(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.candidate is not None or model.candidate_replicas is None:
        return
    yield Problem(
        asked.where(("candidate_replicas",)),
        "MS0214",
        "candidate_replicas",
        f"got {model.candidate_replicas}, and there is no candidate",
        fix="remove it, or add `candidate: {uri: …, version: …}`",
    )


RULES: Final[tuple[Rule, ...]] = (
    _instance_type,
    _places,
    _lengths,
    _scaling,
    _nothing_scales,
    _no_candidate,
)
