"""Properties whose member has another name, or no member although one is named alike.

By type without `aws:`: a property's path, without the items of lists, and the member; both are
relative to the object that the property is in. An empty member is none. Read in the source of the
Terraform provider that pulumi-aws is built on.
"""

from collections.abc import Mapping

__all__ = ["NAMES"]

_CODE = {
    "imageUri": "Code.ImageUri",
    "s3Bucket": "Code.S3Bucket",
    "s3Key": "Code.S3Key",
    "s3ObjectVersion": "Code.S3ObjectVersion",
    "sourceKmsKeyArn": "Code.SourceKMSKeyArn",
}
_TEMPLATE = {
    "launchTemplate.id": "LaunchTemplateId",
    "launchTemplate.name": "LaunchTemplateName",
}
_INDEX_KEYS = {
    "projectionType": "Projection.ProjectionType",
    "hashKey": "KeySchema.AttributeName",
    "rangeKey": "KeySchema.AttributeName",
    "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
    "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
}
_INDEXES = {
    f"{indexes}.{name}": member
    for indexes in ("globalSecondaryIndexes", "localSecondaryIndexes")
    for name, member in {"name": "IndexName", **_INDEX_KEYS}.items()
}

NAMES: dict[str, Mapping[str, str]] = {
    "apigatewayv2/integration:Integration": {"timeoutMilliseconds": "TimeoutInMillis"},
    "autoscaling/group:Group": {"launchConfiguration": "LaunchConfigurationName", **_TEMPLATE},
    "autoscaling/tag:Tag": {"autoscalingGroupName": "Tags.ResourceId"},
    "cloudwatch/eventTarget:EventTarget": {"targetId": "Id"},
    "cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": {
        "logGroupName": "logGroupIdentifier"
    },
    "cloudwatch/logIndexPolicy:LogIndexPolicy": {"logGroupName": "logGroupIdentifier"},
    "cloudwatch/logMetricFilter:LogMetricFilter": {
        "name": "filterName",
        "pattern": "filterPattern",
        "metricTransformation.name": "metricName",
        "metricTransformation.namespace": "metricNamespace",
        "metricTransformation.value": "metricValue",
    },
    "cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": {
        "logGroup": "logGroupName",
        "name": "filterName",
    },
    "cloudwatch/logTransformer:LogTransformer": {"logGroupArn": "logGroupIdentifier"},
    "cloudwatch/metricAlarm:MetricAlarm": {"name": "AlarmName", "metricQueries": "Metrics"},
    "codedeploy/deploymentConfig:DeploymentConfig": {
        "trafficRoutingConfig.timeBasedCanary.interval": "canaryInterval",
        "trafficRoutingConfig.timeBasedCanary.percentage": "canaryPercentage",
        "trafficRoutingConfig.timeBasedLinear.interval": "linearInterval",
        "trafficRoutingConfig.timeBasedLinear.percentage": "linearPercentage",
    },
    "codedeploy/deploymentGroup:DeploymentGroup": {"appName": "applicationName"},
    "dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": {
        "approximateCreationDateTimePrecision": "EnableKinesisStreamingConfiguration"
        ".ApproximateCreationDateTimePrecision"
    },
    "dynamodb/table:Table": {
        **_INDEXES,
        "hashKey": "KeySchema.AttributeName",
        "rangeKey": "KeySchema.AttributeName",
        "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
        "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
        "streamViewType": "StreamSpecification.StreamViewType",
    },
    "ec2/instance:Instance": {"ami": "ImageId", "tenancy": "Placement.Tenancy", **_TEMPLATE},
    "ec2/spotInstanceRequest:SpotInstanceRequest": {
        "ami": "LaunchSpecification.ImageId",
        "spotType": "Type",
        "tenancy": "LaunchSpecification.Placement.Tenancy",
    },
    "ecr/lifecyclePolicy:LifecyclePolicy": {"repository": "repositoryName"},
    "ecr/repositoryPolicy:RepositoryPolicy": {"repository": "repositoryName"},
    "eks/addon:Addon": {
        "resolveConflictsOnCreate": "resolveConflicts",
        "resolveConflictsOnUpdate": "resolveConflicts",
    },
    "eks/nodeGroup:NodeGroup": {"nodeRoleArn": "nodeRole", **_TEMPLATE},
    "iam/accessKey:AccessKey": {"user": "UserName"},
    "iam/groupPolicy:GroupPolicy": {
        "group": "GroupName",
        "name": "PolicyName",
        "policy": "PolicyDocument",
    },
    "iam/groupPolicyAttachment:GroupPolicyAttachment": {"group": "GroupName"},
    "iam/instanceProfile:InstanceProfile": {"role": "RoleName"},
    "iam/policy:Policy": {"policy": "PolicyDocument"},
    "iam/role:Role": {"assumeRolePolicy": "AssumeRolePolicyDocument"},
    "iam/rolePolicy:RolePolicy": {
        "name": "PolicyName",
        "policy": "PolicyDocument",
        "role": "RoleName",
    },
    "iam/rolePolicyAttachment:RolePolicyAttachment": {"role": "RoleName"},
    "iam/userGroupMembership:UserGroupMembership": {"groups": "", "user": "UserName"},
    "iam/userLoginProfile:UserLoginProfile": {"user": "UserName"},
    "iam/userPolicy:UserPolicy": {
        "name": "PolicyName",
        "policy": "PolicyDocument",
        "user": "UserName",
    },
    "iam/userPolicyAttachment:UserPolicyAttachment": {"user": "UserName"},
    "kms/externalKey:ExternalKey": {"deletionWindowInDays": "PendingWindowInDays"},
    "kms/key:Key": {"deletionWindowInDays": "PendingWindowInDays"},
    "kms/replicaKey:ReplicaKey": {
        "deletionWindowInDays": "PendingWindowInDays",
        "primaryKeyArn": "KeyId",
    },
    "lambda/eventSourceMapping:EventSourceMapping": {
        "destinationConfig.onFailure.destinationArn": "Destination"
    },
    "lambda/function:Function": {
        **_CODE,
        "code": "",
        "durableConfig.retentionPeriod": "RetentionPeriodInDays",
    },
    "lambda/functionUrl:FunctionUrl": {"authorizationType": "AuthType"},
    "lambda/layerVersion:LayerVersion": {
        "s3Bucket": "Content.S3Bucket",
        "s3Key": "Content.S3Key",
        "s3ObjectVersion": "Content.S3ObjectVersion",
    },
    "lambda/permission:Permission": {"function": "FunctionName"},
    "s3/bucket:Bucket": {
        "accelerationStatus": "AccelerateConfiguration.Status",
        "requestPayer": "RequestPaymentConfiguration.Payer",
    },
    "s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration": {
        "status": "AccelerateConfiguration.Status"
    },
    "s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration": {
        "status": "IntelligentTieringConfiguration.Status"
    },
    "sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": {"name": "JobDefinitionName"},
    "sagemaker/endpointConfiguration:EndpointConfiguration": {"kmsKeyArn": "KmsKeyId"},
    "sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": {
        "warmStartConfig.parentHyperParameterTuningJobs.name": "HyperParameterTuningJobName"
    },
    "sagemaker/notebookInstance:NotebookInstance": {"volumeSize": "VolumeSizeInGB"},
    "secretsmanager/secretPolicy:SecretPolicy": {"secretArn": "SecretId"},
    "ssm/activation:Activation": {"name": "DefaultInstanceName"},
    "ssm/association:Association": {
        "outputLocation.s3BucketName": "S3Location.OutputS3BucketName",
        "outputLocation.s3KeyPrefix": "S3Location.OutputS3KeyPrefix",
        "outputLocation.s3Region": "S3Location.OutputS3Region",
    },
    "ssm/patchBaseline:PatchBaseline": {
        "approvalRules": "ApprovalRules.PatchRules",
        "approvalRules.patchFilters": "PatchFilterGroup.PatchFilters",
        "globalFilters": "GlobalFilters.PatchFilters",
    },
    "ssm/resourceDataSync:ResourceDataSync": {
        "name": "SyncName",
        "s3Destination.kmsKeyArn": "AWSKMSKeyARN",
    },
}
