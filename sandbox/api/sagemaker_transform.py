"""SageMaker: batch transform jobs. Pulumi has no type for them: they are rows of their own.

A job takes ten minutes of the cloud's time, scaled down as all times here, and has then ended; it
is never deleted. What is checked: the members by the API model, the model's existence, and what
CreateTransformJob's page says of the payload. A rule `silent_rollback` makes a job fail.
"""

from typing import Any, Final

from sandbox import eventual
from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.sagemaker_words import MODEL, TRANSFORM_JOB, arn_of, page
from sandbox.api.shapes import refuse_wrong
from sandbox.api.spelling import epoch, present
from sandbox.clouds.aws import access
from sandbox.store import Row
from sandbox.values import at, mapped

__all__ = ["OPERATIONS"]

_SECONDS: Final = 600
_STOPPING_SECONDS: Final = 60
_NOT_KEPT: Final = frozenset({"Tags", "ExperimentConfig"})
_MOST_PAYLOAD_MB: Final = 100
_USUAL_PAYLOAD_MB: Final = 6


def _create(call: Call) -> dict[str, Any]:
    name = call.text("TransformJobName")
    arn = arn_of(call.caller, "transform-job", name)
    _check(call)
    scope = {"account": call.caller.account, "region": call.caller.region}
    with call.store.transaction():
        if call.store.get("aws", TRANSFORM_JOB, name, **scope) is not None:
            raise AwsError(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this"
                f" name already exists ({arn})",
            )
        described = {k: v for k, v in call.parameters.items() if k not in _NOT_KEPT}
        failure = "AlgorithmError: The sandbox was told to fail it, exit code: 1"
        ended = {"failure_reason": failure} if call.rolls_back else {}
        row = Row(
            provider="aws",
            token=TRANSFORM_JOB,
            id=name,
            name=name,
            inputs={"tags": {tag["Key"]: tag["Value"] for tag in call.items("Tags")}},
            live={
                "described": described,
                "status": "Failed" if call.rolls_back else "Completed",
                **ended,
            },
            account=call.caller.account,
            region=call.caller.region,
        )
        passing = {"status": "InProgress", "failure_reason": None}
        begun = eventual.begun(row, eventual.Transition(_SECONDS, live=passing))
        call.store.insert(begun, operation="create-outside")
    return {"TransformJobArn": arn}


def _check(call: Call) -> None:
    refuse_wrong("sagemaker", "CreateTransformJob", call.parameters)
    name = call.text("ModelName")
    model = call.named(MODEL, name)
    if model is None:
        arn = arn_of(call.caller, "model", name)
        raise AwsError("ValidationException", f'Could not find model "{arn}".')
    uri = at(call.members("TransformInput"), "DataSource", "S3DataSource", "S3Uri")
    refused = access.input_refusal(writing.asked_of(call, model), model, str(uri))
    if refused:
        raise AwsError("ValidationException", refused)
    payload = call.parameters.get("MaxPayloadInMB", _USUAL_PAYLOAD_MB)
    at_once = call.parameters.get("MaxConcurrentTransforms") or 1
    if payload > _MOST_PAYLOAD_MB or payload * at_once > _MOST_PAYLOAD_MB:
        raise AwsError(
            "ValidationException",
            f"MaxPayloadInMB {payload} times MaxConcurrentTransforms {at_once} must not exceed"
            f" {_MOST_PAYLOAD_MB}",
        )
    split = call.members("TransformInput").get("SplitType", "None")
    if call.parameters.get("BatchStrategy") == "MultiRecord" and split == "None":
        raise AwsError("ValidationException", "BatchStrategy MultiRecord needs a SplitType")


def _describe(call: Call) -> dict[str, Any]:
    row = _job(call)
    status, made = str(row.live["status"]), epoch(row.created)
    return present(
        {
            **mapped(row.live["described"]),
            "TransformJobArn": arn_of(call.caller, "transform-job", row.name),
            "TransformJobStatus": status,
            "FailureReason": row.live.get("failure_reason"),
            "CreationTime": made,
            "TransformStartTime": made,
            "TransformEndTime": _ended(row),
        }
    )


def _ended(row: Row) -> float | None:
    """When a job has ended; None while it moves."""
    if eventual.is_passing(row):
        return None
    return epoch(row.created) + eventual.scale() * _SECONDS


def _stop(call: Call) -> dict[str, Any]:
    row = _job(call)

    def change(current: Row) -> Row:
        if not eventual.is_passing(current):
            raise AwsError(
                "ValidationException",
                f'The job is in status "{current.live["status"]}" and cannot be stopped.',
            )
        final = eventual.settled(current, now=True)
        live = {**final.live, "status": "Stopped"}
        live.pop("failure_reason", None)
        passing = eventual.Transition(_STOPPING_SECONDS, live={"status": "Stopping"})
        return eventual.begun(final.replace(live=live), passing)

    scope = {"account": row.account, "region": row.region}
    call.store.update("aws", TRANSFORM_JOB, row.id, change, **scope, operation="stop")
    return {}


def _list(call: Call) -> dict[str, Any]:
    wanted = call.parameters.get("StatusEquals")
    rows = [row for row in call.all(TRANSFORM_JOB) if wanted in (None, row.live["status"])]
    return page(
        call,
        "TransformJobSummaries",
        rows,
        lambda row: present(
            {
                "TransformJobName": row.name,
                "TransformJobArn": arn_of(call.caller, "transform-job", row.name),
                "CreationTime": epoch(row.created),
                "TransformEndTime": _ended(row),
                "LastModifiedTime": epoch(row.updated),
                "TransformJobStatus": row.live["status"],
                "FailureReason": row.live.get("failure_reason"),
            }
        ),
    )


def _job(call: Call) -> Row:
    name = call.text("TransformJobName")
    row = call.named(TRANSFORM_JOB, name)
    if row is None:
        arn = arn_of(call.caller, "transform-job", name)
        raise AwsError("ValidationException", f'Could not find transform job "{arn}".')
    return row


OPERATIONS: dict[str, Operation] = {
    "CreateTransformJob": Operation(_create, TRANSFORM_JOB),
    "DescribeTransformJob": Operation(_describe, TRANSFORM_JOB),
    "ListTransformJobs": Operation(_list, TRANSFORM_JOB),
    "StopTransformJob": Operation(_stop, TRANSFORM_JOB),
}
