"""Which changes of an AWS resource need a new one.

Three sources, joined: the table below, read from the provider's code and reviewed, for the types
that this project uses; CloudFormation's `createOnlyProperties`, for every type whose name and
property names match exactly; and what the SDK itself says (`replace_on_changes`).
"""

import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from sandbox.diff import Replaces
from sandbox.schema import Resource

__all__ = ["TABLE", "replaces"]

_ALL = Replaces(everything=True)


def _some(*paths: str) -> Replaces:
    return Replaces(frozenset(paths))


# Source: `ForceNew` in the code of the Terraform AWS provider, on which pulumi-aws is built. A type
# that is here is complete: CloudFormation's list is not asked.
TABLE: dict[str, Replaces] = {
    "aws:sagemaker/model:Model": _ALL,
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _ALL,
    "aws:sagemaker/endpoint:Endpoint": _some("name"),
    "aws:lambda/function:Function": _some("name", "packageType", "tenancyConfig"),
    "aws:lambda/alias:Alias": _some("name", "functionName"),
    "aws:lambda/permission:Permission": _ALL,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _some(
        "functionName", "qualifier"
    ),
    "aws:lambda/functionUrl:FunctionUrl": _some("functionName", "qualifier"),
    "aws:lambda/layerVersion:LayerVersion": _ALL,
    "aws:apigatewayv2/api:Api": _some("protocolType", "credentialsArn", "routeKey", "target"),
    "aws:apigatewayv2/stage:Stage": _some("apiId", "name"),
    "aws:apigatewayv2/integration:Integration": _some(
        "apiId", "integrationType", "integrationSubtype"
    ),
    "aws:apigatewayv2/route:Route": _some("apiId"),
    "aws:apigatewayv2/authorizer:Authorizer": _some("apiId"),
    "aws:apigatewayv2/deployment:Deployment": _some("apiId", "triggers"),
    "aws:iam/role:Role": _some("name", "namePrefix", "path"),
    "aws:iam/policy:Policy": _some("name", "namePrefix", "path", "description"),
    "aws:iam/rolePolicy:RolePolicy": _some("name", "namePrefix", "role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _ALL,
    "aws:iam/instanceProfile:InstanceProfile": _some("name", "namePrefix", "path"),
    "aws:kms/key:Key": _some(
        *("customKeyStoreId", "keyUsage", "customerMasterKeySpec", "multiRegion", "xksKeyId"),
    ),
    "aws:kms/alias:Alias": _some("name", "namePrefix"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _some("name"),
    "aws:cloudwatch/dashboard:Dashboard": _some("dashboardName"),
    "aws:cloudwatch/logGroup:LogGroup": _some("name", "namePrefix", "logGroupClass"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _some("name", "logGroupName"),
    "aws:cloudwatch/eventRule:EventRule": _some("name", "namePrefix", "eventBusName"),
    "aws:appautoscaling/target:Target": _some(
        "resourceId", "scalableDimension", "serviceNamespace"
    ),
    "aws:appautoscaling/policy:Policy": _some(
        "name", "resourceId", "scalableDimension", "serviceNamespace"
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": _some(
        "name", "resourceId", "scalableDimension", "serviceNamespace"
    ),
    "aws:autoscaling/tag:Tag": _some("autoscalingGroupName", "tag.key"),
    "aws:codedeploy/application:Application": _some("computePlatform"),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": _some(),
    "aws:codedeploy/deploymentConfig:DeploymentConfig": _ALL,
    "aws:eks/cluster:Cluster": _some(
        "name",
        "roleArn",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
        "encryptionConfig",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "outpostConfig",
    ),
    "aws:eks/nodeGroup:NodeGroup": _some(
        "clusterName",
        "nodeGroupName",
        "nodeGroupNamePrefix",
        "nodeRoleArn",
        "subnetIds",
        "amiType",
        "capacityType",
        "diskSize",
        "instanceTypes",
        "remoteAccess",
        "launchTemplate.id",
        "launchTemplate.name",
    ),
    "aws:eks/addon:Addon": _some("clusterName", "addonName", "namespaceConfig"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _some(
        "clusterName", "namespace", "serviceAccount"
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": _some("name", "namePrefix"),
    "aws:ec2/securityGroup:SecurityGroup": _some("name", "namePrefix", "description", "vpcId"),
    "aws:s3/bucket:Bucket": _some(
        *("bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _some("bucket"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _some("bucket"),
    "aws:s3/bucketVersioning:BucketVersioning": _some("bucket", "expectedBucketOwner"),
    "aws:ecr/repository:Repository": _some("name", "encryptionConfigurations"),
    "aws:sqs/queue:Queue": _some("name", "namePrefix", "fifoQueue"),
    "aws:sns/topic:Topic": _some("name", "namePrefix", "fifoTopic"),
}

_SERVICES = {"appautoscaling": "applicationautoscaling", "cloudwatch": "cloudwatch"}


def replaces(declared: Resource) -> Replaces:
    """The replace rules of a type; the region always counts."""
    known = TABLE.get(declared.token)
    if known is None:
        known = Replaces(frozenset(_create_only(declared)) | declared.replaces)
    return known.joined(["region"])


@functools.lru_cache(maxsize=512)
def _create_only_of(service: str, name: str) -> tuple[str, ...]:
    """`createOnlyProperties` of the CloudFormation type of that name, as (Camel) paths."""
    spec = importlib.util.find_spec("cfnlint")  # Finds, does not import.
    if spec is None or spec.origin is None:
        return ()
    folder = Path(spec.origin).parent / "data" / "schemas"
    index: dict[str, str] = json.loads((folder / "providers" / "us-east-1.json").read_text())
    for cloudformation, file in index.items():
        parts = cloudformation.split("::")
        if len(parts) == 3 and _plain(parts[1]) == service and _plain(parts[2]) == name:  # noqa: PLR2004
            document: dict[str, Any] = json.loads(
                (folder / "resources" / f"{file}.json").read_text()
            )
            found: list[str] = document.get("createOnlyProperties", [])
            return tuple(path.removeprefix("/properties/") for path in found)
    return ()


def _create_only(declared: Resource) -> list[str]:
    module, name = declared.token.split(":", 1)[1].rsplit(":", 1)
    service = module.split("/")[0]
    wanted = _create_only_of(_SERVICES.get(service, service), _plain(name))
    by_plain = {_plain(wire): wire for wire in declared.inputs}
    found: list[str] = []
    for path in wanted:
        first = _plain(path.split("/")[0])
        # `RoleName` of a role is `name`; `Subnets` of a node group is `subnetIds`.
        for guess in (
            first,
            first.removeprefix(_plain(name)),
            f"{first}s",
            f"{first.rstrip('s')}ids",
        ):
            if guess in by_plain and "/" not in path:
                found.append(by_plain[guess])
                break
    return found


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
