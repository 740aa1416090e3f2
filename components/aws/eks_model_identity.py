"""What a model's pods on EKS may do in S3: read their artifact, by a role and without keys."""

from collections.abc import Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.checks import Checks
from components.kubernetes.labels import check_namespace
from components.kubernetes.service_account import (
    identity_tags,
    read_name,
    read_uris,
    service_account,
)
from facts import tags as vocabulary
from facts.resource_ids import KMS_KEY
from facts.stores import STORES

__all__ = ["EksModelIdentity", "EksModelIdentityArgs"]

_METHODS: Final = ("pod_identity", "irsa")
_S3: Final = STORES["s3"]
# A role's name has at most 64 signs: this one, `-role`, and what the engine adds to tell roles
# apart. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_LONGEST_NAME: Final = 64 - len("-role-1234567")


class EksModelIdentityArgs(TypedDict):
    """Flat arguments of `EksModelIdentity`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    model: str
    """Name of the model."""
    namespace: pulumi.Input[str]
    """Namespace of the model's pods, which exists."""
    cluster_name: pulumi.Input[str]
    """EKS cluster of the pods."""
    artifact_uris: list[str]
    """What the pods read: the model, its candidate, a batch run's input. What is not in S3 needs no
    right here."""
    output_uris: NotRequired[list[str]]
    """What they write below, such as a batch run's output; nothing is read or deleted there.
    Default: none."""
    method: NotRequired[str]
    """pod_identity, which needs EKS's agent on the nodes, or irsa, which needs the cluster's OIDC
    provider in IAM. Default: pod_identity."""
    artifact_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that artifacts and outputs are encrypted by. Default: none, or S3's own key."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py) get its prefix. Default: none."""


class EksModelIdentity(pulumi.ComponentResource):
    """A service account and a role that its pods alone can take; it is named like the component.

    Without anything in S3 there is no role. The role's policy is replaced, never changed: pods
    of the version before read their artifact until the new ones are there.
    """

    service_account_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: EksModelIdentityArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("EksModelIdentity", name, args, EksModelIdentityArgs.__annotations__)
        tags = identity_tags(checks)
        check_namespace(checks)
        checks.text("cluster_name")
        method = checks.choice("method", "pod_identity", _METHODS)
        checks.optional_text("artifact_key_arn", KMS_KEY, "the ARN of a KMS key")
        read_name(checks, name, _LONGEST_NAME)
        uris = read_uris(checks, "artifact_uris", _S3)
        outputs = read_uris(checks, "output_uris", _S3)
        checks.raise_problems()
        super().__init__("model-serving:index:EksModelIdentity", name, {}, opts)

        used = bool(uris or outputs)
        role = _role(self, name, args, tags, uris, outputs, method) if used else None
        annotations: dict[str, Any] = {}
        if role is not None and method == "irsa":
            annotations["eks.amazonaws.com/role-arn"] = role.arn
        account = service_account(self, name, args["namespace"], tags, annotations)
        if role is not None and method == "pod_identity":
            aws.eks.PodIdentityAssociation(
                f"{name}-association",
                cluster_name=args["cluster_name"],
                namespace=args["namespace"],
                service_account=name,
                role_arn=role.arn,
                tags=vocabulary.aws(tags),
                opts=pulumi.ResourceOptions(parent=self),
            )

        self.service_account_name = account.metadata.apply(lambda metadata: str(metadata["name"]))
        self.role_arn = role.arn if role is not None else pulumi.Output.from_input("")
        self.register_outputs(
            {"service_account_name": self.service_account_name, "role_arn": self.role_arn}
        )


def _role(  # noqa: PLR0917 - what the component has read
    parent: pulumi.Resource,
    name: str,
    args: EksModelIdentityArgs,
    tags: dict[str, str],
    uris: Sequence[str],
    outputs: Sequence[str],
    method: str,
) -> aws.iam.Role:
    """The role of the pods, with the one policy that it needs."""
    child, lookup = pulumi.ResourceOptions(parent=parent), pulumi.InvokeOptions(parent=parent)
    partition = aws.get_partition_output(opts=lookup).partition
    role = aws.iam.Role(
        f"{name}-role",
        description=f"What the pods of the model {args['model']} may {_does(outputs)}",
        assume_role_policy=_trust(name, args, method, partition, lookup),
        tags=vocabulary.aws(tags),
        opts=child,
    )
    keys = [args["artifact_key_arn"]] if "artifact_key_arn" in args else []
    aws.iam.RolePolicy(
        f"{name}-role-policy",
        role=role.name,
        policy=pulumi.Output.all(partition=partition, keys=keys).apply(
            lambda known: iam.document(
                *iam.read_below(known["partition"], uris),
                *iam.write_below(known["partition"], outputs),
                *iam.use_key(known["keys"], writes=bool(outputs)),
            )
        ),
        opts=pulumi.ResourceOptions(parent=parent, replace_on_changes=["policy"]),
    )
    return role


def _does(outputs: Sequence[str]) -> str:
    return "read and write" if outputs else "read"


def _trust(
    name: str,
    args: EksModelIdentityArgs,
    method: str,
    partition: pulumi.Output[str],
    lookup: pulumi.InvokeOptions,
) -> pulumi.Output[str]:
    cluster = aws.eks.get_cluster_output(name=args["cluster_name"], opts=lookup)
    namespace = pulumi.Output.from_input(args["namespace"])
    if method == "pod_identity":
        return pulumi.Output.all(cluster.arn, namespace).apply(
            lambda known: iam.trust_pods(known[0], known[1], name)
        )
    account_id = aws.get_caller_identity_output(opts=lookup).account_id
    issuer = cluster.identities[0].oidcs[0].issuer
    provider = pulumi.Output.all(partition, account_id, issuer).apply(
        lambda known: (
            f"arn:{known[0]}:iam::{known[1]}:oidc-provider/{known[2].removeprefix('https://')}"
        )
    )
    return pulumi.Output.all(provider, namespace).apply(
        lambda known: iam.trust_token(known[0], known[1], name)
    )
