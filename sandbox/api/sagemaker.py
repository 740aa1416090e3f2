"""SageMaker: endpoints, and moving weights, counts and concurrency of their variants.

Codes and texts of refusals are those that AWS sends, as public clients match them; a name that
does not exist is a `ValidationException`, for SageMaker has no code of its own for it.
"""

from typing import Any

from sandbox import eventual
from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.sagemaker_updates import (
    changed,
    pending,
    refuse_unless_in_service,
    update_endpoint,
)
from sandbox.api.sagemaker_words import (
    ENDPOINT,
    ENDPOINT_CONFIGURATION,
    MODEL,
    arn_of,
    configuration_of,
    found_by_name,
    given,
    page,
)
from sandbox.api.shapes import refuse_wrong
from sandbox.api.spelling import epoch, pascal, present
from sandbox.clouds.aws import inference_components
from sandbox.clouds.aws.endpoint_updates import variants_of
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["ENDPOINT", "OPERATIONS"]

# About as long as AWS takes.
_UPDATE_SECONDS = 300


def _describe_endpoint(call: Call) -> dict[str, Any]:
    row = _endpoint(call)
    live = row.live
    configuration = call.named(ENDPOINT_CONFIGURATION, str(live.get("endpoint_config_name")))
    declared = variants_of(configuration) if configuration is not None else {}
    answer: dict[str, Any] = {
        "EndpointName": row.name,
        "EndpointArn": arn_of(call.caller, "endpoint", row.name),
        "EndpointConfigName": live.get("endpoint_config_name"),
        "EndpointStatus": live.get("status", "InService"),
        "FailureReason": live.get("failure_reason"),
        "CreationTime": epoch(row.created),
        "LastModifiedTime": epoch(row.updated),
    }
    shadows = [_variant(each) for each in listed(live.get("shadow_variants"))]
    if shadows:
        answer["ShadowProductionVariants"] = shadows
    asked = call.named(ENDPOINT_CONFIGURATION, str(mapped(live.get("pending")).get("config")))
    answer["PendingDeploymentSummary"] = pending(
        row, variants_of(asked) if asked is not None else {}
    )
    if answer["EndpointStatus"] not in {"Creating", "Failed"}:
        answer["ProductionVariants"] = [
            _variant(v)
            | _deployed(call, declared.get(v["name"], {}))
            | _followed(call, row, declared.get(v["name"], {}))
            for v in live.get("variants", [])
        ]
    deployment = live.get("deployment") or row.inputs.get("deploymentConfig")
    if deployment:
        answer["LastDeploymentConfig"] = pascal(deployment)
    for key in ("dataCaptureConfig", "asyncInferenceConfig"):
        kept = live.get("captures_as") if key == "dataCaptureConfig" else None
        served = call.named(ENDPOINT_CONFIGURATION, str(kept)) if kept else configuration
        given = served.inputs.get(key) if served is not None else None
        if given:
            answer |= pascal({key: given})
    if "DataCaptureConfig" in answer:
        answer["DataCaptureConfig"] = _captured(answer["DataCaptureConfig"])
    return present(answer)


def _deployed(call: Call, variant: dict[str, Any]) -> dict[str, Any]:
    """The images that a variant runs, as their tags were resolved, and what it was asked for."""
    model = call.named(MODEL, str(variant.get("modelName")))
    known = model.inputs if model is not None else {}
    blocks = map(mapped, [known.get("primaryContainer"), *listed(known.get("containers"))])
    images = [str(block["image"]) for block in blocks if block.get("image")]
    resolved = epoch(model.created) if model is not None else 0.0
    found: dict[str, Any] = {
        "DeployedImages": [
            {"SpecifiedImage": image, "ResolutionTime": resolved} for image in images
        ]
    }
    for name in ("managedInstanceScaling", "routingConfigs"):
        if variant.get(name):
            found |= pascal({name: variant[name]})
    return found


def _followed(call: Call, endpoint: Row, variant: dict[str, Any]) -> dict[str, Any]:
    """The instances of a variant that has as many as its inference components need."""
    asked = writing.asked_of(call, endpoint)
    lives = [row.live for row in inference_components.components_of(asked, endpoint.name)]
    name = variant.get("variantName")
    count = inference_components.instances(variant, [v for v in lives if v["variant"] == name])
    if count is None:
        return {}
    return {"CurrentInstanceCount": count, "DesiredInstanceCount": count}


def _captured(config: dict[str, Any]) -> dict[str, Any]:
    """`DataCaptureConfigSummary` of what a configuration asks for."""
    return {
        "EnableCapture": bool(config.get("EnableCapture")),
        "CaptureStatus": "Started" if config.get("EnableCapture") else "Stopped",
        "CurrentSamplingPercentage": config.get("InitialSamplingPercentage"),
        "DestinationS3Uri": config.get("DestinationS3Uri"),
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def _variant(variant: dict[str, Any]) -> dict[str, Any]:
    members = {
        "VariantName": variant["name"],
        "CurrentWeight": variant.get("current_weight"),
        "DesiredWeight": variant.get("desired_weight"),
        "CurrentInstanceCount": variant.get("current_instance_count"),
        "DesiredInstanceCount": variant.get("desired_instance_count"),
        "CurrentServerlessConfig": pascal(variant.get("current_serverless_config")),
        "DesiredServerlessConfig": pascal(variant.get("desired_serverless_config")),
    }
    return present(members)


def _list_endpoints(call: Call) -> dict[str, Any]:
    status = call.parameters.get("StatusEquals")
    rows = call.all(ENDPOINT)
    found = [row for row in rows if status in (None, row.live.get("status", "InService"))]
    return page(
        call,
        "Endpoints",
        found,
        lambda row: {
            "EndpointName": row.name,
            "EndpointArn": arn_of(call.caller, "endpoint", row.name),
            "CreationTime": epoch(row.created),
            "LastModifiedTime": epoch(row.updated),
            "EndpointStatus": row.live.get("status", "InService"),
        },
    )


def _create_endpoint(call: Call) -> dict[str, Any]:
    name = call.text("EndpointName")
    arn = arn_of(call.caller, "endpoint", name)
    inputs = {**given(call, ENDPOINT), "name": name}
    taken = ("ValidationException", f'Cannot create already existing endpoint "{arn}".')
    configuration_of(call)
    writing.make(call, ENDPOINT, inputs, taken=taken)
    return {"EndpointArn": arn}


def _delete_endpoint(call: Call) -> dict[str, Any]:
    writing.remove(call, _endpoint(call))
    return {}


def _update_weights(call: Call) -> dict[str, Any]:
    row = _endpoint(call)
    arn = arn_of(call.caller, "endpoint", row.name)
    wanted = _wanted(call.parameters)

    def change(current: Row) -> Row:
        # Asked inside the transaction: of two callers at once, one is refused.
        refuse_unless_in_service(current, arn)
        before = [dict(variant) for variant in current.live.get("variants", [])]
        names = [variant["name"] for variant in before]
        for name in wanted:
            if name not in names:
                text = (
                    f'The variant name(s) "{name}" is/are not present within endpoint configuration'
                    f' "{current.live.get("endpoint_config_name")}".'
                )
                raise AwsError("ValidationException", text)
        meanwhile = [_desired(variant, wanted.get(variant["name"], {})) for variant in before]
        for variant in meanwhile:
            _refuse_concurrency(variant, wanted.get(variant["name"], {}))
        live = dict(current.live)
        if call.rolls_back:
            live["failure_reason"] = "The new weights could not be applied and were rolled back."
        else:
            live["variants"] = [_arrived(variant) for variant in meanwhile]
        passing = {"status": "Updating", "variants": meanwhile}
        final = current.replace(live=live)
        return eventual.begun(final, eventual.Transition(_UPDATE_SECONDS, live=passing))

    changed(call, row, change)
    return {"EndpointArn": arn}


def _desired(variant: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    names = {"DesiredWeight": "desired_weight", "DesiredInstanceCount": "desired_instance_count"}
    found = variant | {ours: asked[theirs] for theirs, ours in names.items() if theirs in asked}
    concurrency = mapped(asked.get("ServerlessUpdateConfig"))
    if concurrency:
        # What is not given stays.
        found["desired_serverless_config"] = mapped(variant.get("current_serverless_config")) | {
            f"{key[:1].lower()}{key[1:]}": value for key, value in concurrency.items()
        }
    return found


def _refuse_concurrency(variant: dict[str, Any], asked: dict[str, Any]) -> None:
    """`ProductionVariantServerlessUpdateConfig`; the words of these refusals are not AWS's."""
    if "ServerlessUpdateConfig" not in asked:
        return
    if "current_serverless_config" not in variant:
        text = f"ServerlessUpdateConfig: variant {variant['name']} is not serverless."
        raise AwsError("ValidationException", text)
    config = mapped(variant["desired_serverless_config"])
    most, kept = config.get("maxConcurrency", 0), config.get("provisionedConcurrency", 0)
    if kept > most:
        text = f"ProvisionedConcurrency: got {kept:g}; use at most MaxConcurrency, {most:g}."
        raise AwsError("ValidationException", text)


def _arrived(variant: dict[str, Any]) -> dict[str, Any]:
    found = dict(variant)
    for name in ("weight", "instance_count", "serverless_config"):
        if f"desired_{name}" in found:
            found[f"current_{name}"] = found[f"desired_{name}"]
    return found


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
            text = f'The variant name "{name}" was non-unique within the request.'
            raise AwsError("ValidationException", text)
        for key in ("DesiredWeight", "DesiredInstanceCount"):
            value = change.get(key, 0)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            if not isinstance(value, int | float) or value < 0:
                raise AwsError(
                    "ValidationException",
                    f"Value '{value}' at '{key}' failed to satisfy constraint: Member must have "
                    "value greater than or equal to 0",
                )
        wanted[name] = change
    refuse_wrong("sagemaker", "UpdateEndpointWeightsAndCapacities", parameters)
    return wanted


def _endpoint(call: Call) -> Row:
    return found_by_name(call, ENDPOINT, "EndpointName", "endpoint", "endpoint")


OPERATIONS: dict[str, Operation] = {
    "CreateEndpoint": Operation(_create_endpoint, ENDPOINT),
    "DeleteEndpoint": Operation(_delete_endpoint, ENDPOINT),
    "DescribeEndpoint": Operation(_describe_endpoint, ENDPOINT),
    "ListEndpoints": Operation(_list_endpoints, ENDPOINT),
    "UpdateEndpoint": Operation(update_endpoint, ENDPOINT, rule="update"),
    "UpdateEndpointWeightsAndCapacities": Operation(_update_weights, ENDPOINT),
}
