"""The role of an autoscaler on EKS: its own service account's, for its own cluster's machines."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import autoscaler_rights as rights
from components.aws import iam
from components.aws.place import place
from components.checks import Checks
from components.serving import check_name
from components.tags import read_tags
from facts import tags as vocabulary
from facts.resource_ids import IAM_ROLE, KMS_KEY

__all__ = ["EksAutoscalerIdentity", "EksAutoscalerIdentityArgs"]

_NAMESPACE: Final = "kube-system"
# By the names that `ClusterAddOns` gives to the service accounts.
_ACCOUNTS: Final = {"cluster_autoscaler": "cluster-autoscaler", "karpenter": "karpenter"}
# A message is of a machine that is about to go: later nobody needs it.
_KEPT_SECONDS: Final = 300
# What tells that a machine goes. https://karpenter.sh/docs/concepts/disruption/#interruption
_EVENTS: Final = {
    "health": ("aws.health", "AWS Health Event"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
    "reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
}


class EksAutoscalerIdentityArgs(TypedDict):
    """Flat arguments of `EksAutoscalerIdentity`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    autoscaler: str
    """cluster_autoscaler or karpenter."""
    cluster_name: pulumi.Input[str]
    """EKS cluster, whose nodes have the agent of Pod Identity."""
    node_role_arns: NotRequired[list[pulumi.Input[str]]]
    """Roles of the nodes that Karpenter launches. Default: needed for karpenter."""
    disk_key_arns: NotRequired[list[pulumi.Input[str]]]
    """KMS keys of the disks of nodes that Karpenter launches. Default: none, AWS's own key."""
    interruptions: NotRequired[bool]
    """Whether Karpenter hears of machines that AWS takes, by a queue, and drains them before.
    Default: true for karpenter."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class EksAutoscalerIdentity(pulumi.ComponentResource):
    """Role, policy and Pod Identity association; for Karpenter a queue and its events.

    The service account is the one of `ClusterAddOns`, in kube-system.
    """

    role_arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: EksAutoscalerIdentityArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = EksAutoscalerIdentityArgs.__annotations__
        checks = Checks("EksAutoscalerIdentity", name, args, known)
        check_name(checks, name)
        kind = _kind(checks, args)
        checks.text("cluster_name")
        hears = checks.flag("interruptions", default=kind == "karpenter")
        tags = vocabulary.aws(read_tags(checks))
        checks.raise_problems()
        super().__init__("model-serving:index:EksAutoscalerIdentity", name, {}, opts)
        child, lookup = pulumi.ResourceOptions(parent=self), pulumi.InvokeOptions(parent=self)

        cluster = aws.eks.get_cluster_output(name=args["cluster_name"], opts=lookup)
        account = _ACCOUNTS[kind]
        role = aws.iam.Role(
            f"{name}-role",
            description=f"What the autoscaler {account} may do",
            assume_role_policy=cluster.arn.apply(
                lambda arn: iam.trust_pods(arn, _NAMESPACE, account)
            ),
            tags=tags,
            opts=child,
        )
        queue = _queue(name, tags, self) if hears else None
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=pulumi.Output.all(
                place=place(self),
                cluster=args["cluster_name"],
                node_roles=args.get("node_role_arns", []),
                keys=args.get("disk_key_arns", []),
                queues=[] if queue is None else [queue.arn],
            ).apply(lambda values: _policy(kind, values)),
            opts=child,
        )
        aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args["cluster_name"],
            namespace=_NAMESPACE,
            service_account=account,
            role_arn=role.arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

        self.role_arn = role.arn
        self.queue_name = queue.name if queue is not None else pulumi.Output.from_input("")
        self.register_outputs({"role_arn": self.role_arn, "queue_name": self.queue_name})


def _kind(checks: Checks, args: EksAutoscalerIdentityArgs) -> str:
    kind = checks.choice("autoscaler", None, _ACCOUNTS)
    roles, keys = args.get("node_role_arns"), args.get("disk_key_arns")
    if kind == "karpenter" and not roles:
        checks.problem("node_role_arns", roles, "the roles of the nodes that it launches")
    if kind == "cluster_autoscaler":
        for key in ("node_role_arns", "disk_key_arns", "interruptions"):
            if checks.given(key):
                checks.problem(key, args.get(key), "it with karpenter, which launches machines")
    for key, found, pattern, noun in (
        ("node_role_arns", roles, IAM_ROLE, "roles"),
        ("disk_key_arns", keys, KMS_KEY, "KMS keys"),
    ):
        for value in found or ():
            if isinstance(value, str) and not re.fullmatch(pattern, value):
                checks.problem(key, value, f"ARNs of {noun}")
    return kind


def _policy(kind: str, values: Mapping[str, Any]) -> str:
    if kind == "cluster_autoscaler":
        return rights.cluster_autoscaler(values["place"], values["cluster"])
    return rights.karpenter(
        values["place"],
        values["cluster"],
        node_roles=values["node_roles"],
        queues=values["queues"],
        keys=values["keys"],
    )


def _queue(name: str, tags: dict[str, str], parent: pulumi.Resource) -> aws.sqs.Queue:
    """Events of machines, from this account's event bus alone, encrypted on the way and there."""
    child = pulumi.ResourceOptions(parent=parent)
    queue = aws.sqs.Queue(
        f"{name}-queue",
        message_retention_seconds=_KEPT_SECONDS,
        sqs_managed_sse_enabled=True,
        tags=tags,
        opts=child,
    )
    sources: list[pulumi.Output[str]] = []
    for role, (source, detail) in _EVENTS.items():
        pattern = {"source": [source], "detail-type": [detail]}
        rule = aws.cloudwatch.EventRule(
            f"{name}-{role}",
            description=f"{detail}, for Karpenter",
            event_pattern=json.dumps(pattern),
            tags=tags,
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{role}-target", rule=rule.name, arn=queue.arn, opts=child
        )
        sources.append(rule.arn)
    aws.sqs.QueuePolicy(
        f"{name}-queue-policy",
        queue_url=queue.url,
        policy=pulumi.Output.all(queue.arn, *sources).apply(
            lambda known: _sends(str(known[0]), [str(each) for each in known[1:]])
        ),
        opts=child,
    )
    return queue


def _sends(queue: str, rules: list[str]) -> str:
    send = {
        "Sid": "SendEvents",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": sorted(rules)}},
    }
    plain = {
        "Sid": "RefusePlainText",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return iam.document(send, plain)
