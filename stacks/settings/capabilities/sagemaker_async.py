"""Asks that SageMaker's asynchronous inference cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.sagemaker_async import OUTPUT_URI_LENGTH
from stacks.settings.asked import Asked
from stacks.settings.capabilities import sagemaker_shared
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.capabilities.sagemaker_scaling import nothing_scales, schedule_problems
from stacks.settings.problems import Problem, shown
from stacks.settings.sagemaker_async import SageMakerAsync

__all__ = ["RULES"]

_MOST: Final = 1_000_000
# What is not said is put below the results.
_FAILURES: Final = "/failures/"


def _model(asked: Asked) -> SageMakerAsync | None:
    return asked.settings if isinstance(asked.settings, SageMakerAsync) else None


def _instance_type(asked: Asked) -> Iterator[Problem]:
    if model := _model(asked):
        yield from sagemaker_shared.instance_type(asked, model.instance_type)


def _places(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    yield from sagemaker_shared.artifact(asked, ("model", "uri"), model.model.uri)
    yield from sagemaker_shared.s3(asked, ("output_uri",), model.output_uri)
    yield from sagemaker_shared.s3(asked, ("failure_uri",), model.failure_uri)
    yield from sagemaker_shared.s3(asked, ("input_uri",), model.input_uri, folder=True)
    yield from sagemaker_shared.image(asked, ("model", "image"), model.model.image)
    if (candidate := model.candidate) is not None:
        yield from sagemaker_shared.artifact(asked, ("candidate", "uri"), candidate.uri)
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
    if model := _model(asked):
        yield from nothing_scales(asked, model.scaling)


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
