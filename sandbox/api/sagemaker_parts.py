"""SageMaker: models and endpoint configurations, which endpoints are made of, and tags."""

from typing import Any

from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.sagemaker_words import (
    ENDPOINT,
    ENDPOINT_CONFIGURATION,
    MODEL,
    TRANSFORM_JOB,
    arn_of,
    configuration_of,
    found_by_name,
    given,
    page,
    tags_of,
)
from sandbox.api.spelling import epoch, pascal
from sandbox.clouds.aws.cloudformation import RESOURCE as COMPONENT
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["OPERATIONS"]

_NOT_DESCRIBED = frozenset({"name", "namePrefix", "region", "tags", "tagsAll"})
_KINDS = {
    "model": MODEL,
    "endpoint-config": ENDPOINT_CONFIGURATION,
    "endpoint": ENDPOINT,
    "inference-component": COMPONENT,
    "model-package-group": "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
    "transform-job": TRANSFORM_JOB,
}


def _described(row: Row) -> dict[str, Any]:
    return pascal({k: v for k, v in row.inputs.items() if k not in _NOT_DESCRIBED and v != []})


# ---- endpoint configurations ----


def _describe_config(call: Call) -> dict[str, Any]:
    row = configuration_of(call)
    return {
        "EndpointConfigName": row.name,
        "EndpointConfigArn": arn_of(call.caller, "endpoint-config", row.name),
        "CreationTime": epoch(row.created),
        **_described(row),
        "ProductionVariants": pascal(row.inputs.get("productionVariants") or []),
    }


def _create_config(call: Call) -> dict[str, Any]:
    name = call.text("EndpointConfigName")
    arn = arn_of(call.caller, "endpoint-config", name)
    taken = (
        "ValidationException",
        f'Cannot create already existing endpoint configuration "{arn}".',
    )
    for variant in (*call.items("ProductionVariants"), *call.items("ShadowProductionVariants")):
        model = mapped(variant).get("ModelName")
        if isinstance(model, str) and call.named(MODEL, model) is None:
            text = f'Could not find model "{arn_of(call.caller, "model", model)}".'
            raise AwsError("ValidationException", text)
    inputs = {**given(call, ENDPOINT_CONFIGURATION), "name": name}
    writing.make(call, ENDPOINT_CONFIGURATION, inputs, taken=taken)
    return {"EndpointConfigArn": arn}


def _delete_config(call: Call) -> dict[str, Any]:
    writing.remove(call, configuration_of(call))
    return {}


def _list_configs(call: Call) -> dict[str, Any]:
    return page(
        call,
        "EndpointConfigs",
        call.all(ENDPOINT_CONFIGURATION),
        lambda row: {
            "EndpointConfigName": row.name,
            "EndpointConfigArn": arn_of(call.caller, "endpoint-config", row.name),
            "CreationTime": epoch(row.created),
        },
    )


# ---- models ----


def _describe_model(call: Call) -> dict[str, Any]:
    row = _model(call)
    return {
        "ModelName": row.name,
        "ModelArn": arn_of(call.caller, "model", row.name),
        "CreationTime": epoch(row.created),
        "EnableNetworkIsolation": False,
        **_described(row),
    }


def _create_model(call: Call) -> dict[str, Any]:
    name = call.text("ModelName")
    arn = arn_of(call.caller, "model", name)
    taken = ("ValidationException", f'Cannot create already existing model "{arn}".')
    inputs = {**given(call, MODEL), "name": name}
    writing.make(call, MODEL, inputs, taken=taken)
    return {"ModelArn": arn}


def _delete_model(call: Call) -> dict[str, Any]:
    writing.remove(call, _model(call))
    return {}


def _list_models(call: Call) -> dict[str, Any]:
    return page(
        call,
        "Models",
        call.all(MODEL),
        lambda row: {
            "ModelName": row.name,
            "ModelArn": arn_of(call.caller, "model", row.name),
            "CreationTime": epoch(row.created),
        },
    )


def _model(call: Call) -> Row:
    return found_by_name(call, MODEL, "ModelName", "model", "model")


# ---- tags ----


def _list_tags(call: Call) -> dict[str, Any]:
    return {"Tags": _tags(_by_arn(call))}


def _add_tags(call: Call) -> dict[str, Any]:
    row = _by_arn(call)
    added = {str(tag["Key"]): tag["Value"] for tag in call.items("Tags")}
    return {"Tags": _tags(_tagged(call, row, {**_given_tags(row), **added}))}


def _delete_tags(call: Call) -> dict[str, Any]:
    row = _by_arn(call)
    gone = call.items("TagKeys")
    _tagged(call, row, {k: v for k, v in _given_tags(row).items() if k not in gone})
    return {}


def _given_tags(row: Row) -> dict[str, str]:
    """An inference component's are part of a state in JSON, and live since then."""
    kept = row.live if row.token == COMPONENT else row.inputs
    tags: dict[str, str] = kept.get("tags") or {}
    return tags


def _tags(row: Row) -> list[dict[str, str]]:
    if row.token != COMPONENT:
        return tags_of(row)
    return [{"Key": key, "Value": value} for key, value in _given_tags(row).items()]


def _tagged(call: Call, row: Row, tags: dict[str, str]) -> Row:
    if row.token not in {TRANSFORM_JOB, COMPONENT}:
        return writing.change(call, row, {"tags": tags})
    scope = {"account": row.account, "region": row.region}

    def change(current: Row) -> Row:
        if row.token == COMPONENT:
            return current.replace(live={**current.live, "tags": tags})
        # A row without a type of Pulumi: nothing else of it could change.
        return current.replace(inputs={**current.inputs, "tags": tags})

    return call.store.update(
        *("aws", row.token, row.id),
        change,
        **scope,
        operation="tags",
    )


def _by_arn(call: Call) -> Row:
    arn = call.text("ResourceArn")
    kind, _, name = arn.rpartition(":")[2].partition("/")
    # ARNs are in lower case, names are as they were given.
    rows = call.all(_KINDS[kind]) if kind in _KINDS else []
    for row in rows:
        if row.name.lower() == name.lower():
            return row
    raise AwsError("ValidationException", f"The resource {arn} does not exist.")


OPERATIONS: dict[str, Operation] = {
    "AddTags": Operation(_add_tags, ENDPOINT),
    "CreateEndpointConfig": Operation(_create_config, ENDPOINT_CONFIGURATION),
    "CreateModel": Operation(_create_model, MODEL),
    "DeleteEndpointConfig": Operation(_delete_config, ENDPOINT_CONFIGURATION),
    "DeleteModel": Operation(_delete_model, MODEL),
    "DeleteTags": Operation(_delete_tags, ENDPOINT),
    "DescribeEndpointConfig": Operation(_describe_config, ENDPOINT_CONFIGURATION),
    "DescribeModel": Operation(_describe_model, MODEL),
    "ListEndpointConfigs": Operation(_list_configs, ENDPOINT_CONFIGURATION),
    "ListModels": Operation(_list_models, MODEL),
    "ListTags": Operation(_list_tags, ENDPOINT),
}
