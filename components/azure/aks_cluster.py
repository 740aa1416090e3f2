"""A private AKS cluster for models: encrypted by its own key, logged, without local accounts."""

import base64
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_azure_native as azure

from components.azure.aks_parts import (
    api_server,
    autoscaler,
    bootstrap,
    maintenance,
    network,
    security,
    system_pool,
)
from components.azure.aks_settings import read_aks
from components.azure.cluster_key import Place, disk_encryption_set, known_key, own_key
from components.azure.roles import grant
from components.checks import Checks
from components.cluster import ClusterSettings, read_cluster
from facts import tags as vocabulary

__all__ = ["AksCluster", "AksClusterArgs"]

# Four cores, which AKS asks of machines for system pods, and a temporary disk for the system's own.
# https://learn.microsoft.com/azure/aks/use-system-pools
_SYSTEM_MACHINE: Final = "Standard_D4ds_v5"
# https://learn.microsoft.com/azure/aks/monitor-aks-reference
_LOGS: Final = (
    "kube-apiserver",
    # All that changes something; kube-audit has every read too, at many times the price.
    "kube-audit-admin",
    "kube-controller-manager",
    "kube-scheduler",
    "cluster-autoscaler",
    "cloud-controller-manager",
    "guard",
)


class AksClusterArgs(TypedDict):
    """Flat arguments of `AksCluster`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    resource_group: pulumi.Input[str]
    """Resource group of the cluster and of all that is made with it, which exists."""
    location: pulumi.Input[str]
    """Region, such as westeurope."""
    subnet_id: pulumi.Input[str]
    """Subnet of the nodes. Pods have addresses of their own."""
    api_server_subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet of 16 addresses or more, delegated to Microsoft.ContainerService/managedClusters,
    where the API server has its address; `key` then encrypts secrets too. It cannot be taken away
    again. Default: a private endpoint among the nodes, and secrets under a key of Azure's."""
    outbound: NotRequired[str]
    """How nodes reach the internet: none, nat_gateway, user_defined_routing or load_balancer. With
    none they get AKS's images from a registry inside. Another word makes another cluster.
    Default: none."""
    registry_id: NotRequired[pulumi.Input[str]]
    """With `outbound` none: Premium registry with a private endpoint in the network, and the cache
    rule `mcr.microsoft.com/*` to `aks-managed-repository/*`. Default: AKS makes one."""
    registries: NotRequired[dict[str, pulumi.Input[str]]]
    """Ids of further container registries that nodes pull from, by words of your own.
    Default: none."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version, such as `1.34`; AKS keeps its patches up to date. Default: AKS's
    default at the time; it stays."""
    administrators: list[str]
    """Object ids of Entra ID groups that may do everything in the cluster. There is no other
    account to begin with."""
    system_instance_type: NotRequired[str]
    """VM size of the machines for the cluster's own pods; one with a temporary disk that holds
    `system_disk_gib`. It, disk and zones are fixed once made. Default: Standard_D4ds_v5."""
    system_nodes: NotRequired[int]
    """How many of those there are. Default: 2."""
    system_disk_gib: NotRequired[int]
    """Size of their system disk, on the machine's own temporary disk. Default: 100."""
    zones: NotRequired[list[str]]
    """Zones of those machines. Default: 1, 2 and 3; give none where the region has none."""
    authorized_networks: NotRequired[list[str]]
    """Networks that may reach the API over the internet; it then has a public address. Default:
    none, the API is private."""
    log_workspace_id: NotRequired[pulumi.Input[str]]
    """Log Analytics workspace of the control plane's logs. Default: one of the cluster's own."""
    log_retention_days: NotRequired[int]
    """How long its own workspace keeps them, 30 to 730. Default: 90."""
    key: NotRequired[pulumi.Input[str]]
    """Id of a Key Vault key, `/subscriptions/…/vaults/…/keys/…`, whose newest version encrypts
    disks. Its vault has purge protection, and permission by roles. Stay with it: what an own key
    has encrypted, is lost with that. Default: a key of the cluster's own, in a hardware module."""
    pod_cidr: NotRequired[str]
    """Network of the pods, of which each node takes 256 addresses; it may overlap with others.
    Default: 10.244.0.0/16."""
    service_cidr: NotRequired[str]
    """Network of the cluster's services, which no network that it reaches has. Default:
    10.0.0.0/16."""
    expander: NotRequired[str]
    """By what the autoscaler chooses among pools: least-waste, most-pods, random, or priority,
    which wants the ConfigMap cluster-autoscaler-priority-expander. Default: least-waste."""
    maintenance_day: NotRequired[str]
    """Day of the week on which AKS upgrades. Default: Sunday."""
    maintenance_start: NotRequired[str]
    """When upgrades may begin on that day, in UTC; they have four hours. Default: 03:00."""
    defender: NotRequired[bool]
    """Whether Microsoft Defender watches the nodes, at a price. Default: false."""
    deletion_protection: NotRequired[bool]
    """Whether an update that would delete or replace the cluster is refused; say false and deploy
    before a destroy. Default: false."""
    deletion_lock: NotRequired[bool]
    """Whether a lock of Azure's keeps everybody from deleting the cluster and all in it: a pool is
    replaced only when the lock has gone. Default: false."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class AksCluster(pulumi.ComponentResource):
    """A cluster with its identities, key, logs, and machines for its own pods.

    Entra ID decides who gets in and Azure RBAC what they may do; disks are encrypted with the key,
    what nodes keep beside them too (the subscription has the feature EncryptionAtHost). The cluster
    is named like the component. Its system pool has no taint: Prometheus, KEDA and KServe run
    there, as GPU nodes are tainted. Further pools are resources of their own: after a refresh the
    provider finds them in the cluster, and sends that again without them, which AKS takes for no
    change (https://github.com/pulumi/pulumi-azure-native/issues/1686).
    """

    cluster_name: pulumi.Output[str]
    cluster_id: pulumi.Output[str]
    resource_group: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    oidc_issuer_url: pulumi.Output[str]
    control_plane_principal_id: pulumi.Output[str]
    kubelet_principal_id: pulumi.Output[str]
    disk_encryption_set_id: pulumi.Output[str]
    log_workspace_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: AksClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("AksCluster", name, args, AksClusterArgs.__annotations__)
        settings = read_cluster(checks, name, system_instance_type=_SYSTEM_MACHINE)
        plain = read_aks(checks, settings)
        subnet = args.get("api_server_subnet_id")
        checks.raise_problems()
        super().__init__("model-serving:index:AksCluster", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        lookup = pulumi.InvokeOptions(parent=self)
        client = azure.authorization.get_client_config_output(opts=lookup)
        tags = vocabulary.aws(settings.vocabulary)
        place = Place(
            resource_group=args["resource_group"],
            location=args["location"],
            subscription_id=client.subscription_id,
            tenant_id=client.tenant_id,
            tags=tags,
        )
        identity, kubelet = (
            azure.managedidentity.UserAssignedIdentity(
                f"{name}-{role}-identity",
                resource_group_name=place.resource_group,
                location=place.location,
                tags=tags,
                opts=child,
            )
            for role in ("control-plane", "kubelet")
        )
        key = (
            known_key(args["key"], lookup)
            if "key" in args
            else own_key(name, place, identity, child)
        )
        disks = disk_encryption_set(name, place, key, child)
        workspace_id = args.get("log_workspace_id") or self._workspace(name, place, settings)
        # What the cluster may do, is there before it does it.
        of_identity = {
            "nodes-subnet": ("Network Contributor", args["subnet_id"]),
            "disks-reader": ("Reader", disks.id),
            "kubelet-operator": ("Managed Identity Operator", kubelet.id),
        }
        if subnet:
            of_identity |= {
                "api-server-subnet": ("Network Contributor", subnet),
                "secrets-key": ("Key Vault Crypto User", key.vault_id),
                # It makes the API server's private way to the vault.
                "secrets-vault": ("Key Vault Contributor", key.vault_id),
            }
        pulled = {f"pull/{word}": each for word, each in args.get("registries", {}).items()}
        if "registry_id" in args:
            pulled["pull-system"] = args["registry_id"]
        of_kubelet = {role: ("AcrPull", registry) for role, registry in pulled.items()}
        rights = [
            grant(
                f"{name}-{role}",
                right,
                scope=scope,
                to=who,
                subscription_id=place.subscription_id,
                opts=child,
            )
            for who, granted in ((identity, of_identity), (kubelet, of_kubelet))
            for role, (right, scope) in granted.items()
        ]
        cluster = azure.containerservice.ManagedCluster(
            f"{name}-cluster",
            resource_name_=name,
            dns_prefix=name,
            resource_group_name=place.resource_group,
            location=place.location,
            kubernetes_version=settings.kubernetes_version,
            sku={"name": "Base", "tier": "Standard"},
            identity=azure.containerservice.ManagedClusterIdentityArgs(
                type=azure.containerservice.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[identity.id],
            ),
            identity_profile={
                "kubeletidentity": {
                    "resource_id": kubelet.id,
                    "client_id": kubelet.client_id,
                    "object_id": kubelet.principal_id,
                }
            },
            enable_rbac=True,
            disable_local_accounts=True,
            aad_profile={
                "managed": True,
                "enable_azure_rbac": True,
                "admin_group_object_ids": settings.administrators,
                "tenant_id": place.tenant_id,
            },
            api_server_access_profile=api_server(subnet, settings.authorized_networks),
            network_profile=network(plain),
            bootstrap_profile=bootstrap(plain, args.get("registry_id")),
            agent_pool_profiles=[system_pool(settings, plain, args["subnet_id"], tags)],
            disk_encryption_set_id=disks.id,
            security_profile=security(plain, key if subnet else None, workspace_id),
            oidc_issuer_profile={"enabled": True},
            addon_profiles={
                "azurepolicy": {"enabled": True, "config": {"version": "v2"}},
                "azureKeyvaultSecretsProvider": {
                    "enabled": True,
                    "config": {"enableSecretRotation": "true", "rotationPollInterval": "2m"},
                },
            },
            auto_upgrade_profile={
                "upgrade_channel": "patch",
                # The only channel for nodes without internet and for Azure Linux with GPUs.
                # https://learn.microsoft.com/azure/aks/concepts-network-isolated
                "node_os_upgrade_channel": "NodeImage",
            },
            auto_scaler_profile=autoscaler(plain.expander),
            node_resource_group_profile={"restriction_level": "ReadOnly"},
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=rights, protect=plain.deletion_protection
            ),
        )
        maintenance(name, plain, cluster, place.resource_group, child)
        azure.monitor.DiagnosticSetting(
            f"{name}-logs",
            resource_uri=cluster.id,
            workspace_id=workspace_id,
            # Tables of each kind: what is read and kept is charged by kind.
            log_analytics_destination_type="Dedicated",
            logs=[{"category": category, "enabled": True} for category in _LOGS],
            opts=child,
        )
        if plain.deletion_lock:
            azure.authorization.ManagementLockByScope(
                f"{name}-lock",
                scope=cluster.id,
                level="CanNotDelete",
                notes="Say deletion_lock: false and deploy before something of it is deleted.",
                opts=child,
            )
        credentials = azure.containerservice.list_managed_cluster_user_credentials_output(
            resource_group_name=place.resource_group,
            resource_name=cluster.name,
            # Asks kubelogin for a token: no secret in it.
            format="exec",
            opts=lookup,
        )

        self.cluster_name = cluster.name
        self.cluster_id = cluster.id
        self.resource_group = pulumi.Output.from_input(args["resource_group"])
        self.endpoint = pulumi.Output.all(cluster.private_fqdn, cluster.fqdn).apply(
            lambda names: f"https://{names[0] or names[1]}:443"
        )
        self.kubeconfig = pulumi.Output.unsecret(credentials.kubeconfigs).apply(
            lambda found: base64.b64decode(found[0].value).decode()
        )
        self.oidc_issuer_url = cluster.oidc_issuer_profile.apply(
            lambda profile: profile.issuer_url if profile else ""
        )
        self.control_plane_principal_id = identity.principal_id
        self.kubelet_principal_id = kubelet.principal_id
        self.disk_encryption_set_id = disks.id
        self.log_workspace_id = pulumi.Output.from_input(workspace_id)
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_id": self.cluster_id,
                "resource_group": self.resource_group,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "oidc_issuer_url": self.oidc_issuer_url,
                "control_plane_principal_id": self.control_plane_principal_id,
                "kubelet_principal_id": self.kubelet_principal_id,
                "disk_encryption_set_id": self.disk_encryption_set_id,
                "log_workspace_id": self.log_workspace_id,
            }
        )

    def _workspace(self, name: str, place: Place, settings: ClusterSettings) -> pulumi.Output[str]:
        """Logs of the control plane come by Azure's own way: nothing else is let in."""
        return azure.operationalinsights.Workspace(
            f"{name}-workspace",
            resource_group_name=place.resource_group,
            location=place.location,
            sku={"name": "PerGB2018"},
            retention_in_days=settings.log_retention_days,
            features={"disable_local_auth": True},
            public_network_access_for_ingestion="Disabled",
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        ).id
