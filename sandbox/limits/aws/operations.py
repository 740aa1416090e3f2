"""Which calls of AWS's API make a resource of a type.

By rule: the one call of the module's service that is named as the type, after Create, Put or
Register. The types below are made by calls of other names; which, is read in the source of the
Terraform provider that pulumi-aws is built on.
"""

import functools
import re
from collections.abc import Sequence

from sandbox.limits.aws.services import Service, service, services

__all__ = ["calls"]

_VERBS = ("Create", "Put", "Register")
# The services of a module, where its name is not the service's.
_MODULES: dict[str, tuple[str, ...]] = {
    "alb": ("elbv2",),
    "appautoscaling": ("application-autoscaling",),
    "bcmdata": ("bcm-data-exports",),
    "cfg": ("config",),
    "cloudwatch": ("cloudwatch", "logs", "events"),
    "costexplorer": ("ce",),
    "directoryservice": ("ds",),
    "ec2transitgateway": ("ec2",),
    "lb": ("elbv2",),
    "msk": ("kafka",),
    "mskconnect": ("kafkaconnect",),
    "opensearchingest": ("osis",),
    "resourceexplorer": ("resource-explorer-2",),
    "route53recoverycontrol": ("route53-recovery-control-config",),
    "sfn": ("stepfunctions",),
    "vpc": ("ec2",),
}
# By type without `aws:`. A path after the call is the part of its input that has the properties.
_CALLS: dict[str, tuple[str, ...]] = {
    "apigatewayv2/routingRule:RoutingRule": ("apigatewayv2.CreateRoutingRule",),
    "appautoscaling/policy:Policy": ("application-autoscaling.PutScalingPolicy",),
    "appautoscaling/target:Target": ("application-autoscaling.RegisterScalableTarget",),
    "autoscaling/group:Group": (
        "autoscaling.CreateAutoScalingGroup",
        "autoscaling.PutWarmPool",
        "autoscaling.StartInstanceRefresh",
    ),
    "autoscaling/notification:Notification": ("autoscaling.PutNotificationConfiguration",),
    "autoscaling/policy:Policy": ("autoscaling.PutScalingPolicy",),
    "autoscaling/schedule:Schedule": ("autoscaling.PutScheduledUpdateGroupAction",),
    "autoscaling/tag:Tag": ("autoscaling.CreateOrUpdateTags",),
    "autoscaling/trafficSourceAttachment:TrafficSourceAttachment": (
        "autoscaling.AttachTrafficSources",
    ),
    # Made by a job, whose input is another.
    "bedrock/customModel:CustomModel": ("bedrock.CreateModelCustomizationJob",),
    "cloudwatch/contributorInsightRule:ContributorInsightRule": ("cloudwatch.PutInsightRule",),
    "cloudwatch/eventApiDestination:EventApiDestination": ("events.CreateApiDestination",),
    "cloudwatch/eventArchive:EventArchive": ("events.CreateArchive",),
    "cloudwatch/eventBus:EventBus": ("events.CreateEventBus",),
    "cloudwatch/eventBusPolicy:EventBusPolicy": ("events.PutPermission",),
    "cloudwatch/eventConnection:EventConnection": ("events.CreateConnection",),
    "cloudwatch/eventEndpoint:EventEndpoint": ("events.CreateEndpoint",),
    "cloudwatch/eventPermission:EventPermission": ("events.PutPermission",),
    "cloudwatch/eventRule:EventRule": ("events.PutRule",),
    "cloudwatch/eventTarget:EventTarget": (
        "events.PutTargets",
        "events.PutTargets/Targets",
    ),
    "cloudwatch/logAccountPolicy:LogAccountPolicy": ("logs.PutAccountPolicy",),
    "cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": ("logs.PutDataProtectionPolicy",),
    "cloudwatch/logDelivery:LogDelivery": ("logs.CreateDelivery",),
    "cloudwatch/logDeliveryDestination:LogDeliveryDestination": ("logs.PutDeliveryDestination",),
    "cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": (
        "logs.PutDeliveryDestinationPolicy",
    ),
    "cloudwatch/logDeliverySource:LogDeliverySource": ("logs.PutDeliverySource",),
    "cloudwatch/logDestination:LogDestination": ("logs.PutDestination",),
    "cloudwatch/logDestinationPolicy:LogDestinationPolicy": ("logs.PutDestinationPolicy",),
    "cloudwatch/logGroup:LogGroup": (
        "logs.CreateLogGroup",
        "logs.PutRetentionPolicy",
    ),
    "cloudwatch/logIndexPolicy:LogIndexPolicy": ("logs.PutIndexPolicy",),
    "cloudwatch/logMetricFilter:LogMetricFilter": ("logs.PutMetricFilter",),
    "cloudwatch/logResourcePolicy:LogResourcePolicy": ("logs.PutResourcePolicy",),
    "cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": ("logs.PutSubscriptionFilter",),
    "cloudwatch/logTransformer:LogTransformer": ("logs.PutTransformer",),
    "dynamodb/contributorInsights:ContributorInsights": ("dynamodb.UpdateContributorInsights",),
    "dynamodb/globalSecondaryIndex:GlobalSecondaryIndex": (
        "dynamodb.UpdateTable",
        "dynamodb.UpdateTable/GlobalSecondaryIndexUpdates/Create",
    ),
    "dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": (
        "dynamodb.EnableKinesisStreamingDestination",
    ),
    "dynamodb/table:Table": (
        "dynamodb.CreateTable",
        "dynamodb.UpdateTimeToLive",
        "dynamodb.UpdateContinuousBackups",
        "dynamodb.ImportTable",
    ),
    "dynamodb/tableExport:TableExport": ("dynamodb.ExportTableToPointInTime",),
    "dynamodb/tableItem:TableItem": ("dynamodb.PutItem",),
    "ec2/allowedImagesSettings:AllowedImagesSettings": ("ec2.EnableAllowedImagesSettings",),
    "ec2/ami:Ami": ("ec2.RegisterImage",),
    "ec2/amiFromInstance:AmiFromInstance": ("ec2.CreateImage",),
    "ec2/capacityBlockReservation:CapacityBlockReservation": ("ec2.PurchaseCapacityBlock",),
    "ec2/dedicatedHost:DedicatedHost": ("ec2.AllocateHosts",),
    "ec2/defaultCreditSpecification:DefaultCreditSpecification": (
        "ec2.ModifyDefaultCreditSpecification",
    ),
    "ec2/defaultSubnet:DefaultSubnet": (
        "ec2.CreateDefaultSubnet",
        "ec2.ModifySubnetAttribute",
    ),
    "ec2/eip:Eip": ("ec2.AllocateAddress",),
    "ec2/encryptionControl:EncryptionControl": (
        "ec2.CreateVpcEncryptionControl",
        "ec2.ModifyVpcEncryptionControl",
    ),
    "ec2/flowLog:FlowLog": ("ec2.CreateFlowLogs",),
    "ec2/instance:Instance": ("ec2.RunInstances",),
    "ec2/instanceMetadataDefaults:InstanceMetadataDefaults": (
        "ec2.ModifyInstanceMetadataDefaults",
    ),
    "ec2/keyPair:KeyPair": ("ec2.ImportKeyPair",),
    "ec2/launchConfiguration:LaunchConfiguration": ("autoscaling.CreateLaunchConfiguration",),
    "ec2/launchTemplate:LaunchTemplate": (
        "ec2.CreateLaunchTemplate",
        "ec2.CreateLaunchTemplate/LaunchTemplateData",
    ),
    "ec2/networkAclRule:NetworkAclRule": ("ec2.CreateNetworkAclEntry",),
    "ec2/spotFleetRequest:SpotFleetRequest": ("ec2.RequestSpotFleet/SpotFleetRequestConfig",),
    "ec2/spotInstanceRequest:SpotInstanceRequest": (
        "ec2.RequestSpotInstances",
        "ec2.RequestSpotInstances/LaunchSpecification",
    ),
    "ec2/subnet:Subnet": (
        "ec2.CreateSubnet",
        "ec2.ModifySubnetAttribute",
    ),
    "ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions": (
        "ec2.ModifyVpcBlockPublicAccessOptions",
    ),
    "ec2/vpcEncryptionControl:VpcEncryptionControl": (
        "ec2.CreateVpcEncryptionControl",
        "ec2.ModifyVpcEncryptionControl",
    ),
    "ec2/vpcEndpointService:VpcEndpointService": ("ec2.CreateVpcEndpointServiceConfiguration",),
    "ec2/vpcIpam:VpcIpam": ("ec2.CreateIpam",),
    "ec2/vpcIpamPool:VpcIpamPool": ("ec2.CreateIpamPool",),
    "ec2/vpcIpamPoolCidr:VpcIpamPoolCidr": ("ec2.ProvisionIpamPoolCidr",),
    "ec2/vpcIpamPoolCidrAllocation:VpcIpamPoolCidrAllocation": ("ec2.AllocateIpamPoolCidr",),
    "ec2/vpcIpamResourceDiscovery:VpcIpamResourceDiscovery": ("ec2.CreateIpamResourceDiscovery",),
    "ec2/vpcIpamScope:VpcIpamScope": ("ec2.CreateIpamScope",),
    "ec2/vpcNetworkPerformanceMetricSubscription:VpcNetworkPerformanceMetricSubscription": (
        "ec2.EnableAwsNetworkPerformanceMetricSubscription",
    ),
    "ecr/repositoryPolicy:RepositoryPolicy": ("ecr.SetRepositoryPolicy",),
    "eks/accessPolicyAssociation:AccessPolicyAssociation": ("eks.AssociateAccessPolicy",),
    "eks/cluster:Cluster": ("eks.CreateCluster",),
    "eks/identityProviderConfig:IdentityProviderConfig": ("eks.AssociateIdentityProviderConfig",),
    "eks/nodeGroup:NodeGroup": ("eks.CreateNodegroup",),
    "fms/adminAccount:AdminAccount": ("fms.AssociateAdminAccount",),
    "iam/accessKey:AccessKey": (
        "iam.CreateAccessKey",
        "iam.UpdateAccessKey",
    ),
    "iam/accountPasswordPolicy:AccountPasswordPolicy": ("iam.UpdateAccountPasswordPolicy",),
    "iam/groupPolicy:GroupPolicy": ("iam.PutGroupPolicy",),
    "iam/groupPolicyAttachment:GroupPolicyAttachment": ("iam.AttachGroupPolicy",),
    "iam/instanceProfile:InstanceProfile": (
        "iam.CreateInstanceProfile",
        "iam.AddRoleToInstanceProfile",
    ),
    "iam/role:Role": (
        "iam.CreateRole",
        "iam.PutRolePolicy",
    ),
    "iam/rolePolicy:RolePolicy": ("iam.PutRolePolicy",),
    "iam/rolePolicyAttachment:RolePolicyAttachment": ("iam.AttachRolePolicy",),
    "iam/securityTokenServicePreferences:SecurityTokenServicePreferences": (
        "iam.SetSecurityTokenServicePreferences",
    ),
    "iam/serverCertificate:ServerCertificate": ("iam.UploadServerCertificate",),
    "iam/serviceSpecificCredential:ServiceSpecificCredential": (
        "iam.CreateServiceSpecificCredential",
        "iam.UpdateServiceSpecificCredential",
    ),
    "iam/signingCertificate:SigningCertificate": (
        "iam.UploadSigningCertificate",
        "iam.UpdateSigningCertificate",
    ),
    "iam/sshKey:SshKey": (
        "iam.UploadSSHPublicKey",
        "iam.UpdateSSHPublicKey",
        "iam.GetSSHPublicKey",
    ),
    "iam/userGroupMembership:UserGroupMembership": ("iam.AddUserToGroup",),
    "iam/userLoginProfile:UserLoginProfile": ("iam.CreateLoginProfile",),
    "iam/userPolicy:UserPolicy": ("iam.PutUserPolicy",),
    "iam/userPolicyAttachment:UserPolicyAttachment": ("iam.AttachUserPolicy",),
    "kms/externalKey:ExternalKey": (
        "kms.CreateKey",
        "kms.ScheduleKeyDeletion",
    ),
    "kms/key:Key": (
        "kms.CreateKey",
        "kms.EnableKeyRotation",
        "kms.ScheduleKeyDeletion",
    ),
    "kms/replicaExternalKey:ReplicaExternalKey": (
        "kms.ReplicateKey",
        "kms.ScheduleKeyDeletion",
    ),
    "kms/replicaKey:ReplicaKey": (
        "kms.ReplicateKey",
        "kms.ScheduleKeyDeletion",
    ),
    "lambda/function:Function": (
        "lambda.CreateFunction",
        "lambda.PutFunctionConcurrency",
    ),
    "lambda/functionUrl:FunctionUrl": ("lambda.CreateFunctionUrlConfig",),
    "lambda/layerVersion:LayerVersion": ("lambda.PublishLayerVersion",),
    "lambda/layerVersionPermission:LayerVersionPermission": ("lambda.AddLayerVersionPermission",),
    "lambda/permission:Permission": ("lambda.AddPermission",),
    "s3/accessPoint:AccessPoint": ("s3control.CreateAccessPoint",),
    "s3/bucket:Bucket": (
        "s3.CreateBucket",
        "s3.PutBucketAccelerateConfiguration",
        "s3.PutBucketRequestPayment",
    ),
    "s3/bucketCorsConfiguration:BucketCorsConfiguration": (
        "s3.PutBucketCors",
        "s3.PutBucketCors/CORSConfiguration",
    ),
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3.PutBucketLifecycleConfiguration",
        "s3.PutBucketLifecycleConfiguration/LifecycleConfiguration",
    ),
    "s3/bucketMetric:BucketMetric": (
        "s3.PutBucketMetricsConfiguration",
        "s3.PutBucketMetricsConfiguration/MetricsConfiguration",
    ),
    "s3/bucketNotification:BucketNotification": ("s3.PutBucketNotificationConfiguration",),
    "s3/bucketObject:BucketObject": ("s3.PutObject",),
    "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": (
        "s3.PutObjectLockConfiguration",
        "s3.PutObjectLockConfiguration/ObjectLockConfiguration",
    ),
    "s3/bucketObjectv2:BucketObjectv2": ("s3.PutObject",),
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("s3.PutPublicAccessBlock",),
    "s3/bucketRequestPaymentConfiguration:BucketRequestPaymentConfiguration": (
        "s3.PutBucketRequestPayment/RequestPaymentConfiguration",
    ),
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3.PutBucketEncryption",
        "s3.PutBucketEncryption/ServerSideEncryptionConfiguration",
    ),
    "s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": (
        "s3.PutBucketWebsite",
        "s3.PutBucketWebsite/WebsiteConfiguration",
    ),
    "s3/directoryBucket:DirectoryBucket": ("s3.CreateBucket/CreateBucketConfiguration",),
    "s3/filesAccessPoint:FilesAccessPoint": ("s3files.CreateAccessPoint",),
    "s3/filesFileSystem:FilesFileSystem": ("s3files.CreateFileSystem",),
    "s3/filesMountTarget:FilesMountTarget": ("s3files.CreateMountTarget",),
    "s3/filesSynchronizationConfiguration:FilesSynchronizationConfiguration": (
        "s3files.PutSynchronizationConfiguration",
    ),
    "s3/inventory:Inventory": (
        "s3.PutBucketInventoryConfiguration",
        "s3.PutBucketInventoryConfiguration/InventoryConfiguration",
    ),
    "s3/objectCopy:ObjectCopy": ("s3.CopyObject",),
    "s3/vectorsIndex:VectorsIndex": ("s3vectors.CreateIndex",),
    "s3/vectorsVectorBucket:VectorsVectorBucket": ("s3vectors.CreateVectorBucket",),
    "sagemaker/device:Device": ("sagemaker.RegisterDevices",),
    "sagemaker/domain:Domain": (
        "sagemaker.CreateDomain",
        "sagemaker.DeleteDomain",
    ),
    "sagemaker/endpointConfiguration:EndpointConfiguration": ("sagemaker.CreateEndpointConfig",),
    "sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration": (
        "sagemaker.CreateNotebookInstanceLifecycleConfig",
    ),
    "secretsmanager/secretPolicy:SecretPolicy": ("secretsmanager.PutResourcePolicy",),
    "secretsmanager/secretRotation:SecretRotation": ("secretsmanager.RotateSecret",),
    "secretsmanager/secretVersion:SecretVersion": ("secretsmanager.PutSecretValue",),
    "sns/topicSubscription:TopicSubscription": ("sns.Subscribe",),
    "sqs/queue:Queue": ("sqs.CreateQueue", "sqs.CreateQueue/Attributes"),
    "ssm/contactsRotation:ContactsRotation": ("ssm-contacts.CreateRotation",),
    "ssm/defaultPatchBaseline:DefaultPatchBaseline": (
        "ssm.RegisterDefaultPatchBaseline",
        "ssm.CreatePatchBaseline",
    ),
    "ssm/maintenanceWindowTarget:MaintenanceWindowTarget": (
        "ssm.RegisterTargetWithMaintenanceWindow",
    ),
    "ssm/maintenanceWindowTask:MaintenanceWindowTask": ("ssm.RegisterTaskWithMaintenanceWindow",),
    "ssm/patchGroup:PatchGroup": ("ssm.RegisterPatchBaselineForPatchGroup",),
    "ssm/serviceSetting:ServiceSetting": ("ssm.UpdateServiceSetting",),
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("ec2.AuthorizeSecurityGroupEgress",),
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("ec2.AuthorizeSecurityGroupIngress",),
}


def calls(token: str) -> Sequence[str]:
    """The calls that make a type, as `sagemaker.CreateModel`; none where that is not certain."""
    plain = token.removeprefix("aws:")
    if plain in _CALLS:
        return _CALLS[plain]
    module, _, name = plain.partition("/")
    wanted = [(verb + name.partition(":")[2]).lower() for verb in _VERBS]
    found = [
        f"{api.name}.{api.spelt[word]}"
        for api in _services(module)
        for word in wanted
        if word in api.spelt
    ]
    return found if len(found) == 1 else ()


def _services(module: str) -> list[Service]:
    names = _MODULES.get(module) or _named().get(module, ())
    return [service(name) for name in names]


@functools.cache
def _named() -> dict[str, tuple[str, ...]]:
    """Services by names without separators, as modules are called."""
    return {re.sub("[^a-z0-9]", "", name): (name,) for name in services()}
