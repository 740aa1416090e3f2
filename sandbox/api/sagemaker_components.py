"""SageMaker's inference components.

One is what `aws:cloudcontrol/resource:Resource` made of `AWS::SageMaker::InferenceComponent`, or
CreateInferenceComponent here; both are the same row.
"""

import json
from typing import Any

from sandbox import eventual
from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.sagemaker_words import arn_of, page
from sandbox.api.spelling import epoch, present
from sandbox.clouds.aws import inference_components as components
from sandbox.clouds.aws.cloudformation import PROPERTY, RESOURCE, state_of
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["OPERATIONS"]

# About as long as one copy takes to start, or a rolling update of a few.
_SCALE_SECONDS = 120
_ROLL_SECONDS = 600


def _create(call: Call) -> dict[str, Any]:
    name = call.text("InferenceComponentName")
    arn = arn_of(call.caller, "inference-component", name)
    inputs = {"typeName": components.TYPE, PROPERTY: json.dumps(call.parameters)}
    taken = ("ValidationException", f'Cannot create already existing inference component "{arn}".')
    writing.make(call, RESOURCE, inputs, taken=taken)
    return {"InferenceComponentArn": arn}


def _describe(call: Call) -> dict[str, Any]:
    row = _found(call)
    live = row.live
    specification = mapped(live.get("specification"))
    container = mapped(specification.get("Container"))
    if "Image" in container:
        rest = {name: item for name, item in container.items() if name != "Image"}
        image = {"DeployedImage": {"SpecifiedImage": container["Image"]}}
        specification = {**specification, "Container": {**rest, **image}}
    return present(
        {
            **_summary(call, row),
            "Specification": specification,
            "RuntimeConfig": {
                "DesiredCopyCount": live.get("desired_copies", 0),
                "CurrentCopyCount": live.get("current_copies", 0),
            },
            "FailureReason": live.get("failure_reason"),
            "LastDeploymentConfig": live.get("deployment") or None,
        }
    )


def _list(call: Call) -> dict[str, Any]:
    asked = {"EndpointNameEquals": "endpoint", "VariantNameEquals": "variant"}
    status = call.parameters.get("StatusEquals")
    rows = [
        row
        for row in _all(call)
        if all(call.parameters.get(k) in (None, row.live.get(v)) for k, v in asked.items())
        and status in (None, row.live.get("status"))
    ]
    return page(call, "InferenceComponents", rows, lambda row: _summary(call, row))


def _update(call: Call) -> dict[str, Any]:
    """A rolling update to another specification; copies only where they are asked for."""
    row = _found(call)
    specification = call.members("Specification")
    deployment = call.members("DeploymentConfig")
    asked = writing.asked_of(call, row)
    state = {"InferenceComponentName": row.name, "EndpointName": row.live.get("endpoint")}
    writing.refuse(components.specified(asked, {**state, "Specification": specification}))

    def change(current: Row) -> Row:
        _refuse_unless_in_service(call, current)
        before = dict(current.live)
        copies = call.members("RuntimeConfig").get("CopyCount")
        if copies is not None:
            before["desired_copies"] = int(copies)
        if call.rolls_back:
            reason = "The update was rolled back: a copy did not pass the health checks."
            final = {**before, "deployment": deployment, "failure_reason": reason}
        elif specification:
            final = components.rolled(asked, before, specification, deployment, current.name)
        else:
            final = components.placed(asked, before, current.name)
        return _passing(current, final, _ROLL_SECONDS)

    return _changed(call, row, change)


def _scale(call: Call) -> dict[str, Any]:
    """Another number of copies."""
    row = _found(call)
    copies = call.members("DesiredRuntimeConfig").get("CopyCount")
    if not isinstance(copies, int) or copies < 0:
        raise AwsError("ValidationException", "CopyCount: a whole number, 0 or more")
    asked = writing.asked_of(call, row)

    def change(current: Row) -> Row:
        _refuse_unless_in_service(call, current)
        wanted = {**current.live, "desired_copies": copies}
        final = components.placed(asked, wanted, current.name)
        return _passing(current, final, _SCALE_SECONDS)

    return _changed(call, row, change)


def _delete(call: Call) -> dict[str, Any]:
    writing.remove(call, _found(call))
    return {}


def _passing(current: Row, final: dict[str, Any], seconds: float) -> Row:
    """On the way to what it will be, serving what it served."""
    kept = ("specification", "current_copies", "failure_reason")
    meanwhile = {"status": "Updating", **{name: current.live.get(name) for name in kept}}
    meanwhile = {name: value for name, value in meanwhile.items() if value is not None}
    begun = current.replace(live={"status": "InService", **final})
    return eventual.begun(begun, eventual.Transition(seconds, live=meanwhile))


def _changed(call: Call, row: Row, change: Any) -> dict[str, Any]:  # noqa: ANN401 - of a row
    scope = {"account": row.account, "region": row.region}
    call.store.update("aws", RESOURCE, row.id, change, **scope, operation="component")
    return {"InferenceComponentArn": arn_of(call.caller, "inference-component", row.name)}


def _refuse_unless_in_service(call: Call, row: Row) -> None:
    status = row.live.get("status", "InService")
    if status != "InService":
        arn = arn_of(call.caller, "inference-component", row.name)
        verb = "failed" if status == "Failed" else "in-progress"
        raise AwsError("ValidationException", f'Cannot update {verb} inference component "{arn}".')


def _summary(call: Call, row: Row) -> dict[str, Any]:
    endpoint = str(row.live.get("endpoint"))
    return present(
        {
            "InferenceComponentName": row.name,
            "InferenceComponentArn": arn_of(call.caller, "inference-component", row.name),
            "EndpointName": endpoint,
            "EndpointArn": arn_of(call.caller, "endpoint", endpoint),
            "VariantName": row.live.get("variant") or state_of(row.inputs).get("VariantName"),
            "InferenceComponentStatus": row.live.get("status", "InService"),
            "CreationTime": epoch(row.created),
            "LastModifiedTime": epoch(row.updated),
        }
    )


def _found(call: Call) -> Row:
    name = call.text("InferenceComponentName")
    for row in _all(call):
        if row.name == name:
            return row
    arn = arn_of(call.caller, "inference-component", name)
    raise AwsError("ValidationException", f'Could not find inference component "{arn}".')


def _all(call: Call) -> list[Row]:
    rows = call.all(RESOURCE)
    return [row for row in rows if components.is_component(row.inputs)]


OPERATIONS: dict[str, Operation] = {
    "CreateInferenceComponent": Operation(_create, RESOURCE),
    "DeleteInferenceComponent": Operation(_delete, RESOURCE),
    "DescribeInferenceComponent": Operation(_describe, RESOURCE),
    "ListInferenceComponents": Operation(_list, RESOURCE),
    "UpdateInferenceComponent": Operation(_update, RESOURCE),
    "UpdateInferenceComponentRuntimeConfig": Operation(_scale, RESOURCE),
}
