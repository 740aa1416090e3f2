"""CodeDeploy: deployments that move a Lambda alias from one published version to another.

A deployment is a row of its own (`aws:codedeploy/deployment:Deployment`, which Pulumi has no type
for); it outlives its group, as AWS's does. Codes of refusals are those of botocore's API model.
"""

import hashlib
import json
import time
import uuid
from typing import Any, cast

from sandbox import eventual
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.lambda_words import ALIAS, FUNCTION, alias_row
from sandbox.api.spelling import epoch, present
from sandbox.store import Row
from sandbox.values import listed, mapped

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
    revision = call.members("revision")
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
            "since": time.time(),
            "seconds": SHIFT_SECONDS,
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
    application, name = _application(call).name, call.text("deploymentGroupName")
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
    over = eventual.is_over(row.live["since"], row.live["seconds"])
    if row.live["status"] != "InProgress" or not over:
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


def _get_application(call: Call) -> dict[str, Any]:
    row = _application(call)
    return {
        "application": {
            "applicationId": row.outputs.get("applicationId", ""),
            "applicationName": row.name,
            "createTime": epoch(row.created),
            "linkedToGitHub": False,
            "computePlatform": row.inputs.get("computePlatform", "Server"),
        }
    }


def _list_applications(call: Call) -> dict[str, Any]:
    scope = {"account": call.caller.account, "region": call.caller.region}
    return {"applications": [row.name for row in call.store.list("aws", APPLICATION, **scope)]}


def _get_group(call: Call) -> dict[str, Any]:
    group = _group(call)
    known = {**group.outputs, **group.inputs}
    kept = ("deploymentConfigName", "serviceRoleArn", "autoRollbackConfiguration")
    more = ("deploymentStyle", "outdatedInstancesStrategy", "terminationHookEnabled")
    return {
        "deploymentGroupInfo": present(
            {
                **{name: known.get(name) for name in (*kept, *more)},
                "applicationName": known.get("appName"),
                "deploymentGroupId": group.id,
                "deploymentGroupName": group.name,
                "computePlatform": known.get("computePlatform"),
                "alarmConfiguration": _alarms(known.get("alarmConfiguration")),
                "triggerConfigurations": [
                    {
                        "triggerName": each["triggerName"],
                        "triggerTargetArn": each["triggerTargetArn"],
                        "triggerEvents": each["triggerEvents"],
                    }
                    for each in map(mapped, listed(known.get("triggerConfigurations")))
                ],
                **_last(call, group),
            }
        )
    }


def _alarms(given: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Pulumi has the names alone, the API objects."""
    if not isinstance(given, dict):
        return None
    config = cast("dict[str, Any]", given)
    return {**config, "alarms": [{"name": name} for name in listed(config.get("alarms"))]}


def _last(call: Call, group: Row) -> dict[str, Any]:
    """The last deployment, and the last one that succeeded."""
    rows = sorted(_deployments(call, group), key=lambda row: row.created)
    found: dict[str, Any] = {}
    for row in rows:
        one = {
            "deploymentId": row.id,
            "status": row.live["status"],
            "createTime": epoch(row.created),
            "endTime": epoch(row.updated),
        }
        found["lastAttemptedDeployment"] = one
        if row.live["status"] == "Succeeded":
            found["lastSuccessfulDeployment"] = one
    return found


def _list_groups(call: Call) -> dict[str, Any]:
    application = _application(call)
    scope = {"account": call.caller.account, "region": call.caller.region}
    rows = call.store.list("aws", GROUP, **scope)
    own = [row.name for row in rows if row.inputs.get("appName") == application.name]
    return {"applicationName": application.name, "deploymentGroups": own}


def _stop(call: Call) -> dict[str, Any]:
    found = call.text("deploymentId")
    scope = {"account": call.caller.account, "region": call.caller.region}
    row = call.store.get("aws", DEPLOYMENT, found, **scope)
    if row is None:
        raise AwsError("DeploymentDoesNotExistException", f"The deployment {found} does not exist")
    row = _settled(call, row)
    if row.live["status"] != "InProgress":
        raise AwsError("DeploymentAlreadyCompletedException", f"{found} is {row.live['status']}")
    _move(call, row.live["alias"], None, None)
    call.store.update(
        *("aws", DEPLOYMENT, row.id),
        lambda now: now.replace(live={**now.live, "status": "Stopped"}),
        **scope,
        operation="stop",
    )
    return {"status": "Succeeded", "statusMessage": "No more traffic is shifted"}


def _application(call: Call) -> Row:
    name = call.text("applicationName")
    row = call.named(APPLICATION, name)
    if row is None:
        raise AwsError("ApplicationDoesNotExistException", f"No application found for name: {name}")
    return row


OPERATIONS: dict[str, Operation] = {
    # Rules name the alias: it is what a deployment that goes wrong does not move.
    "CreateDeployment": Operation(_create, ALIAS),
    "GetApplication": Operation(_get_application, APPLICATION),
    "GetDeployment": Operation(_get, DEPLOYMENT),
    "GetDeploymentGroup": Operation(_get_group, GROUP),
    "ListApplications": Operation(_list_applications, APPLICATION),
    "ListDeploymentGroups": Operation(_list_groups, GROUP),
    "StopDeployment": Operation(_stop, DEPLOYMENT),
    "ListDeployments": Operation(_list, DEPLOYMENT),
}
