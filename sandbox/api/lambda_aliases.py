"""Lambda: aliases with the weights that they give to versions, and provisioned concurrency."""

import uuid
from typing import Any

from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.lambda_words import ALIAS, alias_row, arn_of, found_function
from sandbox.api.spelling import present
from sandbox.clouds.aws.references import function_name
from sandbox.store import Row

__all__ = ["OPERATIONS"]

PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"


# ---- aliases ----


def _get(call: Call) -> dict[str, Any]:
    return _described(call, _alias(call))


def _list(call: Call) -> dict[str, Any]:
    function = found_function(call).name
    version = call.parameters.get("FunctionVersion")
    prefix = f"{arn_of(call, function)}:"
    rows = call.store.starting("aws", ALIAS, prefix, account=call.caller.account)
    return {
        "Aliases": [
            _described(call, row)
            for row in rows
            if version in (None, row.inputs.get("functionVersion"))
        ]
    }


def _create(call: Call) -> dict[str, Any]:
    function, name = found_function(call).name, call.text("Name")
    inputs = {"name": name, "functionName": function, **_asked(call)}
    taken = ("ResourceConflictException", f"Alias already exists: {arn_of(call, function)}:{name}")
    return _described(call, writing.make(call, ALIAS, inputs, taken=taken))


def _update(call: Call) -> dict[str, Any]:
    row = _alias(call)
    revision = call.parameters.get("RevisionId")
    if revision not in (None, _revision(row)):
        raise AwsError("PreconditionFailedException", "The RevisionId provided does not match", 412)
    return _described(call, writing.change(call, row, _asked(call)))


def _delete(call: Call) -> dict[str, Any]:
    """Deleting an alias that is not there is no error (API_DeleteAlias)."""
    row = alias_row(call, found_function(call).name, call.text("Name"))
    if row is not None:
        writing.remove(call, row)
    return {}


def _asked(call: Call) -> dict[str, Any]:
    given = call.parameters
    names = {"FunctionVersion": "functionVersion", "Description": "description"}
    asked: dict[str, Any] = {ours: given[key] for key, ours in names.items() if key in given}
    if "RoutingConfig" in given:
        weights = call.members("RoutingConfig").get("AdditionalVersionWeights")
        asked["routingConfig"] = {"additionalVersionWeights": weights} if weights else None
    return asked


def _described(call: Call, row: Row) -> dict[str, Any]:
    function = function_name(str(row.inputs.get("functionName")))
    routing: dict[str, Any] = row.inputs.get("routingConfig") or {}
    weights = routing.get("additionalVersionWeights")
    return present(
        {
            "AliasArn": f"{arn_of(call, function)}:{row.name}",
            "Name": row.name,
            "FunctionVersion": row.inputs.get("functionVersion", ""),
            "Description": row.inputs.get("description", ""),
            "RoutingConfig": {"AdditionalVersionWeights": weights} if weights else None,
            "RevisionId": _revision(row),
        }
    )


def _revision(row: Row) -> str:
    """Another one after each change."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{row.id} {row.updated}"))


def _alias(call: Call) -> Row:
    function, name = function_name(call.text("FunctionName")), call.text("Name")
    row = alias_row(call, function, name)
    if row is None:
        arn = f"{arn_of(call, function)}:{name}"
        raise AwsError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", 404)
    return row


# ---- provisioned concurrency ----


def _get_provisioned(call: Call) -> dict[str, Any]:
    row = _provisioned(call)
    if row is None:
        raise AwsError(
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
            404,
        )
    return _provisioned_described(row)


def _put_provisioned(call: Call) -> dict[str, Any]:
    count = {"provisionedConcurrentExecutions": call.parameters["ProvisionedConcurrentExecutions"]}
    row = _provisioned(call)
    if row is None:
        key = {"functionName": found_function(call).name, "qualifier": call.text("Qualifier")}
        taken = ("ResourceConflictException", "")
        row = writing.make(call, PROVISIONED, {**key, **count}, taken=taken)
    else:
        row = writing.change(call, row, count)
    return _provisioned_described(row)


def _delete_provisioned(call: Call) -> dict[str, Any]:
    row = _provisioned(call)
    if row is not None:
        writing.remove(call, row)
    return {}


def _provisioned(call: Call) -> Row | None:
    function, qualifier = found_function(call), call.text("Qualifier")
    scope = {"account": call.caller.account, "region": call.caller.region}
    for name in (function.name, arn_of(call, function.name)):
        row = call.store.get("aws", PROVISIONED, f"{name},{qualifier}", **scope)
        if row is not None:
            return row
    return None


def _provisioned_described(row: Row) -> dict[str, Any]:
    count = int(row.inputs.get("provisionedConcurrentExecutions") or 0)
    status = row.live.get("status", "READY")
    ready = count if status == "READY" else 0
    return {
        "RequestedProvisionedConcurrentExecutions": count,
        "AvailableProvisionedConcurrentExecutions": ready,
        "AllocatedProvisionedConcurrentExecutions": ready,
        "Status": status,
        "LastModified": row.updated,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateAlias": Operation(_create, ALIAS),
    "DeleteAlias": Operation(_delete, ALIAS),
    "DeleteProvisionedConcurrencyConfig": Operation(_delete_provisioned, PROVISIONED),
    "GetAlias": Operation(_get, ALIAS),
    "GetProvisionedConcurrencyConfig": Operation(_get_provisioned, PROVISIONED),
    "ListAliases": Operation(_list, ALIAS),
    "PutProvisionedConcurrencyConfig": Operation(_put_provisioned, PROVISIONED),
    "UpdateAlias": Operation(_update, ALIAS),
}
