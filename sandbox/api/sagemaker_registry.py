"""SageMaker's model registry.

Pulumi has no type for a model package: it is a row of its own, made here alone.
"""

from typing import Any

from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.sagemaker_words import arn_of, found_by_name, given, page
from sandbox.api.spelling import epoch, present
from sandbox.store import Row

__all__ = ["OPERATIONS", "PACKAGE"]

GROUP = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
PACKAGE = "aws:sagemaker/modelPackage:ModelPackage"
_NOT_KEPT = frozenset({"ModelPackageName", "Tags", "ClientToken"})


# ---- groups ----


def _create_group(call: Call) -> dict[str, Any]:
    name = call.text("ModelPackageGroupName")
    arn = arn_of(call.caller, "model-package-group", name)
    taken = ("ValidationException", f"Model Package Group already exists: {arn}")
    writing.make(call, GROUP, given(call, GROUP), taken=taken)
    return {"ModelPackageGroupArn": arn}


def _describe_group(call: Call) -> dict[str, Any]:
    return _group_summary(call, _group(call, "ModelPackageGroupName")) | {"CreatedBy": {}}


def _list_groups(call: Call) -> dict[str, Any]:
    rows = call.all(GROUP)
    return page(call, "ModelPackageGroupSummaryList", rows, lambda row: _group_summary(call, row))


def _delete_group(call: Call) -> dict[str, Any]:
    row = _group(call, "ModelPackageGroupName")
    if any(each.live["ModelPackageGroupName"] == row.name for each in call.all(PACKAGE)):
        raise AwsError("ConflictException", "Model Package Group is not empty.")
    writing.remove(call, row)
    return {}


def _group_summary(call: Call, row: Row) -> dict[str, Any]:
    return present(
        {
            "ModelPackageGroupName": row.name,
            "ModelPackageGroupArn": arn_of(call.caller, "model-package-group", row.name),
            "ModelPackageGroupDescription": row.inputs.get("modelPackageGroupDescription"),
            "CreationTime": epoch(row.created),
            "ModelPackageGroupStatus": "Completed",
        }
    )


def _group(call: Call, parameter: str) -> Row:
    return found_by_name(call, GROUP, parameter, "model-package-group", "model package group")


# ---- packages ----


def _register(call: Call) -> dict[str, Any]:
    """A package of a group is its next version; one of its own has a name instead."""
    asked = {k: v for k, v in call.parameters.items() if k not in _NOT_KEPT}
    name = call.parameters.get("ModelPackageName")
    if "ModelPackageGroupName" in asked:
        group = _group(call, "ModelPackageGroupName").name
        with call.store.transaction():
            rows = [r for r in call.all(PACKAGE) if r.live.get("ModelPackageGroupName") == group]
            version = max((r.live["ModelPackageVersion"] for r in rows), default=0) + 1
            asked |= {"ModelPackageGroupName": group, "ModelPackageVersion": version}
            asked.setdefault("ModelApprovalStatus", "PendingManualApproval")
            return _insert(call, f"{group}/{version}", asked)
    if not isinstance(name, str):
        raise AwsError("ValidationException", "ModelPackageName or ModelPackageGroupName is needed")
    return _insert(call, name, {**asked, "ModelPackageName": name})


def _insert(call: Call, name: str, live: dict[str, Any]) -> dict[str, Any]:
    arn = arn_of(call.caller, "model-package", name)
    if call.store.get("aws", PACKAGE, arn, account=call.caller.account) is not None:
        raise AwsError("ValidationException", f"Model Package already exists: {arn}")
    row = Row(
        provider="aws",
        token=PACKAGE,
        id=arn,
        name=name,
        account=call.caller.account,
        region=call.caller.region,
        live=live,
    )
    call.store.insert(row, operation="register")
    return {"ModelPackageArn": arn}


def _describe_package(call: Call) -> dict[str, Any]:
    row = _package(call, "ModelPackageName")
    return {
        **row.live,
        **_package_summary(row),
        "ModelPackageName": row.name,
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "LastModifiedTime": epoch(row.updated),
    }


def _update_package(call: Call) -> dict[str, Any]:
    row = _package(call, "ModelPackageArn")
    changes = {
        name: call.parameters[name]
        for name in ("ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification")
        if name in call.parameters
    }
    properties: dict[str, str] = dict(row.live.get("CustomerMetadataProperties") or {})
    properties |= call.members("CustomerMetadataProperties")
    for name in call.items("CustomerMetadataPropertiesToRemove"):
        properties.pop(name, None)
    if properties:
        changes["CustomerMetadataProperties"] = properties
    scope = {"account": row.account, "region": row.region}
    call.store.update(
        *("aws", PACKAGE, row.id),
        lambda current: current.replace(live={**current.live, **changes}),
        **scope,
    )
    return {"ModelPackageArn": row.id}


def _list_packages(call: Call) -> dict[str, Any]:
    group = call.parameters.get("ModelPackageGroupName")
    group = str(group).rpartition("/")[2] if group else None
    status = call.parameters.get("ModelApprovalStatus")
    rows = [
        row
        for row in call.all(PACKAGE)
        if row.live.get("ModelPackageGroupName") == group
        and status in (None, row.live.get("ModelApprovalStatus"))
    ]
    return page(call, "ModelPackageSummaryList", rows, _package_summary)


def _delete_package(call: Call) -> dict[str, Any]:
    call.store.remove(_package(call, "ModelPackageName"))
    return {}


def _package_summary(row: Row) -> dict[str, Any]:
    kept = ("ModelPackageGroupName", "ModelPackageVersion", "ModelPackageDescription")
    return present(
        {
            **{name: row.live.get(name) for name in (*kept, "ModelApprovalStatus")},
            "ModelPackageArn": row.id,
            "CreationTime": epoch(row.created),
            "ModelPackageStatus": "Completed",
        }
    )


def _package(call: Call, parameter: str) -> Row:
    name = call.text(parameter)
    arn = name if name.startswith("arn:") else arn_of(call.caller, "model-package", name)
    scope = {"account": call.caller.account, "region": call.caller.region}
    row = call.store.get("aws", PACKAGE, arn, **scope)
    if row is None:
        raise AwsError("ValidationException", f"ModelPackage {arn} does not exist.")
    return row


OPERATIONS: dict[str, Operation] = {
    "CreateModelPackage": Operation(_register, PACKAGE),
    "CreateModelPackageGroup": Operation(_create_group, GROUP),
    "DeleteModelPackage": Operation(_delete_package, PACKAGE),
    "DeleteModelPackageGroup": Operation(_delete_group, GROUP),
    "DescribeModelPackage": Operation(_describe_package, PACKAGE),
    "DescribeModelPackageGroup": Operation(_describe_group, GROUP),
    "ListModelPackageGroups": Operation(_list_groups, GROUP),
    "ListModelPackages": Operation(_list_packages, PACKAGE),
    "UpdateModelPackage": Operation(_update_package, PACKAGE),
}
