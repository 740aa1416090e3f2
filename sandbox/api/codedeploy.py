"""CodeDeploy: deployments that move a Lambda alias from one published version to another.

A deployment is a row of its own (`aws:codedeploy/deployment:Deployment`, which Pulumi has no type
for); it outlives its group, as AWS's does. Codes of refusals are those of botocore's API model.
"""

import hashlib
import json
import time
import uuid
from typing import Any, cast

from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.lambda_ import ALIAS, FUNCTION, alias_row
from sandbox.api.spelling import epoch
from sandbox.store import Row

__all__ = ["DEPLOYMENT", "OPERATIONS"]

APPLICATION = "aws:codedeploy/application:Application"
GROUP = "aws:codedeploy/deploymentGroup:DeploymentGroup"
DEPLOYMENT = "aws:codedeploy/deployment:Deployment"

# AWS takes the minutes of the configuration; tests that want to see a shift make it longer.
SHIFT_SECONDS = 0.0
_FIRST_SHARE = 0.1
_ALARM = "One or more alarms have been activated according to the Amazon CloudWatch metrics"


def _create(call: Call) -> dict[str, Any]:
    group = _group(call)
    running = [row for row in _deployments(call, group) if row.live["status"] == "InProgress"]
    if running:
        raise AwsError(
            "DeploymentLimitExceededException",
            f"The Deployment Group '{group.name}' already has an active Deployment "
            f"'{running[0].id}'",
        )
    revision = cast("dict[str, Any]", call.parameters.get("revision") or {})
    alias, moved = _checked(call, revision)
    config = group.inputs.get("deploymentConfigName", "CodeDeployDefault.LambdaAllAtOnce")
    deployment = Row(
        provider="aws",
        token=DEPLOYMENT,
        id="d-" + uuid.uuid4().hex[:9].upper(),
        account=call.caller.account,
        region=call.caller.region,
        live={
            "status": "InProgress",
            "application": call.text("applicationName"),
            "group": group.name,
            "config": config,
            "description": call.parameters.get("description", ""),
            "revision": revision,
            "alias": alias.id,
            "target": moved["TargetVersion"],
            "settles_at": time.time() + SHIFT_SECONDS,
            "settles_back": call.rolls_back,
        },
    )
    call.store.insert(deployment, operation="deploy")
    weights = {"additionalVersionWeights": {moved["TargetVersion"]: _FIRST_SHARE}}
    _move(call, alias.id, moved["CurrentVersion"], weights)
    _settled(call, deployment)
    return {"deploymentId": deployment.id}


def _get(call: Call) -> dict[str, Any]:
    found = call.text("deploymentId")
    scope = {"account": call.caller.account, "region": call.caller.region}
    row = call.store.get("aws", DEPLOYMENT, found, **scope)
    if row is None:
        raise AwsError("DeploymentDoesNotExistException", f"The deployment {found} does not exist")
    row = _settled(call, row)
    live = row.live
    info: dict[str, Any] = {
        "applicationName": live["application"],
        "deploymentGroupName": live["group"],
        "deploymentConfigName": live["config"],
        "deploymentId": row.id,
        "description": live["description"],
        "revision": live["revision"],
        "status": live["status"],
        "createTime": epoch(row.created),
        "creator": "user",
        "computePlatform": "Lambda",
    }
    if live["status"] != "InProgress":
        info["completeTime"] = epoch(row.updated)
    if live["status"] == "Failed":
        info["errorInformation"] = {"code": "ALARM_ACTIVE", "message": _ALARM}
    return {"deploymentInfo": info}


def _list(call: Call) -> dict[str, Any]:
    wanted = call.parameters.get("includeOnlyStatuses")
    rows = _deployments(call, _group(call))
    return {"deployments": [row.id for row in rows if not wanted or row.live["status"] in wanted]}


def _deployments(call: Call, group: Row) -> list[Row]:
    rows = call.store.list(
        "aws", DEPLOYMENT, account=call.caller.account, region=call.caller.region
    )
    own = [row for row in rows if row.live["group"] == group.name]
    return [_settled(call, row) for row in own]


def _group(call: Call) -> Row:
    application, name = call.text("applicationName"), call.text("deploymentGroupName")
    if call.named(APPLICATION, application) is None:
        raise AwsError(
            "ApplicationDoesNotExistException", f"No application found for name: {application}"
        )
    group = call.named(GROUP, name)
    if group is None or group.inputs.get("appName") != application:
        raise AwsError(
            "DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {name}"
        )
    return group


def _checked(call: Call, revision: dict[str, Any]) -> tuple[Row, dict[str, str]]:
    """The alias that a revision is about, and what it says, once all of it is true."""
    spec = cast("dict[str, Any]", revision.get("appSpecContent") or {})
    content = str(spec.get("content", ""))
    if revision.get("revisionType") != "AppSpecContent" or not content:
        raise AwsError("InvalidRevisionException", "The sandbox takes AppSpecContent alone.")
    if spec.get("sha256") not in (None, hashlib.sha256(content.encode()).hexdigest()):
        raise AwsError("InvalidRevisionException", "sha256 is not that of the content.")
    try:
        (resource,) = json.loads(content)["Resources"]
        ((_, declared),) = resource.items()
        said = cast("dict[str, str]", declared["Properties"])
        name, alias_name = said["Name"], said["Alias"]
        current, target = said["CurrentVersion"], said["TargetVersion"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AwsError("InvalidRevisionException", "The AppSpec is not one of Lambda.") from error
    function = call.named(FUNCTION, name)
    alias = alias_row(call, name, alias_name)
    if function is None or alias is None:
        raise AwsError("InvalidRevisionException", f"No alias {name}:{alias_name}.")
    if target not in function.live.get("versions", []):
        raise AwsError("InvalidRevisionException", f"{name} has no version {target}.")
    at = alias.inputs.get("functionVersion")
    if current != at or current == target:
        raise AwsError(
            "InvalidRevisionException", f"{alias_name} is at {at}; got {current} to {target}."
        )
    return alias, said


def _settled(call: Call, row: Row) -> Row:
    """The deployment after its shift, once that time has come."""
    if row.live["status"] != "InProgress" or time.time() < row.live["settles_at"]:
        return row
    back = row.live["settles_back"]
    _move(call, row.live["alias"], None if back else row.live["target"], None)
    status = "Failed" if back else "Succeeded"
    return call.store.update(
        *("aws", DEPLOYMENT, row.id),
        lambda now: now.replace(live={**now.live, "status": status}),
        account=row.account,
        region=row.region,
        operation="settle",
    )


def _move(call: Call, alias: str, version: str | None, routing: dict[str, Any] | None) -> None:
    """Set an alias's version (None leaves it) and weights (None takes them away)."""

    def change(row: Row) -> Row:
        inputs = {name: value for name, value in row.inputs.items() if name != "routingConfig"}
        inputs |= {"functionVersion": version} if version else {}
        return row.replace(inputs=inputs | ({"routingConfig": routing} if routing else {}))

    scope = {"account": call.caller.account, "region": call.caller.region}
    call.store.update("aws", ALIAS, alias, change, **scope, operation="shift")


OPERATIONS: dict[str, Operation] = {
    # Rules name the alias: it is what a deployment that goes wrong does not move.
    "CreateDeployment": Operation(_create, ALIAS),
    "GetDeployment": Operation(_get, DEPLOYMENT),
    "ListDeployments": Operation(_list, DEPLOYMENT),
}
