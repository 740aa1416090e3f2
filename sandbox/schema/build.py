"""Reads the declarations that this project uses into the cache: `python -m sandbox.schema.build`.

Anything else is read when it is first used. Done again, it only looks whether all is there.
"""

import sys
import time

from sandbox.schema.library import Library, UnknownTokenError
from sandbox.schema.source import PACKAGES

__all__ = ["FUNCTIONS", "TOKENS", "main"]

# The types of the components and stacks; `tests/unit/test_sandbox_schema.py` holds them complete.
TOKENS: dict[str, tuple[str, ...]] = {
    "aws": (
        "aws:apigatewayv2/api:Api",
        "aws:apigatewayv2/apiMapping:ApiMapping",
        "aws:apigatewayv2/authorizer:Authorizer",
        "aws:apigatewayv2/domainName:DomainName",
        "aws:apigatewayv2/integration:Integration",
        "aws:apigatewayv2/route:Route",
        "aws:apigatewayv2/stage:Stage",
        "aws:appautoscaling/policy:Policy",
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        "aws:appautoscaling/target:Target",
        "aws:autoscaling/tag:Tag",
        "aws:cloudcontrol/resource:Resource",
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:codedeploy/application:Application",
        "aws:codedeploy/deploymentConfig:DeploymentConfig",
        "aws:codedeploy/deploymentGroup:DeploymentGroup",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/eip:Eip",
        "aws:ec2/flowLog:FlowLog",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/placementGroup:PlacementGroup",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/addon:Addon",
        "aws:eks/cluster:Cluster",
        "aws:eks/nodeGroup:NodeGroup",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:kms/alias:Alias",
        "aws:kms/key:Key",
        "aws:lambda/alias:Alias",
        "aws:lambda/function:Function",
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
        "aws:lambda/functionUrl:FunctionUrl",
        "aws:lambda/permission:Permission",
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig",
        "aws:route53/record:Record",
        "aws:s3/bucket:Bucket",
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition",
        "aws:sagemaker/endpoint:Endpoint",
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "aws:sagemaker/model:Model",
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule",
        "aws:scheduler/schedule:Schedule",
        "aws:sqs/queue:Queue",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "pulumi:providers:aws",
    ),
    "kubernetes": (
        "kubernetes:apps/v1:Deployment",
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        "kubernetes:core/v1:ConfigMap",
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:Secret",
        "kubernetes:core/v1:Service",
        "kubernetes:core/v1:ServiceAccount",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "kubernetes:policy/v1:PodDisruptionBudget",
        "pulumi:providers:kubernetes",
    ),
    "gcp": ("pulumi:providers:gcp",),
    "azure-native": ("pulumi:providers:azure-native",),
}
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "aws": (
        "aws:ec2/getSubnet:getSubnet",
        "aws:ec2/getSubnets:getSubnets",
        "aws:ec2/getVpc:getVpc",
        "aws:eks/getCluster:getCluster",
        "aws:iam/getPolicyDocument:getPolicyDocument",
        "aws:index/getCallerIdentity:getCallerIdentity",
        "aws:index/getPartition:getPartition",
        "aws:index/getRegion:getRegion",
        "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage",
        "aws:ssm/getParameter:getParameter",
    ),
}


def main() -> int:
    """Read everything in the tables; answers the exit code."""
    failed = 0
    for provider in PACKAGES:
        started = time.monotonic()
        try:
            library = Library(provider)
        except FileNotFoundError:
            print(f"{provider}: its Python SDK is not installed, skipped")
            continue
        library.tokens()
        for token in TOKENS.get(provider, ()):
            try:
                library.load(token)
            except UnknownTokenError:
                failed += 1
                print(f"{provider} {library.version} has no type {token}", file=sys.stderr)
        for token in FUNCTIONS.get(provider, ()):
            library.function(token)
        count = len(TOKENS.get(provider, ()))
        seconds = time.monotonic() - started
        print(f"{provider} {library.version}: {count} types read in {seconds:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
