"""What a function may do: write its log, read its models, join its network, and no more."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.place import Place, place
from components.serving import Core
from facts.lambda_serving import sends_by

__all__ = ["execution_role"]

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_OWN_INTERFACE: Final = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
]
_LOOK: Final = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
_CREATE: Final = "ec2:CreateNetworkInterface"


def execution_role(
    core: Core,
    args: Mapping[str, Any],
    logs: aws.cloudwatch.LogGroup,
    *,
    key_arn: pulumi.Input[str] | None,
    tracing: bool,
    pull_model: bool,
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, list[aws.iam.RolePolicy]]:
    """The role, and its policies, without which the function cannot begin.

    `key_arn` encrypts its variables and snapshots.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{core.name}-role",
        description=f"What the function {core.physical_name} may do",
        assume_role_policy=iam.trust("lambda.amazonaws.com"),
        tags=core.aws_tags(),
        opts=child,
    )
    subnets = args.get("subnet_ids", [])
    groups = args.get("security_group_ids", [])
    has_profile = "drift_baseline_uri" in args
    where = place(parent) if pull_model or subnets or has_profile else None
    destinations = [args[key] for key in ("on_failure_arn", "dead_letter_arn") if key in args]
    policy = aws.iam.RolePolicy(
        f"{core.name}-role-policy",
        role=role.name,
        policy=pulumi.Output.all(
            logs=logs.arn,
            keys=[] if key_arn is None else [key_arn],
            destinations=destinations,
        ).apply(lambda known: _document(known, tracing=tracing)),
        opts=child,
    )
    policies = [policy]
    if subnets and where is not None:
        policies.append(_joins(core, role, where, subnets, groups, child=child))
    if pull_model and where is not None:
        models = {core.model_version: args["model_uri"]}
        if core.candidate_version is not None:
            models[core.candidate_version] = args["candidate_uri"]
        policies += [
            _reads(f"{core.name}-reads-v{_slug(version)}", uri, args, role, where, child)
            for version, uri in models.items()
        ]
    if has_profile and where is not None:
        profile = f"{core.name}-reads-drift-profile"
        policies.append(_reads(profile, args["drift_baseline_uri"], args, role, where, child))
    return role, policies


def _joins(
    core: Core,
    role: aws.iam.Role,
    where: pulumi.Output[Place],
    subnets: list[pulumi.Input[str]],
    groups: list[pulumi.Input[str]],
    *,
    child: pulumi.ResourceOptions,
) -> aws.iam.RolePolicy:
    """Being in a network.

    A policy of its own goes at the end of an update: Lambda takes its interfaces away by these
    rights, once the function has left.
    """
    return aws.iam.RolePolicy(
        f"{core.name}-joins-network",
        role=role.name,
        policy=pulumi.Output.all(where=where, subnets=subnets, groups=groups).apply(
            lambda known: iam.document(
                *_network(known["where"], core.physical_name, known["subnets"], known["groups"])
            )
        ),
        opts=child,
    )


def _reads(  # noqa: PLR0917 - all of one policy
    name: str,
    uri: pulumi.Input[str],
    args: Mapping[str, Any],
    role: aws.iam.Role,
    where: pulumi.Output[Place],
    child: pulumi.ResourceOptions,
) -> aws.iam.RolePolicy:
    """Reading one version's model, or its profile.

    A policy per version: the next one's is there before the function is changed, and the last
    one's goes at the end of the update, when no instance of it answers any more.
    """
    return aws.iam.RolePolicy(
        name,
        role=role.name,
        policy=pulumi.Output.all(
            where=where,
            uri=uri,
            keys=[args["artifact_key_arn"]] if "artifact_key_arn" in args else [],
        ).apply(
            lambda known: iam.document(
                *iam.read_artifacts(known["where"].partition, [known["uri"]]),
                *iam.use_key(known["keys"]),
            )
        ),
        opts=child,
    )


def _slug(version: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", version.lower())


def _document(known: Mapping[str, Any], *, tracing: bool) -> str:
    trace = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    return iam.document(
        iam.write_logs(known["logs"], create_group=False),
        *iam.use_key(known["keys"]),
        # X-Ray knows no resource (service authorization reference of AWS X-Ray).
        *([iam.allow("Trace", trace, ["*"])] if tracing else []),
        *(statement for arn in known["destinations"] for statement in _send(arn)),
    )


def _send(arn: str) -> list[dict[str, Any]]:
    action = sends_by(arn)
    if action != "s3:PutObject":
        return [iam.allow("SendFailures", [action], [arn])]
    # Lambda looks at the bucket before it writes an object.
    return [
        iam.allow("SendFailures", [action], [f"{arn}/*"]),
        iam.allow("LookAtFailures", ["s3:ListBucket"], [arn]),
    ]


def _network(
    where: Place, function: str, subnets: list[str], groups: list[str]
) -> list[dict[str, Any]]:
    """Interfaces in these subnets and security groups, for Lambda itself and not for the code.

    Lambda asks for the three actions on an interface before it knows which, and needs all of them
    allowed on any; Describe actions know no resource.
    """
    interfaces = where.arn("ec2", "network-interface/*")
    places = [
        *(where.arn("ec2", f"subnet/{subnet}") for subnet in subnets),
        *(where.arn("ec2", f"security-group/{group}") for group in groups),
    ]
    own = where.arn("lambda", f"function:{function}")
    denied: dict[str, Any] = {
        **iam.allow(
            "NotTheCode",
            [_CREATE, *_OWN_INTERFACE, *_LOOK],
            ["*"],
            {"ArnEquals": {"lambda:SourceFunctionArn": own}},
        ),
        "Effect": "Deny",
    }
    return [
        iam.allow("JoinNetwork", [_CREATE], [interfaces, *places]),
        iam.allow("OwnInterfaces", _OWN_INTERFACE, [where.arn("ec2", "*/*")]),
        iam.allow("LookAtNetwork", _LOOK, ["*"]),
        denied,
    ]
