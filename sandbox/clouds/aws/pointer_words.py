"""The words of the tables of pointers: types, and pointers of a kind at several paths."""

from sandbox.clouds.aws.pointing import Pointer

__all__ = [
    "ALARM",
    "API",
    "BUCKET",
    "BUS",
    "CLUSTER",
    "COMPOSITE",
    "DEFAULT_SUBNET",
    "ENDPOINT",
    "FIREHOSE",
    "FUNCTION",
    "GROUP",
    "LOG_GROUP",
    "POLICY",
    "QUEUE",
    "ROLE",
    "SCALING_GROUP",
    "SECURITY_GROUP",
    "STREAM",
    "SUBNET",
    "TARGETS",
    "TEMPLATE",
    "TOPIC",
    "USER",
    "VPC",
    "keys",
    "network",
    "on_function",
    "opened",
    "role",
    "to",
]

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


def to(*tokens: str, paths: str, late: bool = False) -> tuple[Pointer, ...]:
    """Pointers to any of the types, at paths that spaces separate."""
    return tuple(Pointer(path, tokens, late=late) for path in paths.split())


def opened(*tokens: str, paths: str) -> tuple[Pointer, ...]:
    """Pointers that may also be to types of other services, and are used later."""
    return tuple(Pointer(path, tokens, late=True, open=True) for path in paths.split())


def role(service: str, paths: str, *, late: bool = False) -> tuple[Pointer, ...]:
    """Pointers to roles that `<service>.amazonaws.com` assumes."""
    return tuple(
        Pointer(path, (ROLE,), service=f"{service}.amazonaws.com", late=late)
        for path in paths.split()
    )


def keys(paths: str, *, late: bool = False) -> tuple[Pointer, ...]:
    """Pointers to KMS keys, in any way that KMS has to name one."""
    return to(KEY, REPLICA, EXTERNAL_KEY, paths=paths, late=late)


def network(subnets: str, groups: str) -> tuple[Pointer, ...]:
    """Pointers to subnets and security groups."""
    return (
        *to(SUBNET, DEFAULT_SUBNET, paths=subnets),
        *to(SECURITY_GROUP, paths=groups),
    )


def on_function() -> tuple[Pointer, ...]:
    """The pointer of what belongs to a function."""
    return to(FUNCTION, paths="functionName")
