"""Application Auto Scaling: scalable targets, their policies and scheduled actions."""

from typing import Any

from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.spelling import epoch, pascal, present, pulumi
from sandbox.store import Row

__all__ = ["OPERATIONS"]

TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
_KEY = {
    "serviceNamespace": "ServiceNamespace",
    "resourceId": "ResourceId",
    "scalableDimension": "ScalableDimension",
}
_POLICIES = (
    "targetTrackingScalingPolicyConfiguration",
    "stepScalingPolicyConfiguration",
    "predictiveScalingPolicyConfiguration",
)
_NO_TARGET = ("ObjectNotFoundException", "No scalable target registered for")


# ---- targets ----


def _register(call: Call) -> dict[str, Any]:
    """As the API has it: what is registered is changed, and keeps what is not given."""
    row = _target(call)
    inputs = _given(call, TARGET)
    if call.parameters.get("Tags"):
        inputs["tags"] = call.parameters["Tags"]
    if "RoleARN" in call.parameters:
        inputs["roleArn"] = call.parameters["RoleARN"]
    if row is None:
        for name in ("minCapacity", "maxCapacity"):
            if name not in inputs:
                reason = f"{name} is required to register a new scalable target"
                raise AwsError("ValidationException", reason)
        row = writing.make(call, TARGET, inputs, taken=("ValidationException", ""))
    else:
        row = writing.change(call, row, inputs)
    return {"ScalableTargetARN": row.outputs["arn"]}


def _describe_targets(call: Call) -> dict[str, Any]:
    wanted = call.parameters.get("ResourceIds")
    rows = [row for row in _asked(call, TARGET) if not wanted or row.inputs["resourceId"] in wanted]
    suspended = ("dynamicScalingInSuspended", "dynamicScalingOutSuspended")
    return {
        "ScalableTargets": [
            {
                **_key(row),
                "MinCapacity": row.inputs.get("minCapacity"),
                "MaxCapacity": row.inputs.get("maxCapacity"),
                "RoleARN": row.inputs.get("roleArn") or row.outputs.get("roleArn"),
                "ScalableTargetARN": row.outputs.get("arn"),
                "CreationTime": epoch(row.created),
                "SuspendedState": pascal(
                    dict.fromkeys((*suspended, "scheduledScalingSuspended"), False)
                    | (row.inputs.get("suspendedState") or {})
                ),
            }
            for row in rows
        ]
    }


def _list_tags(call: Call) -> dict[str, Any]:
    arn = call.text("ResourceARN")
    for row in call.store.list("aws", TARGET, account=call.caller.account):
        if row.outputs.get("arn") == arn:
            return {"Tags": row.outputs.get("tagsAll") or row.inputs.get("tags") or {}}
    raise AwsError("ResourceNotFoundException", f"No resource found for {arn}")


def _deregister(call: Call) -> dict[str, Any]:
    writing.remove(call, _registered(call))
    return {}


# ---- policies ----


def _put_policy(call: Call) -> dict[str, Any]:
    name = call.text("PolicyName")
    _registered(call)
    inputs = {**_given(call, POLICY), "name": name}
    row = _named(call, POLICY, name)
    if row is None:
        row = writing.make(call, POLICY, inputs, taken=("ValidationException", ""))
    else:
        row = writing.change(call, row, {**dict.fromkeys(_POLICIES), **inputs})
    return {"PolicyARN": row.outputs["arn"], "Alarms": []}


def _describe_policies(call: Call) -> dict[str, Any]:
    names = call.parameters.get("PolicyNames")
    return {
        "ScalingPolicies": [
            present(
                {
                    **_key(row),
                    "PolicyARN": row.outputs.get("arn"),
                    "PolicyName": row.name,
                    "PolicyType": row.inputs.get("policyType", "StepScaling"),
                    "Alarms": [],
                    "CreationTime": epoch(row.created),
                    **pascal({key: row.inputs[key] for key in _POLICIES if key in row.inputs}),
                }
            )
            for row in _asked(call, POLICY)
            if not names or row.name in names
        ]
    }


def _delete_policy(call: Call) -> dict[str, Any]:
    row = _named(call, POLICY, call.text("PolicyName"))
    if row is None:
        raise AwsError("ObjectNotFoundException", "No scaling policy found for this name.")
    writing.remove(call, row)
    return {}


def _describe_activities(call: Call) -> dict[str, Any]:
    """None: nothing scales by itself in the sandbox."""
    del call
    return {"ScalingActivities": []}


# ---- scheduled actions ----


def _put_action(call: Call) -> dict[str, Any]:
    name = call.text("ScheduledActionName")
    _registered(call)
    inputs = {**_given(call, ACTION), "name": name}
    row = _named(call, ACTION, name)
    if row is None:
        writing.make(call, ACTION, inputs, taken=("ValidationException", ""))
    else:
        writing.change(call, row, inputs)
    return {}


def _describe_actions(call: Call) -> dict[str, Any]:
    names = call.parameters.get("ScheduledActionNames")
    kept = ("schedule", "timezone", "scalableTargetAction")
    return {
        "ScheduledActions": [
            {
                **_key(row),
                "ScheduledActionName": row.name,
                "ScheduledActionARN": row.outputs.get("arn", ""),
                "CreationTime": epoch(row.created),
                **pascal({key: row.inputs[key] for key in kept if key in row.inputs}),
            }
            for row in _asked(call, ACTION)
            if not names or row.name in names
        ]
    }


def _delete_action(call: Call) -> dict[str, Any]:
    row = _named(call, ACTION, call.text("ScheduledActionName"))
    if row is None:
        raise AwsError("ObjectNotFoundException", "No scheduled action found for this name.")
    writing.remove(call, row)
    return {}


# ---- inside ----


def _given(call: Call, token: str) -> dict[str, Any]:
    return pulumi(call.parameters, writing.declared(token), writing.library())


def _key(row: Row) -> dict[str, Any]:
    return {theirs: row.inputs.get(ours) for ours, theirs in _KEY.items()}


def _asked(call: Call, token: str) -> list[Row]:
    """Rows of the namespace, and of resource and dimension where they are given."""
    rows = call.all(token)
    return [
        row
        for row in rows
        if all(
            call.parameters.get(theirs) in (None, row.inputs.get(ours))
            for ours, theirs in _KEY.items()
        )
    ]


def _target(call: Call) -> Row | None:
    for name in _KEY.values():
        call.text(name)
    return next(iter(_asked(call, TARGET)), None)


def _registered(call: Call) -> Row:
    row = _target(call)
    if row is None:
        code, text = _NO_TARGET
        words = ", ".join(f"{theirs}: {call.text(theirs)}" for theirs in _KEY.values())
        raise AwsError(code, f"{text} {words}")
    return row


def _named(call: Call, token: str, name: str) -> Row | None:
    return next((row for row in _asked(call, token) if row.name == name), None)


OPERATIONS: dict[str, Operation] = {
    "DeleteScalingPolicy": Operation(_delete_policy, POLICY),
    "DeleteScheduledAction": Operation(_delete_action, ACTION),
    "DeregisterScalableTarget": Operation(_deregister, TARGET),
    "DescribeScalableTargets": Operation(_describe_targets, TARGET),
    "DescribeScalingActivities": Operation(_describe_activities, TARGET),
    "DescribeScalingPolicies": Operation(_describe_policies, POLICY),
    "DescribeScheduledActions": Operation(_describe_actions, ACTION),
    "ListTagsForResource": Operation(_list_tags, TARGET),
    "PutScalingPolicy": Operation(_put_policy, POLICY),
    "PutScheduledAction": Operation(_put_action, ACTION),
    "RegisterScalableTarget": Operation(_register, TARGET),
}
