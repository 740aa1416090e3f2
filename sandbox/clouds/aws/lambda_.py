"""Lambda: functions with their published versions, aliases, permissions and URLs."""

import base64
import hashlib
import json
from typing import Any, cast

from sandbox.check import Problem
from sandbox.clouds.aws import access
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.lambda_rules import (
    function_constraints,
    over_concurrency,
    runtime_problems,
    snap_started,
    storage_problems,
    unlike_versions,
    with_upload,
)
from sandbox.clouds.aws.lambda_versions import making, state
from sandbox.clouds.aws.references import exists, function_name, lookup, role_for
from sandbox.clouds.base import Call, Naming, letters, moment
from sandbox.serving import packages
from sandbox.store import Row
from sandbox.values import at

__all__ = ["ALIAS", "FUNCTION", "KINDS"]

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
_ARN = "arn:aws:lambda:{region}:{account}:"
PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
LATEST = "$LATEST"
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: 64 characters.
_NAME_LENGTH = 64
# These change a function without changing what a published version would hold.
_NOT_PUBLISHED = frozenset(
    {"tags", "publish", "reservedConcurrentExecutions", "region", "skipDestroy", "publishTo"}
)

# Where a function's code is.
_CODE = frozenset({"code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash"})


def _function_references(call: Call) -> list[Problem]:
    found = role_for(call, "role", "lambda.amazonaws.com", call.inputs.get("role"))
    return found or [
        *access.function_problems(call),
        *over_concurrency(call),
        *storage_problems(call),
    ]


def _function_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous
    published = list[str](before.live.get("versions", []) if before else [])
    version = _next_version(call, published)
    arn = identity.arn
    gateway = f"arn:aws:apigateway:{identity.region}:lambda:path/2015-03-31/functions"
    code = _code_digest(call.inputs)
    outputs = {
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": f"{gateway}/{arn}/invocations",
        "qualifiedInvokeArn": f"{gateway}/{arn}:{version}/invocations",
        "responseStreamingInvokeArn": f"arn:aws:apigateway:{identity.region}:lambda:path"
        f"/2021-11-15/functions/{arn}/response-streaming-invocations",
        "codeSha256": code,
        "lastModified": moment(),
        "sourceCodeSize": 1024,
        "signingJobArn": "",
        "signingProfileVersionArn": "",
    }
    defaults: dict[str, Any] = {
        "sourceCodeHash": code,
        "architectures": ["x86_64"],
        "packageType": "Zip",
        "memorySize": 128,
        "timeout": 3,
        "reservedConcurrentExecutions": -1,
        "ephemeralStorage": {"size": 512},
        "tracingConfig": {"mode": "PassThrough"},
        "loggingConfig": {"logFormat": "Text", "logGroup": f"/aws/lambda/{identity.name}"},
    }
    return outputs | {name: v for name, v in defaults.items() if name not in call.inputs}


def _function_live(call: Call, identity: Identity) -> dict[str, Any]:
    """The versions that were published, the code and state of each, and what each runs with."""
    before = call.previous
    published = list[str](before.live.get("versions", []) if before else [])
    codes = dict[str, str](before.live.get("codes", {}) if before else {})
    version = _next_version(call, published)
    if version != LATEST and version not in published:
        published.append(version)
        codes[version] = _code_digest(call.inputs)
    same_code = before is not None and not call.changed & _CODE
    return {
        "versions": published,
        "making": making(call.store, identity.name, before, call.inputs, version),
        "codes": codes,
        "snapshots": packages.snapshots(
            call.store, before, with_upload(call), version, same_code=same_code
        ),
        "status": "Active",
        "update_status": "Successful",
    }


def _next_version(call: Call, published: list[str]) -> str:
    if not call.inputs.get("publish"):
        return LATEST
    if published and not _publishes(call):
        return published[-1]
    return str(int(published[-1]) + 1) if published else "1"


def _publishes(call: Call) -> bool:
    """Whether an update makes a version that is unlike the last one."""
    return bool(call.changed - _NOT_PUBLISHED)


def _function_volatile(call: Call) -> frozenset[str]:
    if not call.changed:
        return frozenset()
    found = {"lastModified"}
    if _publishes(call):
        found |= {"codeSha256"}
        if call.inputs.get("publish"):
            found |= {"version", "qualifiedArn", "qualifiedInvokeArn"}
    return frozenset(found)


def _code_digest(inputs: dict[str, Any]) -> str:
    """The service's CodeSha256: base64 of a SHA-256, here of what names the code."""
    given = inputs.get("sourceCodeHash")
    if isinstance(given, str) and given:
        return given
    names = ("code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion")
    code = {name: inputs[name] for name in names if name in inputs}
    if isinstance(code.get("code"), dict):
        code["code"] = cast("dict[str, Any]", code["code"]).get("hash")
    text = json.dumps(code, sort_keys=True, default=str)
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _function_row(call: Call, value: Any) -> Row | None:  # noqa: ANN401
    """The function that a name or an ARN, qualified or not, names."""
    if not isinstance(value, str):
        return None
    name = function_name(value)
    return call.store.by_name("aws", FUNCTION, name, account=call.scope.account, region=call.region)


def _on_function(call: Call) -> list[Problem]:
    """For what belongs to a function: the function is there."""
    for name in ("functionName", "function"):
        value = call.inputs.get(name)
        if isinstance(value, str) and _function_row(call, value) is None:
            return exists(call, name, FUNCTION, value, arn=True)
    return []


def _versions(row: Row) -> list[str]:
    return [LATEST, *row.live.get("versions", [])]


def _weights(call: Call) -> dict[str, Any]:
    """The shares of other versions that an alias routes to, as far as they are known."""
    routing = call.inputs.get("routingConfig")
    weights: Any = (
        cast("dict[str, Any]", routing).get("additionalVersionWeights")
        if isinstance(routing, dict)
        else None
    )
    return cast("dict[str, Any]", weights) if isinstance(weights, dict) else {}


def _alias_constraints(call: Call) -> list[Problem]:
    primary = call.inputs.get("functionVersion")
    found: list[Problem] = []
    for version in _weights(call):
        where = f'routingConfig.additionalVersionWeights["{version}"]'
        if version == primary:
            found.append(
                Problem(
                    where, f"version {version} is the alias's own (functionVersion): weigh another"
                )
            )
        elif LATEST in (version, primary):
            found.append(Problem(where, "$LATEST cannot take part in routing: publish a version"))
    return found


def _alias_references(call: Call) -> list[Problem]:
    missing = _on_function(call)
    row = _function_row(call, call.inputs.get("functionName"))
    if row is None:
        return missing
    # Checked again: at preview the versions are most often not known yet.
    found = _alias_constraints(call)
    if found:
        return found
    versions = _versions(row)
    primary = call.inputs.get("functionVersion")
    asked = {f'routingConfig.additionalVersionWeights["{each}"]': each for each in _weights(call)}
    if isinstance(primary, str):
        asked = {"functionVersion": primary, **asked}
    for where, version in asked.items():
        if version not in versions:
            found.append(Problem(where, _no_version(row, version)))
        elif state(row, version).name == "Failed":
            found.append(Problem(where, state(row, version).refused))
    if _is_warm(call, row):
        found += snap_started(row, primary, "functionVersion")
    return found or unlike_versions(row, primary, _weights(call))


def _is_warm(call: Call, row: Row) -> bool:
    """Whether the alias has provisioned concurrency."""
    names = (row.name, str(row.outputs.get("arn")))
    alias = str(call.inputs.get("name"))
    return any(lookup(call, PROVISIONED, f"{name},{alias}") is not None for name in names)


# PutProvisionedConcurrencyConfig of Lambda says so. The other way round it is no matter: an alias
# with provisioned concurrency may be weighted, as CodeDeploy does.
_WEIGHTED = "Alias with weights can not be used with Provisioned Concurrency"


def _no_version(row: Row, version: str) -> str:
    return (
        f"function {row.name} has no version {version}; it has {', '.join(_versions(row))}."
        " Versions are published by `publish: true` when code or configuration change"
    )


def _alias_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    row = _function_row(call, call.inputs.get("functionName"))
    function = row.outputs["arn"] if row is not None else ""
    arn = f"{function}:{identity.name}"
    return {
        "arn": arn,
        "invokeArn": f"arn:aws:apigateway:{identity.region}:lambda:path/2015-03-31/functions/{arn}"
        "/invocations",
    }


def _provisioned_references(call: Call) -> list[Problem]:
    missing = _on_function(call)
    row = _function_row(call, call.inputs.get("functionName"))
    qualifier = call.inputs.get("qualifier")
    if row is None or not isinstance(qualifier, str):
        return missing
    if qualifier == LATEST:
        return [Problem("qualifier", "provisioned concurrency needs a version or an alias")]
    alias = lookup(call, ALIAS, f"{row.outputs.get('arn')}:{qualifier}")
    if alias is None and qualifier not in _versions(row):
        return [Problem("qualifier", f"function {row.name} has no version or alias {qualifier}")]
    if alias is not None and at(alias.inputs, "routingConfig", "additionalVersionWeights"):
        return [Problem("qualifier", _WEIGHTED)]
    version = alias.inputs.get("functionVersion") if alias is not None else qualifier
    return snap_started(row, version, "qualifier")


def _provisioned_live(call: Call, identity: Identity) -> dict[str, Any]:
    del call, identity
    return {"status": "READY"}


def _invoke_references(call: Call) -> list[Problem]:
    return _on_function(call) or access.destination_problems(call)


def _url_references(call: Call) -> list[Problem]:
    """A URL is of a function or of an alias, and of no version.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
    """
    row = _function_row(call, call.inputs.get("functionName"))
    qualifier = call.inputs.get("qualifier")
    if row is None or not isinstance(qualifier, str) or not qualifier:
        return _on_function(call)
    if lookup(call, ALIAS, f"{row.outputs.get('arn')}:{qualifier}") is not None:
        return []
    return [Problem("qualifier", f"function {row.name} has no alias {qualifier}")]


def _url_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    url_id = before.get("urlId") or letters(32)
    row = _function_row(call, call.inputs.get("functionName"))
    return {
        "urlId": url_id,
        "functionUrl": f"https://{url_id}.lambda-url.{identity.region}.on.aws/",
        "functionArn": row.outputs["arn"] if row is not None else "",
    }


def _mapping_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    row = _function_row(call, call.inputs.get("functionName"))
    return {
        "uuid": identity.id,
        "functionArn": row.outputs["arn"] if row is not None else "",
        "state": "Disabled" if call.inputs.get("enabled") is False else "Enabled",
    }


def _layer_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    layer, _, version = identity.arn.rpartition(":")
    return {"layerArn": layer, "version": version, "codeSha256": _code_digest(call.inputs)}


def _permission_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"statementId": identity.id}


_NAMING = Naming("name", max_length=_NAME_LENGTH)
KINDS = {
    FUNCTION: Kind(
        arn=_ARN + "function:{name}",
        naming=_NAMING,
        references=_function_references,
        constraints=function_constraints,
        outputs=_function_outputs,
        live=_function_live,
        volatile=_function_volatile,
        parts=("functionName", "function"),
    ),
    ALIAS: Kind(
        arn=_ARN + "function:{function:functionName}:{name}",
        id="{arn}",
        import_id="{function:functionName}/{name}",
        references=_alias_references,
        constraints=_alias_constraints,
        outputs=_alias_outputs,
    ),
    "aws:lambda/permission:Permission": Kind(
        parent="{input:function}",
        import_id="{input:function}/{id}",
        name="statementId",
        naming=Naming("statementId", max_length=100),
        references=_on_function,
        outputs=_permission_outputs,
    ),
    PROVISIONED: Kind(
        id="{input:functionName},{input:qualifier}",
        name="",
        overwrites=True,
        references=_provisioned_references,
        live=_provisioned_live,
    ),
    "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig": Kind(
        id="{input:functionName}{:qualifier}",
        name="",
        overwrites=True,
        references=_on_function,
        constraints=runtime_problems,
    ),
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": Kind(
        id="{input:functionName}", name="", overwrites=True, references=_on_function
    ),
    "aws:lambda/functionUrl:FunctionUrl": Kind(
        id="{input:functionName}{/qualifier}",
        name="",
        references=_url_references,
        outputs=_url_outputs,
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Kind(
        id="{input:functionName}{:qualifier}",
        name="",
        overwrites=True,
        references=_invoke_references,
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Kind(
        arn=_ARN + "event-source-mapping:{id}",
        id="{uuid}",
        name="",
        references=access.source_problems,
        outputs=_mapping_outputs,
    ),
    "aws:lambda/codeSigningConfig:CodeSigningConfig": Kind(
        arn=_ARN + "code-signing-config:csc-{hex17}", id="{arn}", name=""
    ),
    "aws:lambda/layerVersion:LayerVersion": Kind(
        arn=_ARN + "layer:{name}:{version}",
        id="{arn}",
        name="layerName",
        outputs=_layer_outputs,
    ),
}
