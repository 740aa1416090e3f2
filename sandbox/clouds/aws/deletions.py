"""What AWS does not delete while something else holds it, and what goes along with a deletion.

What stands in neither table is deleted, as by the service: an endpoint configuration or a model in
use, a launch template, a topic, a key (which is only scheduled for deletion).
"""

from dataclasses import dataclass

from sandbox.check import Problem
from sandbox.clouds.aws.pointing import values_at
from sandbox.clouds.base import Call
from sandbox.store import Row

__all__ = ["along", "refusals"]


@dataclass(frozen=True, slots=True)
class Held:
    """A resource is held by those of `token` that name it at one of `paths`."""

    token: str
    paths: tuple[str, ...]
    # As the service says it; {name} is what is deleted, {holder} what holds it.
    message: str
    # An input that lets the provider remove the holders first.
    forced_by: str = ""


def _held(token: str, paths: str, message: str, forced_by: str = "") -> Held:
    return Held(token, tuple(paths.split()), message, forced_by)


_CONFLICT = "DeleteConflict: Cannot delete a policy attached to entities ({holder})."
_EMPTY = "BucketNotEmpty: The bucket you tried to delete is not empty ({holder}); set forceDestroy"
_VPC = "DependencyViolation: The vpc '{name}' has dependencies and cannot be deleted ({holder})."
_SUBNET = (
    "DependencyViolation: The subnet '{name}' has dependencies and cannot be deleted ({holder})."
)
_GROUP = "DependencyViolation: resource {name} has a dependent object ({holder})"
_FUNCTION = "aws:lambda/function:Function"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_FARGATE = "aws:eks/fargateProfile:FargateProfile"
_CLUSTER = "aws:eks/cluster:Cluster"
_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_INSTANCE = "aws:ec2/instance:Instance"

_HELD: dict[str, tuple[Held, ...]] = {
    "aws:iam/policy:Policy": (
        _held("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn", _CONFLICT),
        _held("aws:iam/userPolicyAttachment:UserPolicyAttachment", "policyArn", _CONFLICT),
        _held("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "policyArn", _CONFLICT),
        _held("aws:iam/policyAttachment:PolicyAttachment", "policyArn", _CONFLICT),
    ),
    "aws:iam/role:Role": (
        _held(
            "aws:iam/instanceProfile:InstanceProfile",
            "role",
            "DeleteConflict: Cannot delete entity, must remove roles from instance profile first"
            " ({holder}).",
            "forceDetachPolicies",
        ),
    ),
    "aws:s3/bucket:Bucket": (
        _held("aws:s3/bucketObjectv2:BucketObjectv2", "bucket", _EMPTY, "forceDestroy"),
        _held("aws:s3/bucketObject:BucketObject", "bucket", _EMPTY, "forceDestroy"),
    ),
    _CLUSTER: (
        _held(
            _NODE_GROUP,
            "clusterName",
            "ResourceInUseException: Cluster has nodegroups attached ({holder})",
        ),
        _held(
            _FARGATE,
            "clusterName",
            "ResourceInUseException: Cluster has Fargate profiles attached ({holder})",
        ),
    ),
    "aws:ec2/vpc:Vpc": (
        _held("aws:ec2/subnet:Subnet", "vpcId", _VPC),
        _held("aws:ec2/securityGroup:SecurityGroup", "vpcId", _VPC),
        _held(_ENDPOINT, "vpcId", _VPC),
        _held("aws:ec2/internetGateway:InternetGateway", "vpcId", _VPC),
    ),
    "aws:ec2/subnet:Subnet": (
        _held(_FUNCTION, "vpcConfig.subnetIds[]", _SUBNET),
        _held(_NODE_GROUP, "subnetIds[]", _SUBNET),
        _held(_CLUSTER, "vpcConfig.subnetIds[]", _SUBNET),
        _held(_ENDPOINT, "subnetIds[]", _SUBNET),
        _held(_INSTANCE, "subnetId", _SUBNET),
        _held("aws:ec2/natGateway:NatGateway", "subnetId", _SUBNET),
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        _held(_FUNCTION, "vpcConfig.securityGroupIds[]", _GROUP),
        _held(_CLUSTER, "vpcConfig.securityGroupIds[]", _GROUP),
        _held(_ENDPOINT, "securityGroupIds[]", _GROUP),
        _held(_INSTANCE, "vpcSecurityGroupIds[]", _GROUP),
        _held(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "referencedSecurityGroupId",
            _GROUP,
        ),
        _held("aws:ec2/securityGroupRule:SecurityGroupRule", "sourceSecurityGroupId", _GROUP),
    ),
    "aws:cloudwatch/eventRule:EventRule": (
        _held(
            "aws:cloudwatch/eventTarget:EventTarget",
            "rule",
            "ValidationException: Rule can't be deleted since it has targets ({holder}).",
            "forceDestroy",
        ),
    ),
    "aws:lambda/codeSigningConfig:CodeSigningConfig": (
        _held(
            _FUNCTION,
            "codeSigningConfigArn",
            "ResourceConflictException: the code signing configuration is used by {holder}",
        ),
    ),
    **{
        f"aws:servicediscovery/{kind}": (
            _held(
                "aws:servicediscovery/service:Service",
                "namespaceId dnsConfig.namespaceId",
                "ResourceInUse: Namespace has associated services ({holder})",
            ),
        )
        for kind in (
            "privateDnsNamespace:PrivateDnsNamespace",
            "httpNamespace:HttpNamespace",
            "publicDnsNamespace:PublicDnsNamespace",
        )
    },
    "aws:servicediscovery/service:Service": (
        _held(
            "aws:servicediscovery/instance:Instance",
            "serviceId",
            "ResourceInUse: Service contains registered instances ({holder})",
            "forceDestroy",
        ),
    ),
}
_SERVING = "aws:sagemaker/endpoint:Endpoint"
_TARGET = "aws:appautoscaling/target:Target"
_SCALING = (
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/scheduledAction:ScheduledAction",
)


def refusals(call: Call, row: Row) -> list[Problem]:
    """What holds a resource that is to be deleted."""
    own = _names(row)
    found: list[Problem] = []
    for held in _HELD.get(row.token, ()):
        if held.forced_by and row.inputs.get(held.forced_by):
            continue
        scope = {"account": row.account, "region": row.region}
        for holder in call.store.mentioning("aws", held.token, own, **scope):
            if any(value in own for path in held.paths for _, value in _values(holder, path)):
                text = held.message.format(name=row.name or row.id, holder=holder.name or holder.id)
                found.append(Problem("id", text))
                break
    return found


def along(call: Call, row: Row) -> list[Row]:
    """What else goes: an endpoint's variants are deregistered, a target's policies deleted.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html
    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    """
    if row.token == _TARGET:
        return _of_target(call, row)
    if row.token != _SERVING:
        return []
    prefix = f"endpoint/{row.name}/variant/"
    targets = [
        target
        for target in call.store.starting("aws", _TARGET, prefix, account=row.account)
        if target.region == row.region
    ]
    return [gone for target in targets for gone in (*_of_target(call, target), target)]


def _of_target(call: Call, target: Row) -> list[Row]:
    return [
        row
        for token in _SCALING
        for row in call.store.mentioning(
            "aws",
            token,
            [str(target.inputs.get("resourceId"))],
            account=target.account,
            region=target.region,
        )
        if row.inputs.get("resourceId") == target.inputs.get("resourceId")
        and row.inputs.get("scalableDimension") == target.inputs.get("scalableDimension")
    ]


def _values(row: Row, path: str) -> list[tuple[str, object]]:
    # What the sandbox began with has all of its properties in its outputs.
    return list(values_at(row.inputs or row.outputs, path))


def _names(row: Row) -> frozenset[str]:
    return frozenset({row.id, row.name, str(row.outputs.get("arn", ""))} - {""})
