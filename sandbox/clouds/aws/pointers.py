"""Which properties of AWS types point to which types: the table that `pointing.py` reads.

Paths are those of the SDK (a test holds them to it). Types in modules with checks of their own have
those beside what stands here. Source of what a property takes: the API reference of each service.
"""

from sandbox.clouds.aws.pointing import Pointer

__all__ = ["POINTERS"]

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
USER = "aws:iam/user:User"
GROUP = "aws:iam/group:Group"
KEY = "aws:kms/key:Key"
REPLICA = "aws:kms/replicaKey:ReplicaKey"
EXTERNAL_KEY = "aws:kms/externalKey:ExternalKey"
SUBNET = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET = "aws:ec2/defaultSubnet:DefaultSubnet"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
VPC = "aws:ec2/vpc:Vpc"
TOPIC = "aws:sns/topic:Topic"
QUEUE = "aws:sqs/queue:Queue"
FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
STREAM = "aws:kinesis/stream:Stream"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
STATES = "aws:sfn/stateMachine:StateMachine"
BUS = "aws:cloudwatch/eventBus:EventBus"
PIPELINE = "aws:sagemaker/pipeline:Pipeline"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CLUSTER = "aws:eks/cluster:Cluster"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
API = "aws:apigatewayv2/api:Api"
BUCKET = "aws:s3/bucket:Bucket"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SCALING_GROUP = "aws:autoscaling/group:Group"
# What EventBridge, the Scheduler and Pipes send to; other services pass.
TARGETS = (FUNCTION, QUEUE, TOPIC, STATES, LOG_GROUP, STREAM, FIREHOSE, BUS, PIPELINE)


def _to(*tokens: str, paths: str, late: bool = False) -> tuple[Pointer, ...]:
    return tuple(Pointer(path, tokens, late=late) for path in paths.split())


def _open(*tokens: str, paths: str) -> tuple[Pointer, ...]:
    return tuple(Pointer(path, tokens, late=True, open=True) for path in paths.split())


def _role(service: str, paths: str) -> tuple[Pointer, ...]:
    return tuple(
        Pointer(path, (ROLE,), service=f"{service}.amazonaws.com") for path in paths.split()
    )


def _keys(paths: str) -> tuple[Pointer, ...]:
    return _to(KEY, REPLICA, EXTERNAL_KEY, paths=paths)


def _network(subnets: str, groups: str) -> tuple[Pointer, ...]:
    return (
        *_to(SUBNET, DEFAULT_SUBNET, paths=subnets),
        *_to(SECURITY_GROUP, paths=groups),
    )


def _on_function(late: bool = False) -> tuple[Pointer, ...]:  # noqa: FBT001, FBT002
    return _to(FUNCTION, paths="functionName", late=late)


_JOB = "monitoringScheduleConfig.monitoringJobDefinition"
_SAGEMAKER = {
    "model:Model": _network("vpcConfig.subnets[]", "vpcConfig.securityGroupIds[]"),
    "endpointConfiguration:EndpointConfiguration": (
        *_keys(
            "kmsKeyArn dataCaptureConfig.kmsKeyId asyncInferenceConfig.outputConfig.kmsKeyId"
            " productionVariants[].coreDumpConfig.kmsKeyId"
        ),
        *_to(
            TOPIC,
            paths="asyncInferenceConfig.outputConfig.notificationConfig.errorTopic"
            " asyncInferenceConfig.outputConfig.notificationConfig.successTopic",
        ),
    ),
    "endpoint:Endpoint": _to(
        ALARM,
        COMPOSITE,
        paths="deploymentConfig.autoRollbackConfiguration.alarms[].alarmName",
    ),
    "dataQualityJobDefinition:DataQualityJobDefinition": (
        *_role("sagemaker", "roleArn"),
        *_to(ENDPOINT, paths="dataQualityJobInput.endpointInput.endpointName"),
        *_keys("dataQualityJobOutputConfig.kmsKeyId jobResources.clusterConfig.volumeKmsKeyId"),
        *_network(
            "networkConfig.vpcConfig.subnets[]", "networkConfig.vpcConfig.securityGroupIds[]"
        ),
    ),
    "monitoringSchedule:MonitoringSchedule": (
        *_role("sagemaker", f"{_JOB}.roleArn"),
        *_to(ENDPOINT, paths=f"{_JOB}.monitoringInputs.endpointInput.endpointName"),
        *_keys(f"{_JOB}.monitoringOutputConfig.kmsKeyId"),
        *_keys(f"{_JOB}.monitoringResources.clusterConfig.volumeKmsKeyId"),
        *_network(
            f"{_JOB}.networkConfig.vpcConfig.subnets[]",
            f"{_JOB}.networkConfig.vpcConfig.securityGroupIds[]",
        ),
    ),
    "modelPackageGroupPolicy:ModelPackageGroupPolicy": _to(
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup", paths="modelPackageGroupName"
    ),
    "pipeline:Pipeline": _role("sagemaker", "roleArn"),
    "featureGroup:FeatureGroup": (
        *_role("sagemaker", "roleArn"),
        *_keys("offlineStoreConfig.s3StorageConfig.kmsKeyId"),
        *_keys("onlineStoreConfig.securityConfig.kmsKeyId"),
    ),
    "modelCard:ModelCard": _keys("securityConfig.kmsKeyId"),
    "notebookInstance:NotebookInstance": (
        *_role("sagemaker", "roleArn"),
        *_keys("kmsKeyId"),
        *_network("subnetId", "securityGroups[]"),
    ),
    "mlflowTrackingServer:MlflowTrackingServer": _role("sagemaker", "roleArn"),
    "domain:Domain": _role("sagemaker", "defaultUserSettings.executionRole"),
}
_LAMBDA = {
    "function:Function": (
        *_network("vpcConfig.subnetIds[]", "vpcConfig.securityGroupIds[]"),
        *_to(SECURITY_GROUP, paths="replacementSecurityGroupIds[]"),
        *_keys("kmsKeyArn sourceKmsKeyArn"),
        *_to(QUEUE, TOPIC, paths="deadLetterConfig.targetArn"),
        *_to("aws:lambda/layerVersion:LayerVersion", paths="layers[]"),
        *_to("aws:lambda/codeSigningConfig:CodeSigningConfig", paths="codeSigningConfigArn"),
    ),
    "eventSourceMapping:EventSourceMapping": (
        *_on_function(),
        *_keys("kmsKeyArn"),
        *(
            Pointer("eventSourceArn", (QUEUE, STREAM), open=True),
            Pointer("destinationConfig.onFailure.destinationArn", (QUEUE, TOPIC), open=True),
        ),
    ),
    "functionEventInvokeConfig:FunctionEventInvokeConfig": _open(
        QUEUE,
        TOPIC,
        FUNCTION,
        BUS,
        paths="destinationConfig.onFailure.destination destinationConfig.onSuccess.destination",
    ),
    "permission:Permission": _open(
        *(TOPIC, QUEUE, LOG_GROUP, "aws:cloudwatch/eventRule:EventRule"),
        paths="sourceArn",
    ),
    "runtimeManagementConfig:RuntimeManagementConfig": _on_function(),
    "functionRecursionConfig:FunctionRecursionConfig": _on_function(),
    "functionScalingConfig:FunctionScalingConfig": _on_function(),
    "invocation:Invocation": _on_function(),
    "capacityProvider:CapacityProvider": (
        *_network("vpcConfig.subnetIds[]", "vpcConfig.securityGroupIds[]"),
        *_role("lambda", "permissionsConfig.capacityProviderOperatorRoleArn"),
        *_keys("kmsKeyArn"),
    ),
}
_LINK = "aws:apigatewayv2/vpcLink:VpcLink"
_DOMAIN = "aws:apigatewayv2/domainName:DomainName"
_GATEWAY = {
    "api:Api": _role("apigateway", "credentialsArn"),
    "apiMapping:ApiMapping": (
        *_to(API, paths="apiId"),
        *_to(_DOMAIN, paths="domainName"),
    ),
    "authorizer:Authorizer": _role("apigateway", "authorizerCredentialsArn"),
    "domainName:DomainName": _to(
        "aws:acm/certificate:Certificate", paths="domainNameConfiguration.certificateArn"
    ),
    "integration:Integration": (
        *_role("apigateway", "credentialsArn"),
        *_to(_LINK, paths="connectionId"),
    ),
    "integrationResponse:IntegrationResponse": (
        *_to(API, paths="apiId"),
        *_to("aws:apigatewayv2/integration:Integration", paths="integrationId"),
    ),
    "route:Route": _to("aws:apigatewayv2/authorizer:Authorizer", paths="authorizerId"),
    "routeResponse:RouteResponse": (
        *_to(API, paths="apiId"),
        *_to("aws:apigatewayv2/route:Route", paths="routeId"),
    ),
    "model:Model": _to(API, paths="apiId"),
    "stage:Stage": (
        *_to(LOG_GROUP, FIREHOSE, paths="accessLogSettings.destinationArn"),
        *_to("aws:apigatewayv2/deployment:Deployment", paths="deploymentId"),
    ),
    "vpcLink:VpcLink": _network("subnetIds[]", "securityGroupIds[]"),
}
_EKS = {
    "cluster:Cluster": (
        *_to(SECURITY_GROUP, paths="vpcConfig.securityGroupIds[]"),
        *_keys("encryptionConfig.provider.keyArn"),
        *_role("ec2", "computeConfig.nodeRoleArn"),
    ),
    "nodeGroup:NodeGroup": (
        *_to("aws:ec2/keyPair:KeyPair", paths="remoteAccess.ec2SshKey"),
        *_to(SECURITY_GROUP, paths="remoteAccess.sourceSecurityGroupIds[]"),
    ),
    "fargateProfile:FargateProfile": (
        *_to(CLUSTER, paths="clusterName"),
        *_role("eks-fargate-pods", "podExecutionRoleArn"),
        *_to(SUBNET, DEFAULT_SUBNET, paths="subnetIds[]"),
    ),
    "identityProviderConfig:IdentityProviderConfig": _to(CLUSTER, paths="clusterName"),
    "accessPolicyAssociation:AccessPolicyAssociation": (
        *_to(CLUSTER, paths="clusterName"),
        *_to(ROLE, USER, paths="principalArn"),
    ),
    "accessEntry:AccessEntry": _to(ROLE, USER, paths="principalArn"),
    "capability:Capability": _to(CLUSTER, paths="clusterName"),
}
_EC2 = {
    "launchTemplate:LaunchTemplate": (
        *_to("aws:iam/instanceProfile:InstanceProfile", paths="iamInstanceProfile.arn", late=True),
        *_to("aws:iam/instanceProfile:InstanceProfile", paths="iamInstanceProfile.name", late=True),
        *_to(SECURITY_GROUP, paths="vpcSecurityGroupIds[]", late=True),
        *_to(SECURITY_GROUP, paths="networkInterfaces[].securityGroups[]", late=True),
        *_to(SUBNET, DEFAULT_SUBNET, paths="networkInterfaces[].subnetId", late=True),
    ),
    "instance:Instance": (
        *_network("subnetId", "vpcSecurityGroupIds[]"),
        *_to(TEMPLATE, paths="launchTemplate.id launchTemplate.name"),
        *_to("aws:iam/instanceProfile:InstanceProfile", paths="iamInstanceProfile"),
    ),
    "securityGroup:SecurityGroup": _to(
        SECURITY_GROUP, paths="ingress[].securityGroups[] egress[].securityGroups[]"
    ),
    "securityGroupRule:SecurityGroupRule": _to(
        SECURITY_GROUP, paths="securityGroupId sourceSecurityGroupId"
    ),
    "vpcEndpoint:VpcEndpoint": (
        *_to(VPC, paths="vpcId"),
        *_network("subnetIds[]", "securityGroupIds[]"),
        *_to("aws:ec2/routeTable:RouteTable", paths="routeTableIds[]"),
    ),
    "routeTable:RouteTable": _to(VPC, paths="vpcId"),
    "routeTableAssociation:RouteTableAssociation": (
        *_to("aws:ec2/routeTable:RouteTable", paths="routeTableId"),
        *_to(SUBNET, DEFAULT_SUBNET, paths="subnetId"),
    ),
    "route:Route": _to("aws:ec2/routeTable:RouteTable", paths="routeTableId"),
    "internetGateway:InternetGateway": _to(VPC, paths="vpcId"),
    "natGateway:NatGateway": (
        *_to(SUBNET, DEFAULT_SUBNET, paths="subnetId"),
        *_to("aws:ec2/eip:Eip", paths="allocationId"),
    ),
    "networkInterface:NetworkInterface": _network("subnetId", "securityGroups[]"),
}
_VPC = {
    f"{name[0].lower()}{name[1:]}:{name}": _to(
        SECURITY_GROUP, paths="securityGroupId referencedSecurityGroupId"
    )
    for name in ("SecurityGroupIngressRule", "SecurityGroupEgressRule")
}
_IAM = {
    "instanceProfile:InstanceProfile": _to(ROLE, paths="role"),
    "role:Role": _to(POLICY, paths="managedPolicyArns[] permissionsBoundary"),
    "policyAttachment:PolicyAttachment": (
        *_to(POLICY, paths="policyArn"),
        *_to(ROLE, paths="roles[]"),
        *_to(USER, paths="users[]"),
        *_to(GROUP, paths="groups[]"),
    ),
    "userPolicy:UserPolicy": _to(USER, paths="user"),
    "userPolicyAttachment:UserPolicyAttachment": (
        *_to(USER, paths="user"),
        *_to(POLICY, paths="policyArn"),
    ),
    "userGroupMembership:UserGroupMembership": (
        *_to(USER, paths="user"),
        *_to(GROUP, paths="groups[]"),
    ),
    "groupPolicy:GroupPolicy": _to(GROUP, paths="group"),
    "groupPolicyAttachment:GroupPolicyAttachment": (
        *_to(GROUP, paths="group"),
        *_to(POLICY, paths="policyArn"),
    ),
    "rolePoliciesExclusive:RolePoliciesExclusive": _to(ROLE, paths="roleName"),
    "rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": (
        *_to(ROLE, paths="roleName"),
        *_to(POLICY, paths="policyArns[]"),
    ),
}
_KMS = {
    "grant:Grant": (*_keys("keyId"), *_to(ROLE, USER, paths="granteePrincipal retiringPrincipal")),
    "keyPolicy:KeyPolicy": _keys("keyId"),
    "ciphertext:Ciphertext": _keys("keyId"),
}
_S3 = {
    "bucketObject:BucketObject": (*_to(BUCKET, paths="bucket"), *_keys("kmsKeyId")),
    "bucketObjectv2:BucketObjectv2": (*_to(BUCKET, paths="bucket"), *_keys("kmsKeyId")),
    "bucketNotification:BucketNotification": (
        *_to(BUCKET, paths="bucket"),
        *_to(FUNCTION, paths="lambdaFunctions[].lambdaFunctionArn"),
        *_to(QUEUE, paths="queues[].queueArn"),
        *_to(TOPIC, paths="topics[].topicArn"),
    ),
    "bucketReplicationConfig:BucketReplicationConfig": (
        *_to(BUCKET, paths="bucket"),
        *_role("s3", "role"),
    ),
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _keys(
        "rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId"
    ),
    **{
        f"{name[0].lower()}{name[1:]}:{name}": _to(BUCKET, paths="bucket")
        for name in ("BucketAcl", "BucketCorsConfiguration", "BucketMetric", "BucketAbac")
    },
}
_ECR = {
    "repository:Repository": _keys("encryptionConfigurations[].kmsKey"),
    "repositoryPolicy:RepositoryPolicy": _to("aws:ecr/repository:Repository", paths="repository"),
    "lifecyclePolicy:LifecyclePolicy": _to("aws:ecr/repository:Repository", paths="repository"),
}
_ACTIONS = "alarmActions[] okActions[] insufficientDataActions[]"
_CLOUDWATCH = {
    "metricAlarm:MetricAlarm": _open(TOPIC, FUNCTION, paths=_ACTIONS),
    "compositeAlarm:CompositeAlarm": _open(TOPIC, FUNCTION, paths=_ACTIONS),
    "logGroup:LogGroup": _keys("kmsKeyId"),
    "logStream:LogStream": _to(LOG_GROUP, paths="logGroupName"),
    "logMetricFilter:LogMetricFilter": _to(LOG_GROUP, paths="logGroupName"),
    "logSubscriptionFilter:LogSubscriptionFilter": (
        *_to(LOG_GROUP, paths="logGroup"),
        *(Pointer("destinationArn", (FUNCTION, STREAM, FIREHOSE), open=True),),
        *_role("logs", "roleArn"),
    ),
    "logDataProtectionPolicy:LogDataProtectionPolicy": _to(LOG_GROUP, paths="logGroupName"),
    "eventTarget:EventTarget": (
        *_open(*TARGETS, paths="arn"),
        *_to(QUEUE, paths="deadLetterConfig.arn", late=True),
        *_role("events", "roleArn"),
    ),
    "eventRule:EventRule": _role("events", "roleArn"),
    "metricStream:MetricStream": (
        *_to(FIREHOSE, paths="firehoseArn"),
        *_role("streams.metrics.cloudwatch", "roleArn"),
    ),
}
_SCALING = {
    "group:Group": (
        *_to(TEMPLATE, paths="launchTemplate.id launchTemplate.name"),
        *_to(SUBNET, DEFAULT_SUBNET, paths="vpcZoneIdentifiers[]"),
    ),
    "policy:Policy": _to(SCALING_GROUP, paths="autoscalingGroupName"),
    "schedule:Schedule": _to(SCALING_GROUP, paths="autoscalingGroupName"),
    "attachment:Attachment": _to(SCALING_GROUP, paths="autoscalingGroupName"),
    "lifecycleHook:LifecycleHook": (
        *_to(SCALING_GROUP, paths="autoscalingGroupName"),
        *_to(TOPIC, QUEUE, paths="notificationTargetArn"),
        *_role("autoscaling", "roleArn"),
    ),
    "notification:Notification": (
        *_to(SCALING_GROUP, paths="groupNames[]"),
        *_to(TOPIC, paths="topicArn"),
    ),
}
_REST = {
    "aws:appautoscaling/target:Target": _role("application-autoscaling", "roleArn"),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": (
        *_to(ALARM, COMPOSITE, paths="alarmConfiguration.alarms[]", late=True),
        *_to(TOPIC, paths="triggerConfigurations[].triggerTargetArn"),
    ),
    "aws:sns/topic:Topic": _keys("kmsMasterKeyId"),
    "aws:sns/topicPolicy:TopicPolicy": _to(TOPIC, paths="arn"),
    "aws:sns/topicSubscription:TopicSubscription": (
        *_to(TOPIC, paths="topic"),
        *_role("sns", "subscriptionRoleArn"),
    ),
    "aws:sqs/queue:Queue": _keys("kmsMasterKeyId"),
    "aws:sqs/queuePolicy:QueuePolicy": _to(QUEUE, paths="queueUrl"),
    "aws:sqs/redrivePolicy:RedrivePolicy": _to(QUEUE, paths="queueUrl"),
    "aws:scheduler/schedule:Schedule": (
        *_open(*TARGETS, paths="target.arn"),
        *_role("scheduler", "target.roleArn"),
        *_to(QUEUE, paths="target.deadLetterConfig.arn", late=True),
        *_keys("kmsKeyArn"),
        *_to("aws:scheduler/scheduleGroup:ScheduleGroup", paths="groupName"),
    ),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        *_role("firehose", "extendedS3Configuration.roleArn"),
        *_keys("extendedS3Configuration.kmsKeyArn serverSideEncryption.keyArn"),
    ),
    "aws:servicediscovery/service:Service": _to(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        "aws:servicediscovery/httpNamespace:HttpNamespace",
        "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace",
        paths="namespaceId dnsConfig.namespaceId",
    ),
    "aws:servicediscovery/instance:Instance": _to(
        "aws:servicediscovery/service:Service", paths="serviceId"
    ),
    "aws:pipes/pipe:Pipe": (
        *_role("pipes", "roleArn"),
        *_open(QUEUE, STREAM, paths="source"),
        *_open(*TARGETS, paths="target"),
    ),
    "aws:sfn/stateMachine:StateMachine": _role("states", "roleArn"),
    "aws:secretsmanager/secret:Secret": _keys("kmsKeyId"),
    "aws:secretsmanager/secretVersion:SecretVersion": _to(
        "aws:secretsmanager/secret:Secret", paths="secretId"
    ),
    "aws:dynamodb/table:Table": _keys("serverSideEncryption.kmsKeyArn"),
}
POINTERS: dict[str, tuple[Pointer, ...]] = {
    **{
        f"aws:{module}/{name}": pointers
        for module, types in (
            ("sagemaker", _SAGEMAKER),
            ("lambda", _LAMBDA),
            ("apigatewayv2", _GATEWAY),
            ("eks", _EKS),
            ("ec2", _EC2),
            ("vpc", _VPC),
            ("iam", _IAM),
            ("kms", _KMS),
            ("s3", _S3),
            ("ecr", _ECR),
            ("cloudwatch", _CLOUDWATCH),
            ("autoscaling", _SCALING),
        )
        for name, pointers in types.items()
    },
    **_REST,
}
