"""Lambda: functions with their versions, and which operation a request's path is for."""

import re
import urllib.parse
import uuid
from typing import Any

from sandbox.api import lambda_aliases, lambda_callers
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.lambda_words import FUNCTION, alias_row, arn_of, found_function, versions_of
from sandbox.api.spelling import epoch, pascal, present
from sandbox.clouds.aws import lambda_versions
from sandbox.serving.packages import LATEST
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["FUNCTION", "OPERATIONS", "STATUS", "route"]

_FUNCTIONS = r"/2015-03-31/functions"
_ONE = rf"{_FUNCTIONS}/(?P<FunctionName>[^/]+)"
_PROVISIONED = r"/2019-09-30/functions/(?P<FunctionName>[^/]+)/provisioned-concurrency"
_ROUTES = tuple(
    (method, re.compile(pattern), operation)
    for method, pattern, operation in (
        ("GET", rf"{_FUNCTIONS}/?", "ListFunctions"),
        ("GET", _ONE, "GetFunction"),
        ("GET", rf"{_ONE}/configuration", "GetFunctionConfiguration"),
        ("GET", rf"{_ONE}/versions", "ListVersionsByFunction"),
        ("POST", rf"{_ONE}/versions", "PublishVersion"),
        ("GET", rf"{_ONE}/aliases", "ListAliases"),
        ("POST", rf"{_ONE}/aliases", "CreateAlias"),
        ("GET", rf"{_ONE}/aliases/(?P<Name>[^/]+)", "GetAlias"),
        ("PUT", rf"{_ONE}/aliases/(?P<Name>[^/]+)", "UpdateAlias"),
        ("DELETE", rf"{_ONE}/aliases/(?P<Name>[^/]+)", "DeleteAlias"),
        ("GET", _PROVISIONED, "GetProvisionedConcurrencyConfig"),
        ("PUT", _PROVISIONED, "PutProvisionedConcurrencyConfig"),
        ("DELETE", _PROVISIONED, "DeleteProvisionedConcurrencyConfig"),
        ("GET", r"/2017-03-31/tags/(?P<Resource>.+)", "ListTags"),
    )
)
# Those that do not answer 200.
STATUS = {
    "PublishVersion": 201,
    "CreateAlias": 201,
    "PutProvisionedConcurrencyConfig": 202,
    "DeleteAlias": 204,
    "DeleteProvisionedConcurrencyConfig": 204,
}
_SAME = (
    *("runtime", "role", "handler", "description", "timeout", "memorySize", "deadLetterConfig"),
    *("tracingConfig", "packageType", "architectures", "ephemeralStorage"),
    *("loggingConfig", "tenancyConfig", "capacityProviderConfig"),
)


def route(method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The operation of a request, and the parameters that its path holds."""
    for verb, pattern, operation in (*_ROUTES, *lambda_callers.ROUTES):
        found = pattern.fullmatch(path)
        if verb == method and found:
            return operation, {k: urllib.parse.unquote(v) for k, v in found.groupdict().items()}
    raise AwsError("UnknownOperationException", f"The sandbox does not answer {method} {path}", 404)


def _get_function(call: Call) -> dict[str, Any]:
    row = found_function(call)
    reserved = row.inputs.get("reservedConcurrentExecutions", -1)
    answer: dict[str, Any] = {
        "Configuration": _configuration(call, row, _asked_version(call, row)),
        "Tags": row.outputs.get("tagsAll") or row.inputs.get("tags"),
        "Code": {"RepositoryType": "ECR", "ImageUri": row.inputs["imageUri"]}
        if row.inputs.get("imageUri")
        else {"RepositoryType": "S3"},
    }
    if isinstance(reserved, int) and reserved >= 0:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
    return present(answer)


def _get_configuration(call: Call) -> dict[str, Any]:
    row = found_function(call)
    return _configuration(call, row, _asked_version(call, row))


def _asked_version(call: Call, row: Row) -> str:
    """What a qualifier means; without one it is what has not been published."""
    qualifier = str(call.parameters.get("Qualifier") or "")
    given = call.text("FunctionName").split(":")
    if not qualifier and len(given) > 7:  # noqa: PLR2004 - arn:aws:lambda:…:function:name:qualifier
        qualifier = given[7]
    if not qualifier:
        return ""
    if qualifier in versions_of(row):
        return qualifier
    alias = alias_row(call, row.name, qualifier)
    if alias is None:
        message = f"Function not found: {arn_of(call, row.name)}:{qualifier}"
        raise AwsError("ResourceNotFoundException", message, 404)
    return str(alias.inputs.get("functionVersion"))


def _configuration(call: Call, row: Row, version: str) -> dict[str, Any]:
    known = {**row.outputs, **row.inputs}
    arn = arn_of(call, row.name)
    published = version not in ("", "$LATEST")
    codes: dict[str, str] = row.live.get("codes") or {}
    now = lambda_versions.state(row, version)
    status = row.live.get("status", "Active")
    if published and status == "Active":
        status = now.name
    return present(
        {
            **pascal({name: known[name] for name in _SAME if known.get(name) not in (None, "")}),
            "FunctionName": row.name,
            "FunctionArn": f"{arn}:{version}" if version else arn,
            "Version": version or "$LATEST",
            "CodeSize": known.get("sourceCodeSize"),
            "CodeSha256": codes.get(version)
            if published
            else row.outputs.get("codeSha256") or row.inputs.get("sourceCodeHash"),
            "LastModified": known.get("lastModified"),
            "RevisionId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{arn} {row.updated}")),
            "State": status,
            "StateReason": now.reason or None,
            "StateReasonCode": now.code or None,
            "LastUpdateStatus": now.update
            if published
            else row.live.get("update_status", "Successful"),
            "KMSKeyArn": row.inputs.get("kmsKeyArn"),
            **_snap_start(row, version, status),
            **_network(row),
            **_parts(row),
        }
    )


def _snap_start(row: Row, version: str, status: str) -> dict[str, Any]:
    """What a version was published with, and whether its snapshot is there."""
    if version in ("", LATEST):
        asked = mapped(row.inputs.get("snapStart"))
    else:
        held = mapped(mapped(row.live.get("snapshots")).get(version))
        on = lambda_versions.has_snap_start(held) and status == "Active"
        asked = {**mapped(held.get("snapStart")), "optimizationStatus": "On" if on else "Off"}
    return {"SnapStart": pascal({"applyOn": "None", "optimizationStatus": "Off", **asked})}


def _network(row: Row) -> dict[str, Any]:
    network: dict[str, Any] = row.inputs.get("vpcConfig") or {}
    if not network.get("subnetIds"):
        return {}
    return {"VpcConfig": pascal({"ipv6AllowedForDualStack": False, **network})}


def _parts(row: Row) -> dict[str, Any]:
    """What Pulumi has another shape for."""
    found: dict[str, Any] = {}
    environment: dict[str, Any] = row.inputs.get("environment") or {}
    if environment.get("variables"):
        found["Environment"] = {"Variables": environment["variables"]}
    if row.inputs.get("layers"):
        found["Layers"] = [{"Arn": arn} for arn in row.inputs["layers"]]
    if row.inputs.get("fileSystemConfig"):
        found["FileSystemConfigs"] = [pascal(row.inputs["fileSystemConfig"])]
    if row.inputs.get("imageConfig"):
        words = {"commands": "Command", "entryPoints": "EntryPoint"}
        given: dict[str, Any] = row.inputs["imageConfig"]
        config = {words.get(key) or key[:1].upper() + key[1:]: v for key, v in given.items()}
        found["ImageConfigResponse"] = {"ImageConfig": config}
    if row.inputs.get("durableConfig"):
        given = dict(row.inputs["durableConfig"])
        found["DurableConfig"] = present(
            {"RetentionPeriodInDays": given.pop("retentionPeriod", None)}
        )
        found["DurableConfig"] |= pascal(given)
    return found


def _list_functions(call: Call) -> dict[str, Any]:
    rows = call.all(FUNCTION)
    rows.sort(key=lambda row: (epoch(row.created), row.name))
    return _page(call, "Functions", [_configuration(call, row, "") for row in rows])


def _list_versions(call: Call) -> dict[str, Any]:
    row = found_function(call)
    return _page(call, "Versions", [_configuration(call, row, v) for v in versions_of(row)])


def _page(call: Call, key: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    first = int(call.parameters.get("Marker") or 0)
    after = first + int(call.parameters.get("MaxItems") or 50)
    answer: dict[str, Any] = {key: found[first:after]}
    return answer | ({"NextMarker": str(after)} if after < len(found) else {})


def _publish(call: Call) -> dict[str, Any]:
    """A version of what is there now; unchanged code has the version that it had."""
    row = found_function(call)
    sha = str(row.outputs.get("codeSha256"))
    if call.parameters.get("CodeSha256") not in (None, sha):
        raise AwsError("InvalidParameterValueException", f"CodeSHA256 is not the same as {sha}")

    def change(current: Row) -> Row:
        versions = listed(current.live.get("versions"))
        codes = mapped(current.live.get("codes"))
        if versions and codes.get(versions[-1]) == sha:
            return current
        number = str(int(versions[-1]) + 1) if versions else "1"
        snapshots = mapped(current.live.get("snapshots"))
        latest = mapped(snapshots.get(LATEST))
        live: dict[str, Any] = {
            "versions": [*versions, number],
            "codes": {**codes, number: sha},
            "snapshots": {**snapshots, number: latest},
            "making": lambda_versions.making(call.store, row.name, current, latest, number),
        }
        return current.replace(live={**current.live, **live})

    scope = {"account": row.account, "region": row.region}
    after = call.store.update("aws", FUNCTION, row.id, change, **scope, operation="publish")
    return _configuration(call, after, after.live["versions"][-1])


def _list_tags(call: Call) -> dict[str, Any]:
    name = call.text("Resource").rpartition(":function:")[2].partition(":")[0]
    row = call.named(FUNCTION, name)
    if row is None:
        raise AwsError("ResourceNotFoundException", f"Function not found: {name}", 404)
    return {"Tags": row.outputs.get("tagsAll") or row.inputs.get("tags") or {}}


OPERATIONS: dict[str, Operation] = {
    "GetFunction": Operation(_get_function, FUNCTION),
    "GetFunctionConfiguration": Operation(_get_configuration, FUNCTION),
    "ListFunctions": Operation(_list_functions, FUNCTION),
    "ListTags": Operation(_list_tags, FUNCTION),
    "ListVersionsByFunction": Operation(_list_versions, FUNCTION),
    "PublishVersion": Operation(_publish, FUNCTION),
    **lambda_aliases.OPERATIONS,
    **lambda_callers.OPERATIONS,
}
