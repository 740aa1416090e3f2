"""What AWS fills in where a program gives nothing, as far as a plan knows of it.

The provider's plan of a creation has it as known later, that of an update as it was before, so that
what hands it on, as the security group of a cluster, is not taken for something that is not given.
"""

from typing import Any, cast

from sandbox.clouds.base import Call
from sandbox.rules.model import TypeRules
from sandbox.values import at
from sandbox.wire import UNKNOWN

__all__ = ["defaults", "pending"]

# Parts of blocks that no program can give: `Computed` alone in the Terraform provider's schemas.
_COMPUTED = {
    "aws:apigatewayv2/domainName:DomainName": (
        "domainNameConfiguration.hostedZoneId",
        "domainNameConfiguration.targetDomainName",
    ),
    "aws:eks/cluster:Cluster": (
        "kubernetesNetworkConfig.serviceIpv6Cidr",
        "vpcConfig.clusterSecurityGroupId",
        "vpcConfig.vpcId",
    ),
}


def pending(call: Call, rules: TypeRules | None) -> dict[str, Any]:
    """Outputs that differ from the inputs by what the cloud fills in."""
    kept = rules.likeness.kept if rules is not None else frozenset[str]()
    declared = call.declared.outputs if call.declared is not None else {}
    before = call.previous
    found = call.inputs
    for path in (*sorted(kept), *_COMPUTED.get(call.token, ())):
        steps = path.split(".")
        if steps[0] not in declared:
            continue
        if before is None:
            found = _filled(found, steps, UNKNOWN)
        elif len(steps) > 1 and (known := at(before.inputs | before.outputs, *steps)) is not None:
            found = _filled(found, steps, known)
    return {name: value for name, value in found.items() if value is not call.inputs.get(name)}


def defaults(call: Call, rules: TypeRules | None) -> dict[str, Any]:
    """What the provider says of properties that are not given and have a default."""
    if rules is None or call.declared is None:
        return {}
    return {
        name: value
        for name, value in rules.likeness.defaults.items()
        if name in call.declared.outputs and name not in call.inputs
    }


def _filled(values: dict[str, Any], steps: list[str], known: Any) -> dict[str, Any]:  # noqa: ANN401
    """The object with what is missing at the path; what is not there has no parts."""
    name, *rest = steps
    if not rest:
        return values if name in values else {**values, name: known}
    inner: Any = values.get(name)
    if not isinstance(inner, dict):
        return values
    whole = cast("dict[str, Any]", inner)
    filled = _filled(whole, rest, known)
    return values if filled is whole else {**values, name: filled}
