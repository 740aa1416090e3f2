"""SageMaker: models, endpoint configurations and endpoints, with what an endpoint serves live."""

from typing import Any, cast

from sandbox.check import Problem
from sandbox.clouds.aws import (
    access,
    cloudformation,
    endpoint_kinds,
    endpoint_machines,
    endpoint_shifts,
    endpoint_updates,
)
from sandbox.clouds.aws import inference_components as components
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.references import exists, lookup, role_for
from sandbox.clouds.base import Call, Naming
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["CONFIGURATION", "ENDPOINT", "KINDS", "MODEL", "live_variants"]

MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
SERVICE = "sagemaker.amazonaws.com"
VARIANTS = "productionVariants"
SHADOWS = "shadowProductionVariants"
_ARN = "arn:aws:sagemaker:{region}:{account}:"
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
_NAMING = Naming("name", max_length=63)


def _model_references(call: Call) -> list[Problem]:
    found = role_for(call, "executionRoleArn", SERVICE, call.inputs.get("executionRoleArn"))
    return found or access.model_problems(call)


def _configuration_constraints(call: Call) -> list[Problem]:
    return [
        *endpoint_shifts.configuration_problems(call),
        *endpoint_kinds.configuration_problems(call),
        *endpoint_machines.configuration_problems(call),
        *components.configuration_problems(call),
    ]


def _configuration_references(call: Call) -> list[Problem]:
    found: list[Problem] = []
    for block in (VARIANTS, SHADOWS):
        variants = cast("list[dict[str, Any]]", call.inputs.get(block) or [])
        for index, variant in enumerate(variants):
            at = f"{block}[{index}].modelName"
            found += exists(call, at, MODEL, variant.get("modelName"))
    found += role_for(call, "executionRoleArn", SERVICE, call.inputs.get("executionRoleArn"))
    return found + endpoint_kinds.model_references(call)


def _endpoint_references(call: Call) -> list[Problem]:
    if not _moves(call):
        return []
    name = call.inputs.get("endpointConfigName")
    asked = lookup(call, CONFIGURATION, str(name or "-"))
    if asked is None:
        return exists(call, "endpointConfigName", CONFIGURATION, name)
    before = call.previous.live.get("endpoint_config_name") if call.previous is not None else None
    live = lookup(call, CONFIGURATION, str(before)) if before else None
    return endpoint_kinds.update_problems(live, asked) or endpoint_updates.problems(call)


def live_variants(configuration: Row | None, block: str = VARIANTS) -> list[dict[str, Any]]:
    """The variants of a configuration, with its initial weights, counts and concurrency.

    What an update retains (`RetainAllVariantProperties`) is UpdateEndpoint's to know.
    """
    found: list[dict[str, Any]] = []
    variants = configuration.inputs.get(block) if configuration is not None else None
    for index, variant in enumerate(variants or []):
        name = variant.get("variantName") or f"variant-{index + 1}"
        # An absent weight is 1 (ProductionVariant.InitialVariantWeight).
        weight = float(variant.get("initialVariantWeight", 1.0))
        count = int(variant.get("initialInstanceCount", 1) or 1)
        concurrency = variant.get("serverlessConfig")
        found.append(
            {
                "name": name,
                "desired_weight": weight,
                "current_weight": weight,
                # A serverless variant has no instances.
                **(
                    {
                        "desired_serverless_config": concurrency,
                        "current_serverless_config": concurrency,
                    }
                    if concurrency
                    else {"desired_instance_count": count, "current_instance_count": count}
                ),
            }
        )
    return found


def _moves(call: Call) -> bool:
    """Whether what is asked for counts: a change that the program ignores does not.

    `resourceEndpointUpdate` of the Terraform provider calls UpdateEndpoint for changes of these
    two alone; of an ignored one its plan has none.
    """
    return call.previous is None or "endpointConfigName" not in call.ignored


def _endpoint_live(call: Call, identity: Identity) -> dict[str, Any]:
    name = str(call.inputs.get("endpointConfigName", ""))
    before = call.previous.live if call.previous is not None else {}
    deployment = {"deployment": call.inputs.get("deploymentConfig")}
    if "deploymentConfig" in call.ignored or not deployment["deployment"]:
        deployment = {"deployment": before.get("deployment")} if before.get("deployment") else {}
    if not _moves(call) or before.get("endpoint_config_name") == name:
        return before | deployment  # The tags changed, not what is served.
    configuration = call.store.by_name(
        "aws", CONFIGURATION, name, account=identity.account, region=identity.region
    )
    found: dict[str, Any] = {
        "status": "InService",
        "endpoint_config_name": name,
        "variants": live_variants(configuration),
        **deployment,
    }
    shadows = live_variants(configuration, SHADOWS)
    if shadows:
        found["shadow_variants"] = shadows
    reason = _start_refusal(call, configuration)
    if call.previous is not None and not reason:
        names = endpoint_shifts.alarms_of(mapped(call.inputs.get("deploymentConfig")))
        spoke = endpoint_shifts.alarmed(call.store, names, identity.account, identity.region)
        reason = endpoint_shifts.reason(spoke) if spoke else ""
    if reason and call.previous is None:
        return found | {"status": "Failed", "failure_reason": reason}
    if reason:
        # An update that does not start, or is rolled back, leaves what was live.
        return {**before, "failure_reason": reason}
    return found


def _start_refusal(call: Call, configuration: Row | None) -> str:
    """Why the containers of a configuration do not start."""
    if configuration is None:
        return ""
    for variant in endpoint_updates.variants_of(configuration).values():
        model = lookup(call, MODEL, str(variant.get("modelName") or "-"))
        refused = access.pull_refusal(call, model) if model is not None else ""
        if refused:
            return refused
    return ""


def _endpoint_served(live: dict[str, Any]) -> dict[str, Any]:
    """DescribeEndpoint names the configuration that is live, also after a rollback."""
    served = {
        "endpointConfigName": live.get("endpoint_config_name"),
        "deploymentConfig": live.get("deployment"),
    }
    return {name: value for name, value in served.items() if value}


KINDS = {
    MODEL: Kind(arn=_ARN + "model/{name}", naming=_NAMING, references=_model_references),
    CONFIGURATION: Kind(
        arn=_ARN + "endpoint-config/{name}",
        naming=_NAMING,
        constraints=_configuration_constraints,
        references=_configuration_references,
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Kind(
        arn=_ARN + "model-package-group/{name}", name="modelPackageGroupName"
    ),
    cloudformation.RESOURCE: Kind(
        id="{hex17}",
        name="",
        unique=("typeName",),
        known_as=components.known_as,
        constraints=cloudformation.problems,
        references=components.component_references,
        outputs=components.component_outputs,
        live=components.component_live,
    ),
    ENDPOINT: Kind(
        arn=_ARN + "endpoint/{name}",
        naming=_NAMING,
        constraints=endpoint_shifts.problems,
        references=_endpoint_references,
        live=_endpoint_live,
        served=_endpoint_served,
        deletion=components.endpoint_deletion,
    ),
}
