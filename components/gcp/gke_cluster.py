"""A Google Kubernetes Engine cluster for those who have none: private, encrypted, logged."""

import re
from collections.abc import Sequence
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.cluster import ClusterSettings, read_cluster
from components.gcp.gke_cluster_features import every_cluster, googles_nodes, our_nodes
from components.gcp.gke_kubeconfig import kubeconfig
from components.gcp.gke_logs import kept_logs
from components.gcp.gke_nodes import hardened, node_identity, read_repositories
from components.gcp.names import REGION, agent
from components.gcp.own_key import check_key, own_key
from facts import tags as vocabulary

__all__ = ["GkeCluster", "GkeClusterArgs"]

_SYSTEM_INSTANCE_TYPE: Final = "e2-standard-4"
_LOG_RETENTION_DAYS: Final = 365
_SYSTEM_DISK_GIB: Final = 100
# The system pool's name is the cluster's, `-system` and Pulumi's 8 signs; GKE's limit is 40.
_LONGEST_NAME: Final = 25
_SYSTEM_GROWTH: Final = 3
# Principals of https://cloud.google.com/iam/docs/principal-identifiers that people and pipelines
# have.
_PRINCIPAL: Final = r"(user|group|serviceAccount|principal|principalSet):.+"
_NOT_IN_AUTOPILOT: Final = (
    *("system_instance_type", "system_nodes", "zones"),
    *("multi_networking", "autoscaling_profile"),
)
_MOST_NETWORKS: Final = 50


class GkeClusterArgs(TypedDict):
    """Flat arguments of `GkeCluster`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the labels. Default: not labelled."""
    project: pulumi.Input[str]
    """Project of the cluster; its workload identity pool names the pods."""
    region: str
    """Region of the control plane, which is in several of its zones."""
    zones: NotRequired[list[str]]
    """Zones of the nodes. Default: three of the region, which GKE takes."""
    network: pulumi.Input[str]
    """Network, by its id."""
    subnetwork: pulumi.Input[str]
    """Subnet of nodes and of the API's private address, by its id."""
    pods_range: NotRequired[pulumi.Input[str]]
    """Name of the subnet's range for pods. Default: pods."""
    services_range: NotRequired[pulumi.Input[str]]
    """Name of the subnet's range for services. Default: services."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version, such as `1.34`, as the least; the channel goes on from there.
    Default: the channel's."""
    release_channel: NotRequired[str]
    """rapid, regular, stable or extended: how soon Google upgrades. Default: regular."""
    maintenance_start: NotRequired[str]
    """When upgrades may begin each day, in UTC; they have four hours. Default: 03:00."""
    maintenance_exclusions: NotRequired[list[str]]
    """Times without any, `name=start/end`, such as
    `sale=2026-11-20T00:00:00Z/2026-12-01T00:00:00Z`; at most three. Default: none."""
    administrators: NotRequired[list[str]]
    """Principals that may do everything in the cluster, such as `group:platform@example.com`; who
    deploys to it has to be one of them. Default: none."""
    security_group: NotRequired[str]
    """Google group `gke-security-groups@…`, whose member groups can be named in the cluster's own
    roles. Default: none."""
    system_instance_type: NotRequired[str]
    """Machine type of the nodes for the cluster's own pods. Default: e2-standard-4."""
    system_nodes: NotRequired[int]
    """Fewest of those; they become three times as many when there is need. Default: 2."""
    autopilot: NotRequired[bool]
    """Whether Google makes the nodes as pods ask for them: there are no pools then.
    Default: false."""
    log_retention_days: NotRequired[int]
    """How long logs are kept in a bucket of the cluster's own. Default: 365."""
    key: NotRequired[pulumi.Input[str]]
    """Cloud KMS key of secrets, system disks and logs, in the region; the agents of GKE, Compute
    Engine and Cloud Logging may use it. Default: a key of the cluster's own, which rotates."""
    authorized_networks: NotRequired[list[str]]
    """Networks outside the subnet that may reach the API: private ones inside, public ones over
    the internet, for which it gets a public address. Default: none."""
    global_access: NotRequired[bool]
    """Whether the API's private address is reached from other regions too, as through a VPN there.
    Default: false."""
    dns_endpoint: NotRequired[bool]
    """Whether `kubeconfig` uses the API's DNS name, which whoever IAM lets in reaches from
    anywhere. Default: false."""
    autoscaling_profile: NotRequired[str]
    """balanced, or optimize_utilization: nodes without use go sooner. Default: balanced."""
    multi_networking: NotRequired[bool]
    """Whether nodes may have further networks, as GPUDirect needs; decided when the cluster is
    made. Default: false."""
    csi_drivers: NotRequired[list[str]]
    """Kinds of volumes beside disks: filestore, gcs_fuse, lustre, parallelstore. Default: none."""
    gateway_api: NotRequired[bool]
    """Whether GKE installs Gateway API and its own gateways. Default: false."""
    binary_authorization: NotRequired[bool]
    """Whether the project's policy decides which images run; it lets all in until it is changed.
    Default: true."""
    image_repositories: NotRequired[list[str]]
    """Artifact Registry repositories that nodes pull from,
    `projects/…/locations/…/repositories/…`. Default: all of the project."""
    deletion_protection: NotRequired[bool]
    """Whether a destroy is refused, of the key too; say false and deploy before one.
    Default: true."""
    tags: NotRequired[dict[str, str]]
    """Labels; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class GkeCluster(pulumi.ComponentResource):
    """A regional cluster with its key, its logs, and machines for its own pods.

    The cluster is named like the component. The API has a private address; nodes have no other.
    IAM decides who gets in. Pools of other nodes use `node_service_account`, or one of their own.
    """

    cluster_name: pulumi.Output[str]
    cluster_id: pulumi.Output[str]
    region: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    oidc_issuer_url: pulumi.Output[str]
    workload_pool: pulumi.Output[str]
    node_service_account: pulumi.Output[str]
    key: pulumi.Output[str]
    log_bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: GkeClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("GkeCluster", name, args, GkeClusterArgs.__annotations__)
        settings = read_cluster(
            checks,
            name,
            system_instance_type=_SYSTEM_INSTANCE_TYPE,
            log_retention_days=_LOG_RETENTION_DAYS,
            longest_name=_LONGEST_NAME,
        )
        region = checks.plain("region")
        zones = _check_places(checks, region)
        _check_people(checks, settings)
        check_key(checks, "key", args.get("key"), region)
        autopilot = _check_autopilot(checks)
        protected = checks.flag("deletion_protection", default=True)
        repositories = read_repositories(checks)
        dns_endpoint = checks.flag("dns_endpoint", default=False)
        known: dict[str, Any] = {
            **every_cluster(checks, settings),
            **({} if autopilot else our_nodes(checks)),
        }
        checks.raise_problems()
        super().__init__("model-serving:index:GkeCluster", name, {}, opts)
        project = args["project"]
        labels = vocabulary.google(settings.vocabulary)
        self.workload_pool = pulumi.Output.concat(project, ".svc.id.goog")

        key, key_grants = args.get("key"), list[pulumi.Resource]()
        if key is None:
            key, key_grants = own_key(
                f"{name}-key",
                region=region,
                project=project,
                users=_key_users(self, project),
                labels=labels,
                protected=protected,
                parent=self,
            )
        email, node_grants = node_identity(
            name, project=project, repositories=repositories, parent=self
        )
        self.log_bucket = kept_logs(
            name,
            project=project,
            region=region,
            key=key,
            days=settings.log_retention_days,
            parent=self,
            after=key_grants,
        )
        nodes: dict[str, Any] = {**hardened(), "service_account": email, "boot_disk_kms_key": key}
        made_of: dict[str, Any] = googles_nodes(email, key) if autopilot else {"node_config": nodes}
        cluster = gcp.container.Cluster(
            f"{name}-cluster",
            name=name,
            project=project,
            location=region,
            node_locations=zones or None,
            network=args["network"],
            subnetwork=args["subnetwork"],
            ip_allocation_policy={
                "cluster_secondary_range_name": args.get("pods_range", "pods"),
                "services_secondary_range_name": args.get("services_range", "services"),
            },
            database_encryption={"state": "ENCRYPTED", "key_name": key},
            workload_identity_config={"workload_pool": self.workload_pool},
            deletion_protection=protected,
            resource_labels=labels,
            **known,
            **made_of,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*key_grants, *node_grants],
                # A replacement would take the pools away before GKE says no to it.
                protect=protected,
                # Of the pool that GKE makes first, and that is taken away.
                ignore_changes=["nodeConfig", "initialNodeCount"],
            ),
        )
        self._administrators(name, settings, project, region)
        system = None if autopilot else self._system_nodes(cluster, settings, zones, nodes, labels)

        self.cluster_name = cluster.name
        self.cluster_id = cluster.id
        self.region = cluster.location
        self.node_service_account = email
        self.key = pulumi.Output.from_input(key)
        doors = cluster.control_plane_endpoints_config.dns_endpoint_config
        address = doors.endpoint if dns_endpoint else cluster.endpoint
        self.endpoint = address.apply(lambda known: f"https://{known}")
        # Pods that come by it find a place: the machines are there before it is known.
        ready = system.id if system else cluster.id
        self.kubeconfig = pulumi.Output.all(
            self.endpoint,
            # The provider takes it for a secret, with what is beside it.
            pulumi.Output.unsecret(cluster.master_auth.cluster_ca_certificate),
            ready,
        ).apply(lambda known: kubeconfig(name, known[0], None if dns_endpoint else known[1]))
        self.oidc_issuer_url = pulumi.Output.concat(
            "https://container.googleapis.com/v1/", cluster.id
        )
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_id": self.cluster_id,
                "region": self.region,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "oidc_issuer_url": self.oidc_issuer_url,
                "workload_pool": self.workload_pool,
                "node_service_account": self.node_service_account,
                "key": self.key,
                "log_bucket": self.log_bucket,
            }
        )

    def _administrators(
        self, name: str, settings: ClusterSettings, project: pulumi.Input[str], region: str
    ) -> None:
        """Rights in this cluster, and in no other of the project."""
        cluster = pulumi.Output.concat(
            'resource.name == "projects/', project, f'/locations/{region}/clusters/{name}"'
        )
        for principal in settings.administrators:
            gcp.projects.IAMMember(
                f"{name}-administrator-{principal}",
                project=project,
                role="roles/container.admin",
                member=principal,
                # https://cloud.google.com/iam/docs/conditions-resource-attributes
                condition={
                    "title": f"gke-{name}",
                    "description": f"The cluster {name}, no other",
                    "expression": cluster,
                },
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _system_nodes(
        self,
        cluster: gcp.container.Cluster,
        settings: ClusterSettings,
        zones: Sequence[str],
        nodes: dict[str, Any],
        labels: dict[str, str],
    ) -> gcp.container.NodePool:
        """Machines without taints: of the cluster's own pods, GPU nodes take none."""
        config = nodes | {
            "machine_type": settings.system_instance_type,
            "disk_type": "pd-balanced",
            "disk_size_gb": _SYSTEM_DISK_GIB,
            "resource_labels": labels,
        }
        return gcp.container.NodePool(
            f"{settings.name}-system",
            cluster=cluster.id,
            node_locations=zones or None,
            # In each zone; the autoscaler goes on from there.
            initial_node_count=1,
            autoscaling={
                "total_min_node_count": settings.system_nodes,
                "total_max_node_count": _SYSTEM_GROWTH * settings.system_nodes,
                "location_policy": "BALANCED",
            },
            management={"auto_repair": True, "auto_upgrade": True},
            upgrade_settings={"max_surge": 1, "max_unavailable": 0},
            network_config={"enable_private_nodes": True},
            node_config=cast("Any", config),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["initialNodeCount"]),
        )


def _key_users(parent: pulumi.Resource, project: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    """GKE for secrets, Compute Engine for disks, Cloud Logging for logs."""
    lookup = pulumi.InvokeOptions(parent=parent)
    number = gcp.organizations.get_project_output(project_id=project, opts=lookup).number
    logging = gcp.logging.get_project_cmek_settings_output(project=project, opts=lookup)
    return {
        "gke": agent(number, "container-engine-robot"),
        "compute": agent(number, "compute-system"),
        "logging": pulumi.Output.concat("serviceAccount:", logging.service_account_id),
    }


def _check_places(checks: Checks, region: str) -> list[str]:
    checks.text("project")
    checks.text("network")
    checks.text("subnetwork")
    checks.optional_text("pods_range", r".+", "the name of the subnet's range for pods")
    checks.optional_text("services_range", r".+", "the name of the subnet's range for services")
    if region and not re.fullmatch(REGION, region):
        checks.problem("region", region, "a region, such as europe-west4")
    zones = checks.texts("zones", [])
    for zone in zones:
        if region and not re.fullmatch(rf"{re.escape(region)}-[a-z]", zone):
            checks.problem("zones", zone, f"zones of {region}, such as {region}-a")
    return zones


def _check_people(checks: Checks, settings: ClusterSettings) -> None:
    for principal in settings.administrators:
        if not re.fullmatch(_PRINCIPAL, principal):
            checks.problem("administrators", principal, "such as group:platform@example.com")
    if len(settings.authorized_networks) > _MOST_NETWORKS:
        count = len(settings.authorized_networks)
        checks.problem("authorized_networks", count, f"at most {_MOST_NETWORKS} networks")


def _check_autopilot(checks: Checks) -> bool:
    autopilot = checks.flag("autopilot", default=False)
    if autopilot:
        for key in _NOT_IN_AUTOPILOT:
            if checks.given(key):
                checks.problem(
                    "autopilot", got=True, use=f"it without {key}, on which Google decides then"
                )
    return autopilot
