"""Properties whose member has another name, or no member although one is named alike.

By type without `aws:`: a property's path, without the items of lists, and the member; both are
relative to the object that the property is in. An empty member is none, and one with a colon is of
that call: `PutRolePolicy:` is its whole input. Read in the source of the
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
    "autoscaling/group:Group": {
        "initialLifecycleHooks": "LifecycleHookSpecificationList",
        "initialLifecycleHooks.name": "LifecycleHookName",
        "instanceRefresh": "StartInstanceRefresh:",
        "launchConfiguration": "LaunchConfigurationName",
        **_TEMPLATE,
    },
    "autoscaling/tag:Tag": {"autoscalingGroupName": "Tags.ResourceId"},
    "cloudwatch/eventTarget:EventTarget": {
        "appsyncTarget": "AppSyncParameters",
        "batchTarget": "BatchParameters",
        "batchTarget.arraySize": "ArrayProperties.Size",
        "batchTarget.jobAttempts": "RetryStrategy.Attempts",
        "ecsTarget": "EcsParameters",
        "ecsTarget.networkConfiguration": "NetworkConfiguration.awsvpcConfiguration",
        "ecsTarget.orderedPlacementStrategies": "PlacementStrategy",
        "httpTarget": "HttpParameters",
        "kinesisTarget": "KinesisParameters",
        "redshiftTarget": "RedshiftDataParameters",
        "runCommandTargets": "RunCommandParameters.RunCommandTargets",
        "sagemakerPipelineTarget": "SageMakerPipelineParameters",
        "sqsTarget": "SqsParameters",
        "targetId": "Id",
    },
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
    "cloudwatch/metricAlarm:MetricAlarm": {
        "metricQueries.metric": "MetricStat",
        "metricQueries.metric.metricName": "Metric.MetricName",
        "metricQueries.metric.namespace": "Metric.Namespace",
        "metricQueries.metric.dimensions": "Metric.Dimensions",
        "name": "AlarmName",
        "metricQueries": "Metrics",
    },
    "codedeploy/deploymentConfig:DeploymentConfig": {
        "trafficRoutingConfig.timeBasedCanary.interval": "canaryInterval",
        "trafficRoutingConfig.timeBasedCanary.percentage": "canaryPercentage",
        "trafficRoutingConfig.timeBasedLinear.interval": "linearInterval",
        "trafficRoutingConfig.timeBasedLinear.percentage": "linearPercentage",
    },
    "codedeploy/deploymentGroup:DeploymentGroup": {
        "blueGreenDeploymentConfig": "blueGreenDeploymentConfiguration",
        "appName": "applicationName",
    },
    "dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": {
        "approximateCreationDateTimePrecision": "EnableKinesisStreamingConfiguration"
        ".ApproximateCreationDateTimePrecision"
    },
    "dynamodb/table:Table": {
        "attributes": "AttributeDefinitions",
        "attributes.name": "AttributeName",
        "attributes.type": "AttributeType",
        "pointInTimeRecovery": "PointInTimeRecoverySpecification",
        "importTable": "ImportTable:",
        "serverSideEncryption": "SSESpecification",
        "ttl": "TimeToLiveSpecification",
        **_INDEXES,
        "hashKey": "KeySchema.AttributeName",
        "rangeKey": "KeySchema.AttributeName",
        "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
        "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
        "streamViewType": "StreamSpecification.StreamViewType",
    },
    "ec2/instance:Instance": {
        "ebsBlockDevices": "BlockDeviceMappings.Ebs",
        "rootBlockDevice": "BlockDeviceMappings.Ebs",
        "ami": "ImageId",
        "tenancy": "Placement.Tenancy",
        **_TEMPLATE,
    },
    "ec2/spotInstanceRequest:SpotInstanceRequest": {
        "ebsBlockDevices": "BlockDeviceMappings.Ebs",
        "rootBlockDevice": "BlockDeviceMappings.Ebs",
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
    "iam/role:Role": {
        "inlinePolicies": "PutRolePolicy:",
        "inlinePolicies.name": "PolicyName",
        "inlinePolicies.policy": "PolicyDocument",
        "assumeRolePolicy": "AssumeRolePolicyDocument",
    },
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
    "kms/key:Key": {
        "customerMasterKeySpec": "KeySpec",
        "deletionWindowInDays": "PendingWindowInDays",
    },
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
        "config.objective": "HyperParameterTuningJobObjective",
        "warmStartConfig.parentHyperParameterTuningJobs.name": "HyperParameterTuningJobName",
    },
    "sagemaker/notebookInstance:NotebookInstance": {"volumeSize": "VolumeSizeInGB"},
    "secretsmanager/secretPolicy:SecretPolicy": {"secretArn": "SecretId"},
    "sqs/queue:Queue": {
        "maxMessageSize": "MaximumMessageSize",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
        "visibilityTimeoutSeconds": "VisibilityTimeout",
    },
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
    "cloudwatch/eventConnection:EventConnection": {
        "authParameters.apiKey": "ApiKeyAuthParameters",
        "authParameters.apiKey.key": "ApiKeyName",
        "authParameters.apiKey.value": "ApiKeyValue",
        "authParameters.basic": "BasicAuthParameters",
        "authParameters.oauth": "OAuthParameters",
    },
    "ec2/ami:Ami": {"ebsBlockDevices": "BlockDeviceMappings.Ebs"},
    "ec2/launchConfiguration:LaunchConfiguration": {
        "ebsBlockDevices": "BlockDeviceMappings.Ebs",
        "rootBlockDevice": "BlockDeviceMappings.Ebs",
    },
    "ec2/spotFleetRequest:SpotFleetRequest": {
        "fleetType": "Type",
        "instanceInterruptionBehaviour": "InstanceInterruptionBehavior",
        "launchSpecifications.placementTenancy": "Placement.Tenancy",
        "launchSpecifications.ebsBlockDevices": "BlockDeviceMappings.Ebs",
        "launchSpecifications.rootBlockDevices": "BlockDeviceMappings.Ebs",
    },
    "ec2/allowedImagesSettings:AllowedImagesSettings": {"state": "AllowedImagesSettingsState"},
    "eks/cluster:Cluster": {
        "enabledClusterLogTypes": "logging.clusterLogging.types",
        "vpcConfig": "resourcesVpcConfig",
    },
    "kms/replicaExternalKey:ReplicaExternalKey": {
        "deletionWindowInDays": "PendingWindowInDays",
        "primaryKeyArn": "KeyId",
    },
    "lambda/codeSigningConfig:CodeSigningConfig": {"policies": "CodeSigningPolicies"},
    "sagemaker/monitoringSchedule:MonitoringSchedule": {
        "monitoringScheduleConfig.monitoringJobDefinition.baseline": "BaselineConfig"
    },
    "scheduler/schedule:Schedule": {
        "target.sagemakerPipelineParameters.pipelineParameters": "PipelineParameterList"
    },
    "ssm/document:Document": {"attachmentsSources": "Attachments"},
    "ssm/maintenanceWindowTask:MaintenanceWindowTask": {
        "taskInvocationParameters.automationParameters": "Automation",
        "taskInvocationParameters.lambdaParameters": "Lambda",
        "taskInvocationParameters.runCommandParameters": "RunCommand",
        "taskInvocationParameters.stepFunctionsParameters": "StepFunctions",
    },
    "s3/directoryBucket:DirectoryBucket": {
        "dataRedundancy": "Bucket.DataRedundancy",
        "type": "Bucket.Type",
    },
    "s3/inventory:Inventory": {"destination.bucket": "S3BucketDestination"},
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "rules.blockedEncryptionTypes": "BlockedEncryptionTypes.EncryptionType"
    },
}
