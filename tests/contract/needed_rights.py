"""What each role of AWS is used for, read from the resources that are given the role.

Nothing here looks at how a policy is made: a call is what the vendor's page says that the service
makes in the role's name for a resource as it is declared, or what our own runtime asks for.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from tests.judges.scanners.plan import Made
from tests.unit.component_mocks import ACCOUNT, REGION

__all__ = ["Call", "Role", "calls", "roles"]

_ROLE: Final = "aws:iam/role:Role"
_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_ECR: Final = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")
_LOGS: Final = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
_EC2: Final = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, CreateModel
_PULL: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)
_ANYTHING: Final = "*"


@dataclass(frozen=True)
class Call:
    """One call in a role's name: what the policies are asked."""

    action: str
    resource: str = _ANYTHING
    context: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)


@dataclass(frozen=True)
class Role:
    """A role with all that it may do by policies of ours, and what else was made beside it."""

    name: str
    service: str
    statements: tuple[Mapping[str, Any], ...]
    arn: str
    beside: tuple[Made, ...]


def roles(groups: Mapping[str, Sequence[Made]]) -> Iterator[Role]:
    """Every role that components make, with the policies that they write themselves."""
    for label, group in groups.items():
        for each in group:
            if each.token != _ROLE:
                continue
            identity, arn = each.answers
            own = identity.removesuffix("-id")
            trust = json.loads(each.inputs["assumeRolePolicy"])["Statement"][0]
            principal = next(iter(trust["Principal"].values()))
            documents = [
                json.loads(one.inputs["policy"])
                for one in group
                if one.token == _POLICY and one.inputs["role"] in (own, each.inputs.get("name"))
            ]
            yield Role(
                f"{label}: {own}",
                "tokens of a cluster" if ":oidc-provider/" in principal else principal,
                tuple(one for document in documents for one in document["Statement"]),
                arn,
                tuple(group),
            )


def calls(role: Role) -> set[Call]:
    """What is called in the role's name, by all that is given it."""
    found: set[Call] = set()
    for each in role.beside:
        if role.arn in _texts(each.inputs):
            found.update(_OF.get(each.token, _nothing)(each.inputs, role))
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in cast("Mapping[str, object]", value).values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            yield from _texts(inner)


def _below(inputs: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A map in the inputs; an empty one where there is none."""
    return cast("dict[str, Any]", inputs.get(key) or {})


def _nothing(_inputs: Mapping[str, Any], _role: Role) -> Iterator[Call]:
    return iter(())


def _s3(uri: str, *, below: bool = False) -> Iterator[Call]:
    """Reading one object, or listing a prefix and reading what is below it."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    key, _, version = key.partition("?versionId=")
    arn = f"arn:aws:s3:::{bucket}"
    if below or key.endswith("/"):
        yield Call("s3:ListBucket", arn, {"s3:prefix": key})
        yield Call("s3:GetObject", f"{arn}/{key.rstrip('/')}/part")
    else:
        yield Call("s3:GetObjectVersion" if version else "s3:GetObject", f"{arn}/{key}")


def _written(uri: str) -> Iterator[Call]:
    """In one piece or in several.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html (permissions)
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    below = f"arn:aws:s3:::{bucket}/{key.rstrip('/')}/part"
    for action in ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"):
        yield Call(action, below)


def _image(image: str) -> Iterator[Call]:
    if found := _ECR.match(image):
        account, region, repository = found.groups()
        arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
        yield from (Call(action, arn) for action in _PULL)
        yield Call("ecr:GetAuthorizationToken")


def _network(subnets: Sequence[str], groups: Sequence[str], more: Sequence[str]) -> Iterator[Call]:
    """An interface in each subnet, with the groups."""
    for place in (
        "network-interface/eni-1",
        *(f"subnet/{one}" for one in subnets),
        *(f"security-group/{one}" for one in groups),
    ):
        yield Call("ec2:CreateNetworkInterface", f"{_EC2}{place}")
    for action in more:
        yield Call(action, _ANYTHING if ":Describe" in action else f"{_EC2}network-interface/eni-1")


def _lines(group: str, *more: str) -> Iterator[Call]:
    for action in ("logs:CreateLogStream", "logs:PutLogEvents", *more):
        yield Call(action, f"{group}:log-stream:one")


_SAGEMAKER_LOGS: Final = ("logs:CreateLogGroup", "logs:DescribeLogStreams")
_SAGEMAKER_NETWORK: Final = (
    *("ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"),
    *("ec2:DeleteNetworkInterfacePermission", "ec2:DescribeDhcpOptions"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
    "ec2:DescribeVpcs",
)


def _of_model(inputs: Mapping[str, Any], role: Role) -> Iterator[Call]:
    """As https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, CreateModel says."""
    for container in [
        *inputs.get("containers", ()),
        *filter(None, [inputs.get("primaryContainer")]),
    ]:
        yield from _image(container.get("image", ""))
        if uri := container.get("modelDataUrl"):
            yield from _s3(uri)
        for one in _below(container, "modelDataSource").get("s3DataSources", ()):
            yield from _s3(one["s3Uri"], below=one["s3DataType"] == "S3Prefix")
    network = inputs.get("vpcConfig")
    if network:
        yield from _network(network["subnets"], network["securityGroupIds"], _SAGEMAKER_NETWORK)
    for group in _sagemaker_groups(role):
        yield from _lines(f"{_LOGS}{group}", *_SAGEMAKER_LOGS)
        if group.endswith("Jobs"):
            continue
        namespace = group.rpartition("/")[0]
        yield Call("cloudwatch:PutMetricData", context={"cloudwatch:namespace": namespace})
    for config in _named(role, _CONFIGURATION):
        yield from _of_configuration(config)
    alarms = _named(role, "aws:cloudwatch/metricAlarm:MetricAlarm")
    if alarms and not any(_serverless(one) for one in _named(role, _CONFIGURATION)):
        # By this role it looks whether an update has to be taken back.
        # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        yield Call("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:x")


_CONFIGURATION: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


def _serverless(config: Mapping[str, Any]) -> bool:
    return any("serverlessConfig" in one for one in config["productionVariants"])


def _of_configuration(config: Mapping[str, Any]) -> Iterator[Call]:
    """Volumes, what is captured, and where asynchronous answers go.

    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint-prerequisites.html
    """
    if key := config.get("kmsKeyArn"):
        yield Call("kms:Decrypt", key)
    capture = _below(config, "dataCaptureConfig")
    output = _below(_below(config, "asyncInferenceConfig"), "outputConfig")
    for uri in (
        capture.get("destinationS3Uri"),
        output.get("s3OutputPath"),
        output.get("s3FailurePath"),
    ):
        if uri:
            yield from _written(uri)
    for key in (capture.get("kmsKeyId"), output.get("kmsKeyId")):
        if key:
            yield Call("kms:Decrypt", key)
            yield Call("kms:GenerateDataKey", key)
    topics = _below(output, "notificationConfig")
    for topic in (topics.get("successTopic"), topics.get("errorTopic")):
        if topic:
            yield Call("sns:Publish", topic)


def _sagemaker_groups(role: Role) -> list[str]:
    """As https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html says."""
    components = _named(role, "aws:cloudcontrol/resource:Resource")
    if components:
        names = [json.loads(one["desiredState"])["InferenceComponentName"] for one in components]
        return [f"/aws/sagemaker/InferenceComponents/{name}" for name in names]
    endpoints = _named(role, "aws:sagemaker/endpoint:Endpoint")
    if not endpoints and not _named(role, _CONFIGURATION):
        return ["/aws/sagemaker/TransformJobs"]
    return [f"/aws/sagemaker/Endpoints/{one['name']}" for one in endpoints if "name" in one]


def _arn(role: Role, inputs: Mapping[str, Any]) -> str:
    """By which others refer to a resource."""
    return next(each.answers[1] for each in role.beside if each.inputs is inputs)


def _named(role: Role, token: str) -> list[Mapping[str, Any]]:
    return [each.inputs for each in role.beside if each.token == token]


def _of_function(inputs: Mapping[str, Any], role: Role) -> Iterator[Call]:
    """As https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html says."""
    for group in _named(role, "aws:cloudwatch/logGroup:LogGroup"):
        if str(group["name"]).startswith("/aws/lambda/"):
            yield from _lines(_arn(role, group))
    for each in _named(role, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"):
        yield Call("sqs:SendMessage", each["destinationConfig"]["onFailure"]["destination"])
    if _below(inputs, "tracingConfig").get("mode") == "Active":
        yield from map(Call, ("xray:PutTelemetryRecords", "xray:PutTraceSegments"))
    if key := inputs.get("kmsKeyArn"):
        yield Call("kms:Decrypt", key)
    if queue := _below(inputs, "deadLetterConfig").get("targetArn"):
        yield Call("sqs:SendMessage", queue)
    # What our own runtime reads when it starts.
    for value in _below(_below(inputs, "environment"), "variables").values():
        if str(value).startswith("s3://"):
            yield from _s3(value)
    if network := inputs.get("vpcConfig"):
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        yield from _network(
            network["subnetIds"],
            network["securityGroupIds"],
            (
                *("ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface"),
                *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
                "ec2:UnassignPrivateIpAddresses",
            ),
        )


def _of_deployments(_inputs: Mapping[str, Any], role: Role) -> Iterator[Call]:
    """Of AWS's own policy what moves one alias.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/
    AWSCodeDeployRoleForLambdaLimited.html
    """
    del _inputs
    for action in (
        "lambda:GetAlias",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:UpdateAlias",
    ):
        for each in role.beside:
            if each.token == "aws:lambda/alias:Alias":
                arn = each.answers[1]
                yield from (Call(action, one) for one in (arn, arn.rpartition(":")[0]))
    yield Call("cloudwatch:DescribeAlarms")


def _of_schedule(inputs: Mapping[str, Any], _role: Role) -> Iterator[Call]:
    """By the schedule's role.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html, execution role
    """
    target = inputs["target"]
    asked = json.loads(target["input"])
    job = asked["TransformJobName"].replace("<aws.scheduler.execution-id>", "1")
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job/{job}"
    yield Call("sagemaker:CreateTransformJob", arn)
    yield Call("sagemaker:AddTags", arn)
    if queue := _below(target, "deadLetterConfig").get("arn"):
        yield Call("sqs:SendMessage", queue)
    if key := inputs.get("kmsKeyArn"):
        yield Call("kms:Decrypt", key)
    resources = asked["TransformResources"]
    if key := resources.get("VolumeKmsKeyId"):
        # https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
        yield Call("kms:CreateGrant", key)
        yield Call("kms:DescribeKey", key)
    # The job itself runs as its model.


def _of_flow_log(_inputs: Mapping[str, Any], role: Role) -> Iterator[Call]:
    """As https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html says."""
    del _inputs
    for each in _named(role, "aws:cloudwatch/logGroup:LogGroup"):
        yield from _lines(
            f"{_LOGS}{each['name']}", "logs:DescribeLogGroups", "logs:DescribeLogStreams"
        )


def _of_cluster(inputs: Mapping[str, Any], _role: Role) -> Iterator[Call]:
    """As https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html says."""
    key = inputs["encryptionConfig"]["provider"]["keyArn"]
    for action in ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"):
        yield Call(action, key)


_OF: Final = {
    "aws:sagemaker/model:Model": _of_model,
    "aws:lambda/function:Function": _of_function,
    "aws:codedeploy/deploymentGroup:DeploymentGroup": _of_deployments,
    "aws:scheduler/schedule:Schedule": _of_schedule,
    "aws:ec2/flowLog:FlowLog": _of_flow_log,
    "aws:eks/cluster:Cluster": _of_cluster,
}
