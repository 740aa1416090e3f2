"""What services check of a role's permissions before they make something.

Order matters as in the cloud: a policy counts once it is attached. The provider repeats the calls
below for a while (two minutes for a model, five for a function), so that a program without
`dependsOn` between a policy and what needs it succeeds; `PATIENT` names the types.
Texts of refusals are those of the services, followed by what is missing here.
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.aws import permissions
from sandbox.clouds.aws.pointing import values_at
from sandbox.clouds.aws.references import ROLE, elsewhere, function_name, lookup
from sandbox.clouds.aws.trust import many, statements
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = [
    "PATIENT",
    "cluster_problems",
    "destination_problems",
    "function_problems",
    "input_refusal",
    "model_problems",
    "node_refusal",
    "principal_problems",
    "provider_doubts",
    "pull_refusal",
    "source_problems",
]

# Types whose refused creation the provider repeats, and for how many real seconds.
# Source: `RetryWhen…` in the Create functions of the Terraform AWS provider.
PATIENT = {
    "aws:sagemaker/model:Model": 120.0,
    "aws:lambda/function:Function": 300.0,
    "aws:lambda/eventSourceMapping:EventSourceMapping": 300.0,
    "aws:eks/cluster:Cluster": 120.0,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": 120.0,
    "aws:codedeploy/deploymentGroup:DeploymentGroup": 300.0,
    "aws:iam/role:Role": 120.0,
}
_TRUST = "assumeRolePolicy"
_BUCKET = "aws:s3/bucket:Bucket"
_BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_OBJECTS = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")
_PACKAGE = "aws:sagemaker/modelPackage:ModelPackage"
_QUEUE = "aws:sqs/queue:Queue"
_TOPIC = "aws:sns/topic:Topic"
_FUNCTION = "aws:lambda/function:Function"
_URI = re.compile(r"s3://([^/]+)/(.+)")
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
_IMAGE = re.compile(
    r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)(?:[:@].*)?"
)


# ---- SageMaker ----


def model_problems(call: Call) -> list[Problem]:
    """The execution role can read every artifact, as CreateModel checks."""
    missing = [
        Problem(path, f"ModelPackage {arn} does not exist.")
        for path, arn, package in _packages(call, call.inputs)
        if package is None
    ]
    missing += _elsewhere(call)
    if missing:
        return missing
    arn = call.inputs.get("executionRoleArn")
    role = lookup(call, ROLE, arn) if isinstance(arn, str) and arn else None
    if role is None:
        return []
    found: list[Problem] = []
    for path, uri, is_prefix in (*_artifacts(call.inputs), *_registered(call, call.inputs)):
        match = _URI.fullmatch(uri)
        if match is None:
            continue
        bucket, key = match.groups()
        missing = _unreadable(call, role, bucket, key, is_prefix=is_prefix)
        if missing:
            text = (
                f'Could not access model data at {uri}. Please ensure that the role "{arn}" exists'
                ' and that its trust relationship policy allows the action "sts:AssumeRole" for'
                ' the service principal "sagemaker.amazonaws.com". Also ensure that the role has'
                f' "s3:GetObject" permissions and that the object is located in {call.region}.'
                f" (The role's policies do not allow {missing})"
            )
            found.append(Problem(path, text))
        elif not is_prefix and _is_missing(call, bucket, key):
            found.append(Problem(path, f"Could not find model data at {uri}."))
    return found


def _artifacts(inputs: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Path, URI, and whether all below the URI is meant."""
    for block in ("primaryContainer", "containers[]"):
        for path, value in values_at(inputs, f"{block}.modelDataUrl"):
            if isinstance(value, str):
                multiple = at(mapped(inputs.get("primaryContainer")), "mode") == "MultiModel"
                yield path, value, multiple or value.endswith("/")
        for kind in ("modelDataSource", "additionalModelDataSources[]"):
            for path, source in values_at(inputs, f"{block}.{kind}.s3DataSources[]"):
                uri = mapped(source).get("s3Uri")
                if isinstance(uri, str):
                    yield f"{path}.s3Uri", uri, mapped(source).get("s3DataType") == "S3Prefix"


def _elsewhere(call: Call) -> list[Problem]:
    """Images in Amazon ECR of another region.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html (Image)
    """
    found: list[Problem] = []
    for block in ("primaryContainer", "containers[]"):
        for path, image in values_at(call.inputs, f"{block}.image"):
            match = _IMAGE.fullmatch(str(image))
            if match and match[2] != call.region:
                reason = f"the image is in {match[2]}; SageMaker pulls from {call.region} alone"
                found.append(Problem(path, reason))
    return found


def _packages(call: Call, inputs: dict[str, Any]) -> Iterator[tuple[str, str, Row | None]]:
    """Path, ARN and row of each model package of this account and region that is named."""
    scope = {"account": call.scope.account, "region": call.region}
    for block in ("primaryContainer", "containers[]"):
        for path, arn in values_at(inputs, f"{block}.modelPackageName"):
            if f":{call.region}:{call.scope.account}:model-package/" in str(arn):
                yield path, str(arn), call.store.get("aws", _PACKAGE, str(arn), **scope)


def _within(package: Row | None) -> list[dict[str, Any]]:
    live = package.live if package is not None else {}
    return [mapped(each) for each in listed(at(live, "InferenceSpecification", "Containers"))]


def _registered(call: Call, inputs: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """The same of the artifacts of model packages."""
    for path, _, package in _packages(call, inputs):
        for container in _within(package):
            source = mapped(at(container, "ModelDataSource", "S3DataSource"))
            uri = container.get("ModelDataUrl") or source.get("S3Uri")
            if isinstance(uri, str):
                yield path, uri, source.get("S3DataType") == "S3Prefix"


def _unreadable(call: Call, role: Row, bucket: str, key: str, *, is_prefix: bool) -> str:
    """What the role certainly may not do that reading needs."""
    place = f"arn:aws:s3:::{bucket}"
    if _opened(call, bucket):
        return ""
    if not is_prefix:
        resource = f"{place}/{key}"
        judged = permissions.allows(call, role, "s3:GetObject", resource)
        return f"s3:GetObject on {resource}" if judged == "no" else ""
    if permissions.allows_below(call, role, "s3:GetObject", f"{place}/{key}") == "no":
        return f"s3:GetObject on {place}/{key}*"
    if permissions.allows(call, role, "s3:ListBucket", place) == "no":
        return f"s3:ListBucket on {place}"
    return ""


def _opened(call: Call, bucket: str) -> bool:
    """Whether the bucket's own policy allows anything: it could be this."""
    row = lookup(call, _BUCKET, bucket)
    own = [row.inputs.get("policy")] if row is not None else []
    policy = call.store.get("aws", _BUCKET_POLICY, bucket, account=call.scope.account)
    own += [policy.inputs.get("policy")] if policy is not None else []
    return any(
        statement.get("Effect") == "Allow" for text in own if text for statement in statements(text)
    )


def _is_missing(call: Call, bucket: str, key: str) -> bool:
    """Whether an object is certainly not there: its folder is kept by Pulumi, and it is not in it.

    A bucket can be filled by other means than Pulumi, so that an empty folder tells nothing.
    """
    folder = key.rpartition("/")[0]
    keys = {
        str(row.inputs.get("key"))
        for token in _OBJECTS
        for row in call.store.mentioning(
            "aws", token, [bucket], account=call.scope.account, region=call.region
        )
        if row.inputs.get("bucket") == bucket
    }
    return key not in keys and any(other.rpartition("/")[0] == folder for other in keys)


def input_refusal(call: Call, model: Row, uri: str) -> str:
    """Why a batch transform of this model is not begun: its role cannot list and read the input."""
    arn, match = model.inputs.get("executionRoleArn"), _URI.fullmatch(uri)
    role = lookup(call, ROLE, arn) if isinstance(arn, str) and arn else None
    if role is None or match is None:
        return ""
    missing = _unreadable(call, role, match[1], match[2], is_prefix=True)
    if not missing:
        return ""
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that'
        f" the bucket exists in the selected region ({call.region}), that objects exist under that"
        f' S3 prefix, and that the role "{arn}" has "s3:ListBucket" permissions on bucket'
        f' "{match[1]}". (The role\'s policies do not allow {missing})'
    )


def pull_refusal(call: Call, model: Row) -> str:
    """Why an endpoint of this model does not start: its role cannot pull the image."""
    arn = model.inputs.get("executionRoleArn")
    role = lookup(call, ROLE, arn) if isinstance(arn, str) and arn else None
    if role is None:
        return ""
    images = [image for _, image in values_at(model.inputs, "primaryContainer.image")]
    images += [image for _, image in values_at(model.inputs, "containers[].image")]
    images += [
        container.get("Image")
        for _, _, package in _packages(call, model.inputs)
        for container in _within(package)
    ]
    for image in images:
        match = _IMAGE.fullmatch(str(image))
        if match is None:
            continue
        account, region, repository = match.groups()
        own = account == call.scope.account
        if own and call.store.get("aws", "aws:ecr/repositoryPolicy:RepositoryPolicy", repository):
            continue
        resource = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
        if permissions.allows(call, role, "ecr:BatchGetImage", resource) == "no":
            return (
                f"The role '{arn}' does not have BatchGetImage permission for the image: '{image}'."
            )
    return ""


# ---- Lambda ----


def function_problems(call: Call) -> list[Problem]:
    """The execution role can do what CreateFunction checks: network interfaces, dead letters.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    role = lookup(call, ROLE, str(call.inputs.get("role") or "-"))
    if role is None:
        return []
    found: list[Problem] = []
    subnets = listed(at(call.inputs, "vpcConfig", "subnetIds"))
    if subnets and permissions.never(call, role, "ec2:CreateNetworkInterface"):
        found.append(Problem("vpcConfig", _lacks("CreateNetworkInterface", "EC2", role)))
    target = at(call.inputs, "deadLetterConfig", "targetArn")
    if isinstance(target, str):
        lacks = _cannot_send(call, role, target)
        text = f"The provided execution role does not have permissions to call {lacks}"
        found += [Problem("deadLetterConfig.targetArn", text)] if lacks else []
    return found


def _cannot_send(call: Call, role: Row, target: str) -> str:
    """What the role certainly may not do that sending takes, as `Publish on SNS`."""
    service = f"{target}:::".split(":")[2]
    action = {"sqs": "SendMessage", "sns": "Publish"}.get(service, "")
    if not action or _has_policy(call, target):
        return ""
    if permissions.allows(call, role, f"{service}:{action}", target) != "no":
        return ""
    return f"{action} on {service.upper()} (role {role.name})"


def source_problems(call: Call) -> list[Problem]:
    """The function's role can read the queue or stream of an event source mapping.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
    """
    source = call.inputs.get("eventSourceArn")
    role = _role_of_function(call)
    if role is None or not isinstance(source, str) or elsewhere(call, source):
        return []
    service = f"{source}:::".split(":")[2]
    if service == "sqs" and not _has_policy(call, source):
        if permissions.allows(call, role, "sqs:ReceiveMessage", source) == "no":
            lacks = _lacks("ReceiveMessage", "SQS", role).replace("provided", "function", 1)
            return [Problem("eventSourceArn", lacks)]
    elif service in ("kinesis", "dynamodb") and permissions.never(
        call, role, f"{service}:GetRecords"
    ):
        text = (
            f"Cannot access stream {source}. Please ensure the role can perform the GetRecords,"
            " GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
        )
        return [Problem("eventSourceArn", text)]
    return []


def destination_problems(call: Call) -> list[Problem]:
    """The function's role can send to the destinations of its asynchronous invocations.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    role = _role_of_function(call)
    if role is None:
        return []
    found: list[Problem] = []
    for end in ("onFailure", "onSuccess"):
        target = at(call.inputs, "destinationConfig", end, "destination")
        lacks = _cannot_send(call, role, target) if isinstance(target, str) else ""
        if lacks:
            text = f"The function's execution role does not have permissions to call {lacks}"
            found.append(Problem(f"destinationConfig.{end}.destination", text))
    return found


def _role_of_function(call: Call) -> Row | None:
    row = lookup(call, _FUNCTION, function_name(str(call.inputs.get("functionName") or "")))
    return lookup(call, ROLE, str(row.inputs.get("role") or "-")) if row is not None else None


def _has_policy(call: Call, arn: str) -> bool:
    """Whether a queue or topic has a policy of its own, which may allow what the role's do not."""
    token = _QUEUE if ":sqs:" in arn else _TOPIC
    row = lookup(call, token, arn)
    if row is None or row.inputs.get("policy"):
        return True
    kinds = ("aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topicPolicy:TopicPolicy")
    return any(call.store.get("aws", kind, key) for kind in kinds for key in (row.id, arn))


def _lacks(action: str, service: str, role: Row) -> str:
    return (
        f"The provided execution role does not have permissions to call {action} on {service}"
        f" (role {role.name})"
    )


# ---- EKS ----


def cluster_problems(call: Call) -> list[Problem]:
    """The cluster's role can look at the network, as CreateCluster checks."""
    role = lookup(call, ROLE, str(call.inputs.get("roleArn") or "-"))
    if role is None or not permissions.never(call, role, "ec2:DescribeSubnets"):
        return []
    text = (
        "IAM role's policy must include the `ec2:DescribeSubnets` action. Attach"
        " arn:aws:iam::aws:policy/AmazonEKSClusterPolicy to the role"
    )
    return [Problem("roleArn", text)]


def node_refusal(call: Call) -> str:
    """Why nodes of a group do not join: their role lacks what every node needs.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
    """
    role = lookup(call, ROLE, str(call.inputs.get("nodeRoleArn") or "-"))
    if role is None or not permissions.never(call, role, "ec2:DescribeInstances"):
        return ""
    return (
        "NodeCreationFailure: Instances failed to join the kubernetes cluster (role"
        f" {role.name} may not ec2:DescribeInstances: attach AmazonEKSWorkerNodePolicy)"
    )


def principal_problems(call: Call) -> list[Problem]:
    """Roles and users of the account that a trust policy names are there, as IAM demands."""
    return [
        Problem(_TRUST, f'MalformedPolicyDocument: Invalid principal in policy: "AWS":"{arn}"')
        for statement in statements(call.inputs.get(_TRUST))
        for arn in many(mapped(statement.get("Principal")).get("AWS"))
        if _is_gone(call, str(arn))
    ]


def provider_doubts(call: Call) -> list[Problem]:
    """Identity providers of the account that a trust policy names, which IAM does not look up."""
    return [
        Problem(_TRUST, f"{reason}. IAM takes it as it is, and nobody can assume the role")
        for statement in statements(call.inputs.get(_TRUST))
        for arn in many(mapped(statement.get("Principal")).get("Federated"))
        for reason in _provider_reasons(call, str(arn), statement)
    ]


def _is_gone(call: Call, arn: str) -> bool:
    parts = f"{arn}:::::".split(":")
    if parts[2] != "iam" or parts[4] != call.scope.account or "*" in arn:
        return False
    tokens = {"role": ROLE, "user": "aws:iam/user:User"}
    token = tokens.get(parts[5].partition("/")[0])
    if token is None or "/aws-service-role/" in arn:
        return False
    return lookup(call, token, arn) is None


def _provider_reasons(call: Call, arn: str, statement: dict[str, Any]) -> list[str]:
    if f"::{call.scope.account}:oidc-provider/" not in arn:
        return []
    issuer = arn.partition("oidc-provider/")[2]
    token = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"  # noqa: S105 - a type
    if call.store.get("aws", token, arn, account=call.scope.account) is None:
        return [f"OIDC provider {arn} does not exist"]
    keys = {key for block in mapped(statement.get("Condition")).values() for key in mapped(block)}
    foreign = sorted(
        key for key in keys if key.endswith((":aud", ":sub")) and not key.startswith(f"{issuer}:")
    )
    return [
        f"the condition on {key} is never met: tokens of {issuer} have {issuer}:"
        f"{key.rpartition(':')[2]}"
        for key in foreign
    ]
