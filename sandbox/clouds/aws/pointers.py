"""Which properties of AWS types point to which types: the table that `pointing.py` reads.

Paths are those of the SDK (a test holds them to it). Types in modules with checks of their own have
those beside what stands here. Source of what a property takes: the API reference of each service.
"""

from sandbox.clouds.aws.pointer_words import (
    ALARM,
    BUCKET,
    CLUSTER,
    COMPOSITE,
    DEFAULT_SUBNET,
    FIREHOSE,
    FUNCTION,
    GROUP,
    LOG_GROUP,
    POLICY,
    QUEUE,
    ROLE,
    SCALING_GROUP,
    SECURITY_GROUP,
    STREAM,
    SUBNET,
    TARGETS,
    TEMPLATE,
    TOPIC,
    USER,
    VPC,
    keys,
    network,
    opened,
    role,
    to,
)
from sandbox.clouds.aws.pointers_serving import GATEWAY, LAMBDA, SAGEMAKER
from sandbox.clouds.aws.pointing import Pointer

__all__ = ["POINTERS"]

_EKS = {
    "cluster:Cluster": (
        *to(SECURITY_GROUP, paths="vpcConfig.securityGroupIds[]"),
        *keys("encryptionConfig.provider.keyArn"),
        *role("ec2", "computeConfig.nodeRoleArn"),
    ),
    "nodeGroup:NodeGroup": (
        *to("aws:ec2/keyPair:KeyPair", paths="remoteAccess.ec2SshKey"),
        *to(SECURITY_GROUP, paths="remoteAccess.sourceSecurityGroupIds[]"),
    ),
    "fargateProfile:FargateProfile": (
        *to(CLUSTER, paths="clusterName"),
        *role("eks-fargate-pods", "podExecutionRoleArn"),
        *to(SUBNET, DEFAULT_SUBNET, paths="subnetIds[]"),
    ),
    "identityProviderConfig:IdentityProviderConfig": to(CLUSTER, paths="clusterName"),
    "accessPolicyAssociation:AccessPolicyAssociation": (
        *to(CLUSTER, paths="clusterName"),
        *to(ROLE, USER, paths="principalArn"),
    ),
    "accessEntry:AccessEntry": to(ROLE, USER, paths="principalArn"),
    "capability:Capability": to(CLUSTER, paths="clusterName"),
    "addon:Addon": to(ROLE, paths="serviceAccountRoleArn podIdentityAssociations[].roleArn"),
}
_EC2 = {
    "launchTemplate:LaunchTemplate": (
        *to("aws:iam/instanceProfile:InstanceProfile", paths="iamInstanceProfile.arn", late=True),
        *to("aws:iam/instanceProfile:InstanceProfile", paths="iamInstanceProfile.name", late=True),
        *to(SECURITY_GROUP, paths="vpcSecurityGroupIds[]", late=True),
        *to(SECURITY_GROUP, paths="networkInterfaces[].securityGroups[]", late=True),
        *to(SUBNET, DEFAULT_SUBNET, paths="networkInterfaces[].subnetId", late=True),
        *to("aws:ec2/placementGroup:PlacementGroup", paths="placement.groupName", late=True),
    ),
    "instance:Instance": (
        *network("subnetId", "vpcSecurityGroupIds[]"),
        *to(TEMPLATE, paths="launchTemplate.id launchTemplate.name"),
        *to("aws:iam/instanceProfile:InstanceProfile", paths="iamInstanceProfile"),
    ),
    "securityGroup:SecurityGroup": to(
        SECURITY_GROUP, paths="ingress[].securityGroups[] egress[].securityGroups[]"
    ),
    "securityGroupRule:SecurityGroupRule": to(
        SECURITY_GROUP, paths="securityGroupId sourceSecurityGroupId"
    ),
    "vpcEndpoint:VpcEndpoint": (
        *to(VPC, paths="vpcId"),
        *network("subnetIds[]", "securityGroupIds[]"),
        *to("aws:ec2/routeTable:RouteTable", paths="routeTableIds[]"),
    ),
    "routeTable:RouteTable": to(VPC, paths="vpcId"),
    "routeTableAssociation:RouteTableAssociation": (
        *to("aws:ec2/routeTable:RouteTable", paths="routeTableId"),
        *to(SUBNET, DEFAULT_SUBNET, paths="subnetId"),
    ),
    "route:Route": to("aws:ec2/routeTable:RouteTable", paths="routeTableId"),
    "internetGateway:InternetGateway": to(VPC, paths="vpcId"),
    "natGateway:NatGateway": (
        *to(SUBNET, DEFAULT_SUBNET, paths="subnetId"),
        *to("aws:ec2/eip:Eip", paths="allocationId"),
    ),
    "networkInterface:NetworkInterface": network("subnetId", "securityGroups[]"),
}
_VPC = {
    f"{name[0].lower()}{name[1:]}:{name}": to(
        SECURITY_GROUP, paths="securityGroupId referencedSecurityGroupId"
    )
    for name in ("SecurityGroupIngressRule", "SecurityGroupEgressRule")
}
_IAM = {
    "instanceProfile:InstanceProfile": to(ROLE, paths="role"),
    "role:Role": to(POLICY, paths="managedPolicyArns[] permissionsBoundary"),
    "policyAttachment:PolicyAttachment": (
        *to(POLICY, paths="policyArn"),
        *to(ROLE, paths="roles[]"),
        *to(USER, paths="users[]"),
        *to(GROUP, paths="groups[]"),
    ),
    "userPolicy:UserPolicy": to(USER, paths="user"),
    "userPolicyAttachment:UserPolicyAttachment": (
        *to(USER, paths="user"),
        *to(POLICY, paths="policyArn"),
    ),
    "userGroupMembership:UserGroupMembership": (
        *to(USER, paths="user"),
        *to(GROUP, paths="groups[]"),
    ),
    "groupPolicy:GroupPolicy": to(GROUP, paths="group"),
    "groupPolicyAttachment:GroupPolicyAttachment": (
        *to(GROUP, paths="group"),
        *to(POLICY, paths="policyArn"),
    ),
    "rolePoliciesExclusive:RolePoliciesExclusive": to(ROLE, paths="roleName"),
    "rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": (
        *to(ROLE, paths="roleName"),
        *to(POLICY, paths="policyArns[]"),
    ),
}
_KMS = {
    "grant:Grant": (*keys("keyId"), *to(ROLE, USER, paths="granteePrincipal retiringPrincipal")),
    "keyPolicy:KeyPolicy": keys("keyId"),
    "ciphertext:Ciphertext": keys("keyId"),
}
_S3 = {
    "bucketObject:BucketObject": (*to(BUCKET, paths="bucket"), *keys("kmsKeyId")),
    "bucketObjectv2:BucketObjectv2": (*to(BUCKET, paths="bucket"), *keys("kmsKeyId")),
    "bucketNotification:BucketNotification": (
        *to(BUCKET, paths="bucket"),
        *to(FUNCTION, paths="lambdaFunctions[].lambdaFunctionArn"),
        *to(QUEUE, paths="queues[].queueArn"),
        *to(TOPIC, paths="topics[].topicArn"),
    ),
    "bucketReplicationConfig:BucketReplicationConfig": (
        *to(BUCKET, paths="bucket"),
        *role("s3", "role"),
    ),
    # The service does not look the key up:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": keys(
        "rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId", late=True
    ),
    **{
        f"{name[0].lower()}{name[1:]}:{name}": to(BUCKET, paths="bucket")
        for name in ("BucketAcl", "BucketCorsConfiguration", "BucketMetric", "BucketAbac")
    },
}
_ECR = {
    "repository:Repository": keys("encryptionConfigurations[].kmsKey"),
    "repositoryPolicy:RepositoryPolicy": to("aws:ecr/repository:Repository", paths="repository"),
    "lifecyclePolicy:LifecyclePolicy": to("aws:ecr/repository:Repository", paths="repository"),
}
_ACTIONS = "alarmActions[] okActions[] insufficientDataActions[]"
_CLOUDWATCH = {
    "metricAlarm:MetricAlarm": opened(TOPIC, FUNCTION, paths=_ACTIONS),
    "compositeAlarm:CompositeAlarm": opened(TOPIC, FUNCTION, paths=_ACTIONS),
    "logGroup:LogGroup": keys("kmsKeyId"),
    "logStream:LogStream": to(LOG_GROUP, paths="logGroupName"),
    "logMetricFilter:LogMetricFilter": to(LOG_GROUP, paths="logGroupName"),
    "logSubscriptionFilter:LogSubscriptionFilter": (
        *to(LOG_GROUP, paths="logGroup"),
        *(Pointer("destinationArn", (FUNCTION, STREAM, FIREHOSE), open=True),),
        *role("logs", "roleArn"),
    ),
    "logDataProtectionPolicy:LogDataProtectionPolicy": to(LOG_GROUP, paths="logGroupName"),
    "eventTarget:EventTarget": (
        *opened(*TARGETS, paths="arn"),
        *to(QUEUE, paths="deadLetterConfig.arn", late=True),
        *role("events", "roleArn"),
    ),
    "eventRule:EventRule": role("events", "roleArn"),
    "metricStream:MetricStream": (
        *to(FIREHOSE, paths="firehoseArn"),
        *role("streams.metrics.cloudwatch", "roleArn"),
    ),
}
_SCALING = {
    "group:Group": (
        *to(TEMPLATE, paths="launchTemplate.id launchTemplate.name"),
        *to(SUBNET, DEFAULT_SUBNET, paths="vpcZoneIdentifiers[]"),
    ),
    "policy:Policy": to(SCALING_GROUP, paths="autoscalingGroupName"),
    "schedule:Schedule": to(SCALING_GROUP, paths="autoscalingGroupName"),
    "attachment:Attachment": to(SCALING_GROUP, paths="autoscalingGroupName"),
    "lifecycleHook:LifecycleHook": (
        *to(SCALING_GROUP, paths="autoscalingGroupName"),
        *to(TOPIC, QUEUE, paths="notificationTargetArn"),
        *role("autoscaling", "roleArn"),
    ),
    "notification:Notification": (
        *to(SCALING_GROUP, paths="groupNames[]"),
        *to(TOPIC, paths="topicArn"),
    ),
}
_REST = {
    "aws:appautoscaling/target:Target": role("application-autoscaling", "roleArn"),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": (
        *to(ALARM, COMPOSITE, paths="alarmConfiguration.alarms[]", late=True),
        *to(TOPIC, paths="triggerConfigurations[].triggerTargetArn"),
    ),
    "aws:sns/topic:Topic": keys("kmsMasterKeyId", late=True),
    "aws:sns/topicPolicy:TopicPolicy": to(TOPIC, paths="arn"),
    "aws:sns/topicSubscription:TopicSubscription": (
        *to(TOPIC, paths="topic"),
        *role("sns", "subscriptionRoleArn"),
    ),
    "aws:sqs/queue:Queue": keys("kmsMasterKeyId", late=True),
    "aws:sqs/queuePolicy:QueuePolicy": to(QUEUE, paths="queueUrl"),
    "aws:sqs/redrivePolicy:RedrivePolicy": to(QUEUE, paths="queueUrl"),
    "aws:scheduler/schedule:Schedule": (
        *opened(*TARGETS, paths="target.arn"),
        *role("scheduler", "target.roleArn"),
        *to(QUEUE, paths="target.deadLetterConfig.arn", late=True),
        *keys("kmsKeyArn"),
        *to("aws:scheduler/scheduleGroup:ScheduleGroup", paths="groupName"),
    ),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        *role("firehose", "extendedS3Configuration.roleArn"),
        *keys("extendedS3Configuration.kmsKeyArn serverSideEncryption.keyArn"),
    ),
    "aws:servicediscovery/service:Service": to(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        "aws:servicediscovery/httpNamespace:HttpNamespace",
        "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace",
        paths="namespaceId dnsConfig.namespaceId",
    ),
    "aws:servicediscovery/instance:Instance": to(
        "aws:servicediscovery/service:Service", paths="serviceId"
    ),
    "aws:pipes/pipe:Pipe": (
        *role("pipes", "roleArn"),
        *opened(QUEUE, STREAM, paths="source"),
        *opened(*TARGETS, paths="target"),
    ),
    "aws:sfn/stateMachine:StateMachine": role("states", "roleArn"),
    "aws:secretsmanager/secret:Secret": keys("kmsKeyId", late=True),
    "aws:secretsmanager/secretVersion:SecretVersion": to(
        "aws:secretsmanager/secret:Secret", paths="secretId"
    ),
    "aws:dynamodb/table:Table": keys("serverSideEncryption.kmsKeyArn"),
}
POINTERS: dict[str, tuple[Pointer, ...]] = {
    **{
        f"aws:{module}/{name}": pointers
        for module, types in (
            ("sagemaker", SAGEMAKER),
            ("lambda", LAMBDA),
            ("apigatewayv2", GATEWAY),
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
