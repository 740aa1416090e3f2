"""Policy documents that allow exactly what one deployment needs, as JSON."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

_VERSION: Final = "2012-10-17"
# registry: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
_ECR_IMAGE: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z0-9.]+/"
    r"(?P<repository>[^:@]+)([:@].*)?"
)
_S3_URI: Final = re.compile(r"s3://(?P<bucket>[a-z0-9.-]+)/(?P<key>.+)")


def document(*statements: Mapping[str, Any]) -> str:
    """The JSON of a policy; keys in a fixed order, so that equal policies are equal texts."""
    return json.dumps({"Version": _VERSION, "Statement": list(statements)}, sort_keys=True)


def allow(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    condition: Mapping[str, Mapping[str, str | Sequence[str]]] | None = None,
) -> dict[str, Any]:
    """One Allow statement; actions are never wildcards."""
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": sorted(resources),
    }
    if condition:
        statement["Condition"] = {operator: dict(keys) for operator, keys in condition.items()}
    return statement


def trust(service: str, source_account: str | None = None) -> str:
    """Who may take the role: one service, and only on behalf of one account when it is given.

    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
    """
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    if source_account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": source_account}}
    return document(statement)


def trust_pods(cluster_arn: str, namespace: str, service_account: str) -> str:
    """Pods of one service account of one cluster, by EKS Pod Identity.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    """
    tags = {
        "aws:RequestTag/eks-cluster-arn": cluster_arn,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": service_account,
    }
    return document(
        {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Condition": {"StringEquals": tags},
        }
    )


def trust_token(provider_arn: str, namespace: str, service_account: str) -> str:
    """Pods of one service account, by a token of the cluster's OIDC provider (IRSA).

    https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
    """
    issuer = provider_arn.partition(":oidc-provider/")[2]
    claims = {
        f"{issuer}:aud": "sts.amazonaws.com",
        f"{issuer}:sub": f"system:serviceaccount:{namespace}:{service_account}",
    }
    return document(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": provider_arn},
            "Condition": {"StringEquals": claims},
        }
    )


def read_below(partition: str, uris: Sequence[str]) -> list[dict[str, Any]]:
    """Reading these S3 objects and what is below them, as a model server's download does.

    It lists by the URI's path as prefix even where that is one object. Before that it asks for the
    bucket's head (KServe 0.17 and later), which has no prefix and needs ListBucket too: hence
    `IfExists`, by which who leaves the prefix out can list the names, not the contents, of all the
    bucket has. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    found = [each for each in map(_S3_URI.fullmatch, dict.fromkeys(uris)) if each]
    if not found:
        return []
    prefixes: dict[str, list[str]] = {}
    for each in found:
        bucket, key = f"arn:{partition}:s3:::{each['bucket']}", each["key"]
        prefixes.setdefault(bucket, []).append(f"{key}*" if key.endswith("/") else key)
    return [
        allow("ReadArtifacts", ["s3:GetObject"], _below(partition, uris)),
        *(
            allow(
                f"ListArtifacts{number or ''}",
                ["s3:ListBucket"],
                [bucket],
                {"StringLikeIfExists": {"s3:prefix": keys if len(keys) > 1 else keys[0]}},
            )
            for number, (bucket, keys) in enumerate(prefixes.items())
        ),
    ]


def write_below(partition: str, uris: Sequence[str]) -> list[dict[str, Any]]:
    """Writing these S3 objects and what is below them, in one piece or in several.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html (permissions)
    """
    objects = _below(partition, uris)
    actions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
    return [allow("WriteOutputs", actions, objects)] if objects else []


def _below(partition: str, uris: Sequence[str]) -> list[str]:
    """A path without `/` at its end is one object or a folder, and no other that begins so."""
    objects: list[str] = []
    for each in filter(None, map(_S3_URI.fullmatch, dict.fromkeys(uris))):
        arn = f"arn:{partition}:s3:::{each['bucket']}/{each['key']}"
        objects += [f"{arn}*"] if arn.endswith("/") else [arn, f"{arn}/*"]
    return objects


def read_artifacts(partition: str, uris: Sequence[str]) -> list[dict[str, Any]]:
    """Reading exactly these S3 objects; a URI that ends with `/` means all below it.

    One version of an object (`?versionId=`) is a right of its own, and no part of the name:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (permissions).
    """
    objects: list[str] = []
    versions: list[str] = []
    listing: list[dict[str, Any]] = []
    for uri in dict.fromkeys(uris):
        name, _, version = uri.partition("?versionId=")
        found = _S3_URI.fullmatch(name)
        if not found:
            continue
        bucket, key = f"arn:{partition}:s3:::{found['bucket']}", found["key"]
        named = f"{bucket}/{key}*" if key.endswith("/") else f"{bucket}/{key}"
        (versions if version else objects).append(named)
        if key.endswith("/"):
            # A prefix cannot be downloaded without listing it.
            condition = {"StringLike": {"s3:prefix": f"{key}*"}}
            sid = f"ListArtifacts{len(listing) or ''}"
            listing.append(allow(sid, ["s3:ListBucket"], [bucket], condition))
    return [
        *([allow("ReadArtifacts", ["s3:GetObject"], objects)] if objects else []),
        *([allow("ReadArtifactVersions", ["s3:GetObjectVersion"], versions)] if versions else []),
        *listing,
    ]


def read_prefixes(partition: str, uris: Sequence[str]) -> list[dict[str, Any]]:
    """Reading every object whose name begins so, as a batch transform looks for its input."""
    found = [each for each in map(_S3_URI.fullmatch, dict.fromkeys(uris)) if each]
    return [
        statement
        for number, each in enumerate(found)
        for statement in (
            allow(
                f"ReadInput{number or ''}",
                ["s3:GetObject"],
                [f"arn:{partition}:s3:::{each['bucket']}/{each['key']}*"],
            ),
            allow(
                f"ListInput{number or ''}",
                ["s3:ListBucket"],
                [f"arn:{partition}:s3:::{each['bucket']}"],
                {"StringLike": {"s3:prefix": f"{each['key']}*"}},
            ),
        )
    ]


def pull_images(partition: str, images: Sequence[str]) -> list[dict[str, Any]]:
    """Pulling from exactly the repositories of these images.

    GetAuthorizationToken knows no resource (service authorization reference of Amazon ECR).
    """
    repositories = {
        f"arn:{partition}:ecr:{found['region']}:{found['account']}:repository/{found['repository']}"
        for found in map(_ECR_IMAGE.fullmatch, images)
        if found
    }
    if not repositories:
        return []
    return [
        allow(
            "PullImages",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            sorted(repositories),
        ),
        allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
    ]


def write_logs(group_arn: str, *, create_group: bool) -> dict[str, Any]:
    """Writing to one log group; `create_group` where the service makes the group by itself."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if create_group:
        actions += ["logs:CreateLogGroup", "logs:DescribeLogStreams"]
    return allow("WriteLogs", actions, [group_arn, f"{group_arn}:*"])


def put_metrics(namespace: str) -> dict[str, Any]:
    """Metrics of one namespace only: PutMetricData knows no resource."""
    condition = {"StringEquals": {"cloudwatch:namespace": namespace}}
    return allow("PutMetrics", ["cloudwatch:PutMetricData"], ["*"], condition)


def read_alarms(alarms_arn: str) -> dict[str, Any]:
    """Reading the alarms of one account and region.

    AWS asks for `alarm:*` even where the call names its alarms, so a single one cannot be named.
    """
    return allow("ReadAlarms", ["cloudwatch:DescribeAlarms"], [alarms_arn])


def join_network(
    ec2_arn: str, subnet_ids: Sequence[str], security_group_ids: Sequence[str]
) -> list[dict[str, Any]]:
    """Network interfaces in exactly these subnets and security groups, or nothing without any.

    `ec2_arn` is `arn:<partition>:ec2:<region>:<account>`. What the container's service does there:
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html (CreateModel, private VPC)
    """
    if not subnet_ids:
        return []
    interfaces = f"{ec2_arn}:network-interface/*"
    places = [
        *(f"{ec2_arn}:subnet/{subnet}" for subnet in subnet_ids),
        *(f"{ec2_arn}:security-group/{group}" for group in security_group_ids),
    ]
    own = [
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
    ]
    # Describe actions know no resource (service authorization reference of Amazon EC2).
    look = [
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ]
    return [
        allow("JoinNetwork", ["ec2:CreateNetworkInterface"], [interfaces, *places]),
        allow("OwnInterfaces", own, [interfaces]),
        allow("LookAtNetwork", look, ["*"]),
    ]


def use_key(key_arns: Sequence[str], *, writes: bool = False) -> list[dict[str, Any]]:
    """Decrypting by exactly these keys; who writes encrypts by them too.

    A write in several pieces needs both.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuAndPermissions.html
    """
    if not key_arns:
        return []
    if writes:
        return [allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], key_arns)]
    return [allow("Decrypt", ["kms:Decrypt"], key_arns)]


def invoke_document(action: str, resource_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """The policy that a caller needs: one action on one endpoint."""
    return pulumi.Output.from_input(resource_arn).apply(
        lambda arn: document(allow("Invoke", [action], [arn]))
    )


def invoke_async_document(
    partition: str,
    endpoint_arn: str,
    *,
    puts: Sequence[str],
    gets: Sequence[str],
    keys: Sequence[str],
) -> str:
    """What a caller of an asynchronous endpoint needs: to ask, to leave a request, to get a result.

    `puts` and `gets` are S3 prefixes, `keys` the KMS keys that both are encrypted by.
    """
    given = _below(partition, puts)
    return document(
        allow("Invoke", ["sagemaker:InvokeEndpointAsync"], [endpoint_arn]),
        *([allow("LeaveRequests", ["s3:PutObject"], given)] if given else []),
        allow("GetResults", ["s3:GetObject"], _below(partition, gets)),
        *use_key(keys, writes=bool(given)),
    )
