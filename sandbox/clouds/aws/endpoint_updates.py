"""What UpdateEndpoint and CreateEndpoint of SageMaker refuse, by what is live and by quotas."""

from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = ["CONFIGURATION", "problems", "variants_of"]

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
TARGET = "aws:appautoscaling/target:Target"
_PATH = "endpointConfigName"


def problems(call: Call) -> list[Problem]:
    """Problems of an endpoint's new configuration; none while it stays."""
    name = call.inputs.get(_PATH)
    before = call.previous
    if before is not None and before.live.get("endpoint_config_name") == name:
        return []
    configuration = _configuration(call, name)
    if configuration is None:
        return []
    if before is not None and before.live.get("status") == "Failed":
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html:
        # of a failed endpoint, DeleteEndpoint is the only operation.
        text = f'Cannot update failed endpoint "{before.outputs.get("arn")}". Delete it'
        return [Problem(_PATH, text)]
    found = _over_quota(call, configuration)
    if before is not None:
        found += _guarded(call, before, configuration) + _scaled(call, before, configuration)
    return found


def variants_of(configuration: Row) -> dict[str, dict[str, Any]]:
    """A configuration's variants by name; one without a name has the provider's."""
    variants = [mapped(each) for each in listed(configuration.inputs.get("productionVariants"))]
    return {
        str(variant.get("variantName") or f"variant-{number}"): variant
        for number, variant in enumerate(variants, start=1)
    }


def _configuration(call: Call, name: object) -> Row | None:
    if not isinstance(name, str) or not name:
        return None
    return call.store.by_name(
        "aws", CONFIGURATION, name, account=call.scope.account, region=call.region
    )


def _guarded(call: Call, before: Row, configuration: Row) -> list[Problem]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html."""
    deployment = mapped(call.inputs.get("deploymentConfig"))
    kind = at(deployment, "blueGreenUpdatePolicy", "trafficRoutingConfiguration", "type")
    rolling = bool(deployment.get("rollingUpdatePolicy"))
    if not rolling and kind not in ("CANARY", "LINEAR"):
        return []
    policy = "a rolling deployment" if rolling else f"a blue/green deployment with {kind} traffic"
    path = "deploymentConfig"
    old = [
        str(mapped(variant)["name"])
        for block in ("variants", "shadow_variants")
        for variant in listed(before.live.get(block))
    ]
    shadows = listed(configuration.inputs.get("shadowProductionVariants"))
    new = [
        *variants_of(configuration),
        *(str(mapped(variant).get("variantName")) for variant in shadows),
    ]
    if set(old) != set(new):
        reason = (
            f"{policy} needs the same variant names in the new configuration as in the old: the"
            f" endpoint has {', '.join(old)}, {configuration.name} has {', '.join(new)}. Use"
            " ALL_AT_ONCE for this update"
        )
        return [Problem(path, reason)]
    if rolling and len(new) > 1:
        return [Problem(path, f"{policy} is not for endpoints of several variants: {new}")]
    return []


def _scaled(call: Call, before: Row, configuration: Row) -> list[Problem]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html."""
    old = _configuration(call, before.live.get("endpoint_config_name"))
    had = variants_of(old) if old is not None else {}
    new = variants_of(configuration)
    blocked = [
        name
        for name in (str(variant["name"]) for variant in before.live.get("variants", []))
        if _is_target(call, f"endpoint/{before.name}/variant/{name}")
        and (
            name not in new
            or (name in had and had[name].get("instanceType") != new[name].get("instanceType"))
        )
    ]
    if not blocked:
        return []
    names = ", ".join(f'"{name}"' for name in blocked)
    reason = (
        f"The variant(s) {names} must be deregistered as scalable targets with AWS Auto Scaling"
        " before they can be removed or have their instance type updated."
    )
    return [Problem(_PATH, reason)]


def _is_target(call: Call, resource: str) -> bool:
    scope = {"account": call.scope.account, "region": call.region}
    return call.store.get("aws", TARGET, resource, **scope) is not None


def _over_quota(call: Call, configuration: Row) -> list[Problem]:
    """Instances by type, where the sandbox was given a quota: none has a default here.

    A quota is called as Service Quotas has it: `ml.m5.large for endpoint usage`.
    """
    quotas = {quota.token: quota.maximum for quota in call.store.quotas()}
    wanted = _instances(configuration)
    limits = {kind: quotas.get(f"{kind} for endpoint usage") for kind in wanted}
    if all(limit is None for limit in limits.values()):
        return []
    used: dict[str, int] = {}
    rows = call.store.list("aws", call.token, account=call.scope.account, region=call.region)
    for row in rows:
        served = _configuration(call, row.live.get("endpoint_config_name"))
        # A blue/green update has both fleets for a while.
        for kind, count in (_instances(served) if served is not None else {}).items():
            used[kind] = used.get(kind, 0) + count
    return [
        Problem(
            _PATH,
            f"ResourceLimitExceeded: The account-level service limit '{kind} for endpoint usage'"
            f" is {limit} Instances, with current utilization of {used.get(kind, 0)} Instances and"
            f" a request delta of {count} Instances. Please use AWS Service Quotas to request an"
            " increase for this quota",
        )
        for kind, count in wanted.items()
        if (limit := limits[kind]) is not None and used.get(kind, 0) + count > limit
    ]


def _instances(configuration: Row) -> dict[str, int]:
    found: dict[str, int] = {}
    for variant in variants_of(configuration).values():
        kind = variant.get("instanceType")
        if isinstance(kind, str):
            found[kind] = found.get(kind, 0) + int(variant.get("initialInstanceCount") or 1)
    return found
