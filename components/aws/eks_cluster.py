"""An Amazon EKS cluster for those who have none: private, encrypted, logged."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.eks_addons import (
    AddonPlace,
    addons_after_nodes,
    addons_before_nodes,
    read_configurations,
)
from components.aws.eks_networks import by_reach, is_service_network
from components.aws.eks_system_nodes import system_nodes
from components.aws.log_retention import DEFAULT_RETENTION_DAYS, read_retention
from components.aws.managed_policies import attach_managed
from components.aws.own_key import own_key
from components.aws.place import place
from components.checks import Checks
from components.cluster import ClusterSettings, read_cluster
from facts import tags as vocabulary
from facts.resource_ids import KMS_KEY

__all__ = ["EksCluster", "EksClusterArgs"]

# The minor version that all of this is written against.
_KUBERNETES_VERSION: Final = "1.34"
_SYSTEM_INSTANCE_TYPE: Final = "m7i.large"
# https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
_LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
_ACCESS_POLICIES: Final = {
    "administrator": "AmazonEKSClusterAdminPolicy",
    # Everything but secrets.
    "viewer": "AmazonEKSViewPolicy",
}
_PRINCIPAL: Final = r"arn:[a-z-]+:iam::\d{12}:(?:role|user)/.+"
# https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
_MOST_PUBLIC_NETWORKS: Final = 40
_LEAST_SUBNETS: Final = 2


class EksClusterArgs(TypedDict):
    """Flat arguments of `EksCluster`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    subnet_ids: list[pulumi.Input[str]]
    """Private subnets in two zones at least, for the API's addresses and the system nodes."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version, such as `1.34`; the next one is an upgrade in place, nodes after
    it. Default: 1.34."""
    administrators: NotRequired[list[str]]
    """ARNs of IAM roles and users that may do everything in the cluster; who deploys to it has to
    be one of them, also who makes it. Default: none."""
    viewers: NotRequired[list[str]]
    """ARNs of IAM roles and users that may look at everything but secrets. Default: none."""
    system_instance_type: NotRequired[str]
    """EC2 instance type of the machines for the cluster's own pods. Default: m7i.large."""
    system_nodes: NotRequired[int]
    """How many of those there are. Default: 2."""
    log_retention_days: NotRequired[int]
    """How long logs are kept. Default: 365."""
    key: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of secrets and logs; its policy lets CloudWatch Logs use it. Default: a
    key of the cluster's own, which rotates."""
    authorized_networks: NotRequired[list[str]]
    """Networks outside the VPC that may reach the API: public ones over the internet, private
    ones, such as a VPN's, inside. Default: none."""
    service_cidr: NotRequired[str]
    """Network of the cluster's services, which no network that it reaches has. Default: EKS's
    choice."""
    support: NotRequired[str]
    """standard: AWS upgrades the cluster when a version's support ends; extended: AWS charges more
    from then on. Default: standard."""
    ebs_csi: NotRequired[bool]
    """Whether pods get EBS volumes. Default: false."""
    addon_versions: NotRequired[dict[str, str]]
    """Versions by add-on, such as `coredns: v1.12.1-eksbuild.2`. Default: those that EKS takes
    when an add-on is installed; they stay."""
    addon_settings: NotRequired[dict[str, str]]
    """Further configuration by add-on, each an object in JSON, as EKS's schema of the add-on has
    it: `vpc-cni: '{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}'`. Default: network policies on,
    GPUs watched on tainted nodes too."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete the cluster; say false and deploy before a destroy. Default:
    true."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class EksCluster(pulumi.ComponentResource):
    """A cluster with its keys, logs, add-ons, OIDC provider, and machines for its own pods.

    The API has a private address; the cluster is named like the component. IAM decides who gets
    in, by access entries alone. Nodes that join have the network when `cluster_name` is known,
    pods that come by `kubeconfig` find DNS and a place.
    """

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    oidc_issuer_url: pulumi.Output[str]
    oidc_provider_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: EksClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("EksCluster", name, args, EksClusterArgs.__annotations__)
        settings = read_cluster(
            checks,
            name,
            system_instance_type=_SYSTEM_INSTANCE_TYPE,
            log_retention_days=DEFAULT_RETENTION_DAYS,
        )
        read_retention(checks)
        _check(checks, args, settings)
        support = checks.choice("support", "standard", ("standard", "extended"))
        ebs_csi = checks.flag("ebs_csi", default=False)
        protected = checks.flag("deletion_protection", default=True)
        people = {
            "administrator": settings.administrators,
            "viewer": checks.texts("viewers", []),
        }
        _check_people(checks, people)
        versions = checks.mapping("addon_versions")
        configurations = read_configurations(checks)
        checks.raise_problems()
        super().__init__("model-serving:index:EksCluster", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = vocabulary.aws(settings.vocabulary)
        public, private = by_reach(settings.authorized_networks)

        # EKS makes the group by itself otherwise, without key and end.
        log_group = f"/aws/eks/{name}/cluster"
        key_arn = (
            args.get("key")
            or own_key(
                f"{name}-key", of=f"EKS cluster {name}", log_group=log_group, tags=tags, parent=self
            ).arn
        )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=log_group,
            retention_in_days=settings.log_retention_days,
            kms_key_id=key_arn,
            tags=tags,
            opts=child,
        )
        role, rights = _cluster_role(self, name, key_arn, tags)
        cluster = aws.eks.Cluster(
            f"{name}-cluster",
            name=name,
            version=settings.kubernetes_version or _KUBERNETES_VERSION,
            role_arn=role.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=args["subnet_ids"],
                endpoint_private_access=True,
                endpoint_public_access=bool(public),
                public_access_cidrs=public or None,
            ),
            kubernetes_network_config=(
                {"service_ipv4_cidr": args["service_cidr"]} if "service_cidr" in args else None
            ),
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            encryption_config={"provider": {"key_arn": key_arn}, "resources": ["secrets"]},
            enabled_cluster_log_types=list(_LOG_TYPES),
            upgrade_policy={"support_type": support.upper()},
            deletion_protection=protected,
            # The add-ons are below, as EKS's own: those can be configured and upgraded.
            bootstrap_self_managed_addons=False,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, *rights]),
        )
        for word, principals in people.items():
            _let_in(self, f"{name}-{word}", cluster, principals, _ACCESS_POLICIES[word], tags)
        security_group_id = cluster.vpc_config.cluster_security_group_id
        for network in private:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-api-from-{network}",
                security_group_id=security_group_id,
                description=f"The API of {name} from {network}",
                cidr_ipv4=network if ":" not in network else None,
                cidr_ipv6=network if ":" in network else None,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                tags=tags,
                opts=child,
            )
        issuer = cluster.identities[0].oidcs[0].issuer
        provider = aws.iam.OpenIdConnectProvider(
            f"{name}-oidc-provider",
            url=issuer,
            client_id_lists=["sts.amazonaws.com"],
            tags=tags,
            opts=child,
        )
        where = AddonPlace(
            name=name,
            cluster=cluster,
            versions=versions,
            configurations=configurations,
            tags=tags,
            parent=self,
        )
        network_addons = addons_before_nodes(where)
        nodes = system_nodes(self, cluster, settings, args["subnet_ids"], network_addons)
        last_addons = addons_after_nodes(where, nodes, ebs_csi=ebs_csi)

        # By the add-ons' own outputs, whoever takes the name comes after them, and goes before.
        self.cluster_name = _after(cluster, network_addons)
        self.cluster_arn = cluster.arn
        self.endpoint = cluster.endpoint
        self.kubeconfig = _kubeconfig(self, cluster, _after(cluster, last_addons))
        self.oidc_issuer_url = issuer
        self.oidc_provider_arn = provider.arn
        self.security_group_id = security_group_id
        self.key_arn = pulumi.Output.from_input(key_arn)
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_arn": self.cluster_arn,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "oidc_issuer_url": self.oidc_issuer_url,
                "oidc_provider_arn": self.oidc_provider_arn,
                "security_group_id": self.security_group_id,
                "key_arn": self.key_arn,
            }
        )


def _check(checks: Checks, args: EksClusterArgs, settings: ClusterSettings) -> None:
    subnet_ids = args.get("subnet_ids") or []
    if len(subnet_ids) < _LEAST_SUBNETS:
        checks.problem("subnet_ids", subnet_ids, "private subnets in two zones at least")
    checks.optional_text("key", KMS_KEY, "the ARN of a KMS key")
    public, _ = by_reach(settings.authorized_networks)
    if len(public) > _MOST_PUBLIC_NETWORKS:
        use = f"at most {_MOST_PUBLIC_NETWORKS} public networks, AWS's quota"
        checks.problem("authorized_networks", len(public), use)
    for network in public:
        if ":" in network:
            use = "IPv4 networks: the public API of a cluster of IPv4 has no other address"
            checks.problem("authorized_networks", network, use)
    if checks.given("service_cidr") and not is_service_network(checks.plain("service_cidr")):
        use = "a private IPv4 network from /12 to /24, such as 172.20.0.0/16"
        checks.problem("service_cidr", args.get("service_cidr"), use)


def _check_people(checks: Checks, people: Mapping[str, Sequence[str]]) -> None:
    for word, principals in people.items():
        for principal in principals:
            if not re.fullmatch(_PRINCIPAL, principal):
                checks.problem(f"{word}s", principal, "ARNs of IAM roles or users")
    for principal in set(people["administrator"]) & set(people["viewer"]):
        checks.problem("viewers", principal, "it once: administrators see everything")


def _cluster_role(
    parent: pulumi.Resource, name: str, key_arn: pulumi.Input[str], tags: dict[str, str]
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """What the control plane may do, and what has to be attached before it is made.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-role",
        description=f"What the control plane of EKS cluster {name} may do",
        assume_role_policy=iam.trust("eks.amazonaws.com"),
        tags=tags,
        opts=child,
    )
    managed = attach_managed(role, {f"{name}-policy": "AmazonEKSClusterPolicy"}, parent)
    # https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
    actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"]
    key_policy = aws.iam.RolePolicy(
        f"{name}-key-policy",
        role=role.name,
        policy=pulumi.Output.from_input(key_arn).apply(
            lambda arn: iam.document(iam.allow("EncryptSecrets", actions, [arn]))
        ),
        opts=child,
    )
    return role, [*managed, key_policy]


def _let_in(  # noqa: PLR0917 - an entry's own
    parent: pulumi.Resource,
    name: str,
    cluster: aws.eks.Cluster,
    principals: Sequence[str],
    policy: str,
    tags: dict[str, str],
) -> None:
    child = pulumi.ResourceOptions(parent=parent)
    lookup = pulumi.InvokeOptions(parent=parent)
    partition = aws.get_partition_output(opts=lookup).partition
    for principal in principals:
        # Without the colons, which Pulumi's names have between their parts.
        who = principal.partition(":iam::")[2].replace(":", "/")
        entry = aws.eks.AccessEntry(
            f"{name}-{who}",
            cluster_name=cluster.name,
            principal_arn=principal,
            type="STANDARD",
            tags=tags,
            opts=child,
        )
        aws.eks.AccessPolicyAssociation(
            f"{name}-{who}-policy",
            cluster_name=cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=pulumi.Output.concat(
                "arn:", partition, ":eks::aws:cluster-access-policy/", policy
            ),
            access_scope={"type": "cluster"},
            opts=child,
        )


def _after(cluster: aws.eks.Cluster, addons: Sequence[aws.eks.Addon]) -> pulumi.Output[str]:
    names = [cluster.name, *(addon.cluster_name for addon in addons)]
    return pulumi.Output.all(*names).apply(lambda known: str(known[0]))


def _kubeconfig(
    parent: pulumi.Resource, cluster: aws.eks.Cluster, cluster_name: pulumi.Output[str]
) -> pulumi.Output[str]:
    """Tokens are from AWS's own command; so there is no secret in it.

    https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html
    """

    def text(known: Sequence[Any]) -> str:
        name, arn, endpoint, authority, where = known
        command = ["--region", where.region, "eks", "get-token", "--cluster-name", name]
        run = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "aws",
            "args": [*command, "--output", "json"],
        }
        server = {"server": endpoint, "certificate-authority-data": authority}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": arn,
                "clusters": [{"name": arn, "cluster": server}],
                "users": [{"name": arn, "user": {"exec": run}}],
                "contexts": [{"name": arn, "context": {"cluster": arn, "user": arn}}],
            }
        )

    return pulumi.Output.all(
        cluster_name,
        cluster.arn,
        cluster.endpoint,
        cluster.certificate_authority.data,
        place(parent),
    ).apply(text)
