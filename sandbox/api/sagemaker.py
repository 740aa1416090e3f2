"""SageMaker: endpoints, their configurations and models, and moving weights between variants.

Codes and texts of refusals are those that AWS sends, as public clients match them; a name that
does not exist is a `ValidationException`, for SageMaker has no code of its own for it.
"""

import time
from typing import Any

from sandbox.api.call import AwsError, Call, Caller, Operation
from sandbox.api.spelling import epoch, pascal
from sandbox.store import NotFoundError, Row, Store

__all__ = ["ENDPOINT", "ENDPOINT_CONFIGURATION", "MODEL", "OPERATIONS"]

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
MODEL = "aws:sagemaker/model:Model"

# AWS takes minutes; long enough here that a client has to wait at all.
UPDATE_SECONDS = 0.2
_PAGE = 10


def _describe_endpoint(call: Call) -> dict[str, Any]:
    row = _settled(call.store, _endpoint(call))
    live = row.live
    answer: dict[str, Any] = {
        "EndpointName": row.name,
        "EndpointArn": _arn(call.caller, "endpoint", row.name),
        "EndpointConfigName": live.get("endpoint_config_name"),
        "EndpointStatus": live.get("status", "InService"),
        "FailureReason": live.get("failure_reason"),
        "CreationTime": epoch(row.created),
        "LastModifiedTime": epoch(row.updated),
    }
    if answer["EndpointStatus"] not in {"Creating", "Failed"}:
        answer["ProductionVariants"] = [_variant(v) for v in live.get("variants", [])]
    deployment = row.inputs.get("deploymentConfig")
    if deployment:
        answer["LastDeploymentConfig"] = pascal(deployment)
    return {name: value for name, value in answer.items() if value is not None}


def _variant(variant: dict[str, Any]) -> dict[str, Any]:
    members = {
        "VariantName": variant["name"],
        "CurrentWeight": variant.get("current_weight"),
        "DesiredWeight": variant.get("desired_weight"),
        "CurrentInstanceCount": variant.get("current_instance_count"),
        "DesiredInstanceCount": variant.get("desired_instance_count"),
    }
    return {name: value for name, value in members.items() if value is not None}


def _describe_endpoint_config(call: Call) -> dict[str, Any]:
    name = call.text("EndpointConfigName")
    row = call.named(ENDPOINT_CONFIGURATION, name)
    if row is None:
        arn = _arn(call.caller, "endpoint-config", name)
        raise AwsError("ValidationException", f'Could not find endpoint configuration "{arn}".')
    answer = {
        "EndpointConfigName": name,
        "EndpointConfigArn": _arn(call.caller, "endpoint-config", name),
        "CreationTime": epoch(row.created),
        "ProductionVariants": pascal(row.inputs.get("productionVariants", [])),
    }
    for key in ("shadowProductionVariants", "dataCaptureConfig", "asyncInferenceConfig"):
        if row.inputs.get(key):
            answer |= pascal({key: row.inputs[key]})
    if row.inputs.get("kmsKeyArn"):
        answer["KmsKeyId"] = row.inputs["kmsKeyArn"]
    return answer


def _describe_model(call: Call) -> dict[str, Any]:
    name = call.text("ModelName")
    row = call.named(MODEL, name)
    if row is None:
        arn = _arn(call.caller, "model", name)
        raise AwsError("ValidationException", f'Could not find model "{arn}".')
    answer = {
        "ModelName": name,
        "ModelArn": _arn(call.caller, "model", name),
        "CreationTime": epoch(row.created),
        "ExecutionRoleArn": row.inputs.get("executionRoleArn"),
        "EnableNetworkIsolation": bool(row.inputs.get("enableNetworkIsolation", False)),
    }
    for key in ("primaryContainer", "containers", "vpcConfig", "inferenceExecutionConfig"):
        if row.inputs.get(key):
            answer |= pascal({key: row.inputs[key]})
    return {name: value for name, value in answer.items() if value is not None}


def _list_endpoints(call: Call) -> dict[str, Any]:
    parameters = call.parameters
    wanted = parameters.get("NameContains", "")
    status = parameters.get("StatusEquals")
    rows = call.store.list("aws", ENDPOINT, account=call.caller.account, region=call.caller.region)
    found = [
        {
            "EndpointName": row.name,
            "EndpointArn": _arn(call.caller, "endpoint", row.name),
            "CreationTime": epoch(row.created),
            "LastModifiedTime": epoch(row.updated),
            "EndpointStatus": row.live.get("status", "InService"),
        }
        for row in (_settled(call.store, row) for row in rows)
        if wanted in row.name and status in (None, row.live.get("status", "InService"))
    ]
    found.sort(key=lambda endpoint: (endpoint["CreationTime"], endpoint["EndpointName"]))
    if parameters.get("SortOrder", "Descending") == "Descending":
        found.reverse()
    first = int(parameters.get("NextToken", "0"))
    after = first + int(parameters.get("MaxResults", _PAGE))
    answer: dict[str, Any] = {"Endpoints": found[first:after]}
    if after < len(found):
        answer["NextToken"] = str(after)
    return answer


def _update_weights(call: Call) -> dict[str, Any]:
    row = _settled(call.store, _endpoint(call))
    arn = _arn(call.caller, "endpoint", row.name)
    wanted = _wanted(call.parameters)

    def change(current: Row) -> Row:
        # Asked inside the transaction: of two callers at once, one is refused.
        status = current.live.get("status", "InService")
        if status != "InService":
            verb = "non-existent" if status == "Deleting" else "in-progress"
            if status == "Failed":
                raise AwsError("ValidationException", f'Cannot update failed endpoint "{arn}".')
            raise AwsError("ValidationException", f'Cannot update {verb} endpoint "{arn}".')
        variants = [dict(variant) for variant in current.live.get("variants", [])]
        names = [variant["name"] for variant in variants]
        for name in wanted:
            if name not in names:
                raise AwsError("ValidationException", f'The variant(s) "{name}" do not exist.')
        for variant in variants:
            asked = wanted.get(variant["name"], {})
            if "DesiredWeight" in asked:
                variant["desired_weight"] = asked["DesiredWeight"]
            if "DesiredInstanceCount" in asked:
                variant["desired_instance_count"] = asked["DesiredInstanceCount"]
        live = {
            **current.live,
            "status": "Updating",
            "variants": variants,
            "settles_at": time.time() + UPDATE_SECONDS,
            "settles_back": call.rolls_back,
        }
        return current.replace(live=live)

    call.store.update(
        "aws", ENDPOINT, row.id, change, account=row.account, region=row.region, operation="weights"
    )
    return {"EndpointArn": arn}


def _wanted(parameters: dict[str, Any]) -> dict[str, dict[str, Any]]:
    changes = parameters.get("DesiredWeightsAndCapacities")
    if not isinstance(changes, list) or not changes:
        raise AwsError("ValidationException", "DesiredWeightsAndCapacities: at least one member")
    wanted: dict[str, dict[str, Any]] = {}
    for change in changes:  # pyright: ignore[reportUnknownVariableType]
        name = change.get("VariantName")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if not isinstance(name, str) or not name:
            raise AwsError("ValidationException", "VariantName: must not be null")
        if name in wanted:
            raise AwsError("ValidationException", f'The variant "{name}" is named twice.')
        for key in ("DesiredWeight", "DesiredInstanceCount"):
            value = change.get(key, 0)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            if not isinstance(value, int | float) or value < 0:
                raise AwsError(
                    "ValidationException",
                    f"Value '{value}' at '{key}' failed to satisfy constraint: Member must have "
                    "value greater than or equal to 0",
                )
        wanted[name] = change
    return wanted


def _settled(store: Store, row: Row) -> Row:
    """The endpoint after what its last update was to bring, once that time has come."""
    if row.live.get("settles_at") is None or time.time() < row.live["settles_at"]:
        return row

    def settle(current: Row) -> Row:
        live = dict(current.live)
        if live.pop("settles_at", None) is None:
            return current
        back = live.pop("settles_back", False)
        live["status"] = "InService"
        live["variants"] = [_arrived(variant, back=back) for variant in live["variants"]]
        if back:
            live["failure_reason"] = "The new weights could not be applied and were rolled back."
        return current.replace(live=live)

    try:
        return store.update(
            "aws",
            ENDPOINT,
            row.id,
            settle,
            account=row.account,
            region=row.region,
            operation="settle",
        )
    except NotFoundError:
        return row


def _arrived(variant: dict[str, Any], *, back: bool) -> dict[str, Any]:
    weights, counts = ("weight", "instance_count")
    to, of = ("desired", "current") if back else ("current", "desired")
    return {
        **variant,
        f"{to}_{weights}": variant.get(f"{of}_{weights}"),
        f"{to}_{counts}": variant.get(f"{of}_{counts}"),
    }


def _endpoint(call: Call) -> Row:
    name = call.text("EndpointName")
    row = call.named(ENDPOINT, name)
    if row is None:
        arn = _arn(call.caller, "endpoint", name)
        raise AwsError("ValidationException", f'Could not find endpoint "{arn}".')
    return row


def _arn(caller: Caller, kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{caller.region}:{caller.account}:{kind}/{name}".lower()


OPERATIONS: dict[str, Operation] = {
    "DescribeEndpoint": Operation(_describe_endpoint, ENDPOINT),
    "DescribeEndpointConfig": Operation(_describe_endpoint_config, ENDPOINT_CONFIGURATION),
    "DescribeModel": Operation(_describe_model, MODEL),
    "ListEndpoints": Operation(_list_endpoints, ENDPOINT),
    "UpdateEndpointWeightsAndCapacities": Operation(_update_weights, ENDPOINT),
}
