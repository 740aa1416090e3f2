"""Asks that SageMaker's batch transform cannot honour."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.aws_schedules import aws_schedule
from facts.capabilities.sagemaker_batch import TARGET
from facts.sagemaker import TRANSFORM, TRANSFORM_SOURCE, nearest
from facts.sagemaker_batch import CREATE, PAYLOAD_MIB
from facts.schedules import wrong_schedule
from stacks.settings.capabilities import sagemaker_shared
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.problems import Problem, shown
from stacks.settings.sagemaker_batch import SageMakerBatch
from stacks.settings.validate import PlaceOf

__all__ = ["RULES", "Transform"]

_USUAL_PAYLOAD_MIB: Final = 6


@dataclass(frozen=True, slots=True)
class Transform:
    """A batch transform's settings, and where each of them is written."""

    settings: SageMakerBatch
    where: PlaceOf


def _instance_type(asked: Transform) -> Iterator[Problem]:
    got = asked.settings.instance_type
    if got not in TRANSFORM:
        yield refuse(
            "sagemaker_batch/request",
            ("instance_type",),
            got,
            asked,
            allowed="an instance type of batch transform",
            close=nearest(got, TRANSFORM),
            source=TRANSFORM_SOURCE,
        )


def _payload(asked: Transform) -> Iterator[Problem]:
    at_once, payload = asked.settings.max_concurrent_transforms, asked.settings.max_payload_mib
    megabytes = _USUAL_PAYLOAD_MIB if payload is None else payload
    if at_once is not None and not PAYLOAD_MIB.allows(at_once * megabytes):
        yield refuse(
            "sagemaker_batch/request",
            ("max_concurrent_transforms",),
            at_once,
            asked,
            allowed=f"at most {PAYLOAD_MIB.maximum:g} MB together, with max_payload_mib "
            f"{megabytes}",
            source=PAYLOAD_MIB.source,
        )


def _strategy(asked: Transform) -> Iterator[Problem]:
    run = asked.settings
    if run.batch_strategy == "multi_record" and run.split_type in {None, "none"}:
        yield refuse(
            "sagemaker_batch/request",
            ("batch_strategy",),
            run.batch_strategy,
            asked,
            allowed="single_record, or split_type: line, recordio or tfrecord beside it",
            source=CREATE,
        )


def _schedule(asked: Transform) -> Iterator[Problem]:
    run = asked.settings
    if run.schedule is not None:
        if not wrong_schedule(run.schedule) and not aws_schedule(run.schedule):
            yield refuse("sagemaker/schedule", ("schedule",), run.schedule, asked)
        if run.timeout_seconds is not None:
            path = ("timeout_seconds",)
            yield refuse("sagemaker_batch/timeout", path, run.timeout_seconds, asked)
    elif run.dead_letter_queue_arn is not None:
        yield Problem(
            asked.where(("dead_letter_queue_arn",)),
            "MS0228",
            "dead_letter_queue_arn",
            f"got {shown(run.dead_letter_queue_arn)}, and there is no schedule",
            fix="remove it, or add `schedule`",
        )


def _places(asked: Transform) -> Iterator[Problem]:
    run = asked.settings
    yield from sagemaker_shared.artifact(asked, ("model", "uri"), run.model.uri)
    for key in ("input_uri", "output_uri", "capture_uri"):
        yield from sagemaker_shared.s3(asked, (key,), getattr(run, key))
    yield from sagemaker_shared.image(asked, ("model", "image"), run.model.image)
    yield from sagemaker_shared.secrets(asked, run.env)


def _server(asked: Transform) -> Iterator[Problem]:
    model = asked.settings.model
    if model.image is None and model.framework is None:
        yield Problem(
            asked.where(("model", "framework"), key=True),
            "MS0205",
            "model.framework",
            "missing: nothing says what does the scoring",
            fix="add `framework: xgboost` or sklearn, or `image: …@sha256:…`",
        )
    elif model.image is None and model.framework not in TARGET.frameworks:
        yield refuse(
            "any/framework",
            ("model", "framework"),
            model.framework,
            asked,
            allowed=", ".join(TARGET.frameworks),
            close=nearest(str(model.framework), TARGET.frameworks),
            source=TARGET.source,
        )


RULES: Final[tuple[Callable[[Transform], Iterator[Problem]], ...]] = (
    _instance_type,
    _payload,
    _strategy,
    _schedule,
    _places,
    _server,
)
