"""The cluster and the network that an environment makes for those who have none, and add-ons."""

from typing import Literal

from pydantic import Field

from stacks.settings.cluster_security import Cidr
from stacks.settings.fields import (
    AccountId,
    Closed,
    DnsLabel,
    KubernetesVersion,
    OneLine,
    Tags,
    Text,
    Truth,
    Whole,
)

__all__ = [
    "AddOns",
    "AksCluster",
    "AksNetwork",
    "Cluster",
    "EksCluster",
    "EksNetwork",
    "GkeCluster",
    "GkeNetwork",
    "Network",
]


class EksNetwork(Closed):
    """Words of a network on AWS alone."""

    nat_gateways: Whole | None = Field(default=None, ge=1, le=7)
    """With internet: one NAT gateway in each zone, or 1 in all. Default: one in each zone."""
    accounts: list[AccountId] = Field(default=[], max_length=20)
    """Further accounts whose principals may pass the endpoints. Default: none."""
    buckets: list[Text] = Field(default=[], max_length=50)
    """S3 buckets that are reached. Default: all that IAM allows to the accounts' principals."""
    log_retention_days: Whole | None = Field(default=None, ge=1, le=3653)
    """How long flow logs are kept. Default: 365."""
    key: Text | None = None
    """ARN of the KMS key of flow logs. Default: one of the network's own."""


class AksNetwork(Closed):
    """Words of a network on Azure alone, which gives private addresses to single resources."""

    storage_accounts: dict[str, Text] = Field(default={})
    """Ids of storage accounts whose blobs are reached, by words of your own. Default: none."""
    registries: dict[str, Text] = Field(default={})
    """Ids of container registries, by words of your own. Default: none."""
    key_vaults: dict[str, Text] = Field(default={})
    """Ids of key vaults, by words of your own. Default: none."""
    monitor_scopes: dict[str, Text] = Field(default={}, max_length=1)
    """Id of Azure Monitor's private link scope, by a word of your own. Default: none."""
    workspaces: dict[str, Text] = Field(default={})
    """Ids of Azure Machine Learning workspaces, by words of your own. Default: none."""
    private_zones: dict[str, Text] = Field(default={})
    """Ids of private DNS zones of somebody else, by their names. Default: they are made."""
    flow_logs_storage_id: Text | None = None
    """Storage account of the network's flow logs. Default: none are written."""
    flow_logs_retention_days: Whole | None = Field(default=None, ge=1, le=365)
    """How long those are kept. Default: 90."""


class GkeNetwork(Closed):
    """Words of a network on Google Cloud alone."""

    google_apis: Literal["restricted", "private"] | None = None
    """Which of Google's APIs are reached: those that VPC Service Controls know, or nearly all.
    Default: restricted."""
    private_domains: list[Text] = Field(default=[], max_length=20)
    """Further domains of Google's at the same addresses, such as run.app. Default: none."""
    network: Text | None = None
    """Network to join, by its id: the subnet alone is made in it. Default: one of its own."""


class Network(Closed):
    """A private network from which nodes reach what models need, and nothing else."""

    owner: OneLine
    """Team that answers for the network."""
    cidr: Cidr | None = None
    """Private range of addresses. Default: 10.64.0.0/16."""
    zones: list[Text] = Field(default=[], max_length=7)
    """Zones: on AWS two or more, with a subnet each; on Azure the first is that of the NAT gateway;
    on Google Cloud none, whose subnets are regional. Default: none."""
    services: list[DnsLabel] | None = Field(default=None, min_length=1)
    """What is reached privately: api, artifacts, identity, images, logs, and what else the cloud
    has a word for. Default: all of these."""
    internet: Truth | None = None
    """Whether machines reach the internet; nothing reaches them from there. Default: false."""
    eks: EksNetwork | None = None
    """Words of AWS alone."""
    gke: GkeNetwork | None = None
    """Words of Google Cloud alone."""
    aks: AksNetwork | None = None
    """Words of Azure alone."""
    tags: Tags = Field(default={})
    """More tags, over those of the environment."""


class EksCluster(Closed):
    """Words of EKS alone."""

    service_cidr: Cidr | None = None
    """Network of the cluster's services. Default: EKS's choice."""
    support: Literal["standard", "extended"] | None = None
    """What happens when a version's support ends: AWS upgrades, or charges more. Default:
    standard."""
    ebs_csi: Truth | None = None
    """Whether pods get EBS volumes. Default: false."""
    addon_versions: dict[str, Text] = Field(default={})
    """Versions by add-on. Default: those that EKS takes."""
    addon_settings: dict[str, Text] = Field(default={})
    """Further configuration by add-on, each an object in JSON. Default: network policies on."""
    viewers: list[Text] = Field(default=[], max_length=50)
    """ARNs of IAM roles and users that may look at everything but secrets."""


class GkeCluster(Closed):
    """Words of GKE alone."""

    release_channel: Literal["rapid", "regular", "stable", "extended"] | None = None
    """How soon Google upgrades. Default: regular."""
    maintenance_start: Text | None = None
    """When upgrades may begin each day, in UTC. Default: 03:00."""
    maintenance_exclusions: list[Text] = Field(default=[], max_length=3)
    """Times without any, `name=start/end`. Default: none."""
    security_group: Text | None = None
    """Google group whose member groups can be named in the cluster's roles. Default: none."""
    dns_endpoint: Truth | None = None
    """Whether the API is reached by its DNS name. Default: false."""
    multi_networking: Truth | None = None
    """Whether nodes may have further networks, as GPUDirect needs. Default: false."""
    csi_drivers: list[Text] = Field(default=[])
    """Kinds of volumes beside disks. Default: none."""
    gateway_api: Truth | None = None
    """Whether GKE installs Gateway API. Default: false."""
    image_repositories: list[Text] = Field(default=[])
    """Artifact Registry repositories that nodes pull from. Default: all of the project."""
    zones: list[Text] = Field(default=[], max_length=7)
    """Zones of the nodes. Default: three of the region, which GKE takes."""
    autopilot: Truth | None = None
    """Whether Google makes the nodes as pods ask for them: there are no pools then. Default:
    false."""
    global_access: Truth | None = None
    """Whether the API's private address is reached from other regions too. Default: false."""
    autoscaling_profile: Literal["balanced", "optimize_utilization"] | None = None
    """How soon nodes without use go. Default: balanced."""
    binary_authorization: Truth | None = None
    """Whether the project's policy decides which images run. Default: true."""


class AksCluster(Closed):
    """Words of AKS alone."""

    api_server_subnet_id: Text | None = None
    """Delegated subnet of the API server, in a network of somebody else. Default: that of a
    network that is made here; else none, and Azure's key encrypts secrets."""
    outbound: Literal["none", "nat_gateway", "user_defined_routing", "load_balancer"] | None = None
    """How nodes reach the internet, in a network of somebody else. Default: none."""
    zones: list[Text] = Field(default=[], max_length=3)
    """Zones of the nodes for the cluster's own pods. Default: 1, 2 and 3."""
    system_disk_gib: Whole | None = Field(default=None, ge=30, le=2048)
    """Size of their system disk. Default: 100."""
    expander: Literal["least-waste", "most-pods", "priority", "random"] | None = None
    """By what the autoscaler chooses among pools. Default: priority where pools stand in for each
    other, else least-waste."""
    maintenance_day: (
        Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] | None
    ) = None
    """Day of the week on which AKS upgrades. Default: Sunday."""
    maintenance_start: Text | None = None
    """When upgrades may begin on that day, in UTC, in quotes. Default: 03:00."""
    deletion_lock: Truth | None = None
    """Whether a lock of Azure's holds the cluster and its pools. Default: false."""
    registries: dict[str, Text] = Field(default={})
    """Ids of container registries that nodes pull from, by words of your own. Default: none."""
    registry_id: Text | None = None
    """Registry of AKS's own images where there is no internet. Default: AKS makes one."""
    pod_cidr: Cidr | None = None
    """Network of the pods. Default: 10.244.0.0/16."""
    service_cidr: Cidr | None = None
    """Network of the cluster's services. Default: 10.0.0.0/16."""
    log_workspace_id: Text | None = None
    """Log Analytics workspace of the logs. Default: one of the cluster's own."""
    defender: Truth | None = None
    """Whether Microsoft Defender watches the nodes. Default: false."""


class Cluster(Closed):
    """A private, encrypted, logged cluster, named like the environment's target says."""

    owner: OneLine
    """Team that answers for the cluster."""
    kubernetes_version: KubernetesVersion | None = None
    """Kubernetes minor version, in quotes. Default: the cloud's, on EKS 1.34."""
    administrators: list[Text] = Field(default=[], max_length=50)
    """Who may do everything: ARNs of IAM roles, Google principals, ids of Entra groups."""
    system_instance_type: Text | None = None
    """Machine type of the nodes for the cluster's own pods. Default: a small one."""
    system_nodes: Whole | None = Field(default=None, ge=1, le=100)
    """How many of those there are. Default: 2."""
    log_retention_days: Whole | None = Field(default=None, ge=1, le=3653)
    """How long logs are kept. Default: 365; on AKS 90."""
    key: Text | None = None
    """Key of secrets, disks and logs. Default: one of the cluster's own."""
    authorized_networks: list[Cidr] = Field(default=[], max_length=50)
    """Networks outside its own that may reach the API. Default: none."""
    deletion_protection: Truth | None = None
    """Whether a destroy is refused. Default: true; on AKS false."""
    eks: EksCluster | None = None
    """Words of EKS alone."""
    gke: GkeCluster | None = None
    """Words of GKE alone."""
    aks: AksCluster | None = None
    """Words of AKS alone."""
    tags: Tags = Field(default={})
    """More tags, over those of the environment."""


class AddOns(Closed):
    """What a cluster with GPUs needs on it, by the projects' own charts; each is optional."""

    gpu_software: Literal["operator", "device_plugin", "none"] | None = None
    """What makes GPUs known to Kubernetes. Default: device_plugin; on GKE none, it has its own."""
    dcgm_exporter: Truth | None = None
    """Metrics of GPUs. Default: false."""
    prometheus: Truth | None = None
    """The kube-prometheus-stack. Default: false."""
    prometheus_retention_days: Whole | None = Field(default=None, ge=1, le=3650)
    """Days for which metrics are kept. Default: 15."""
    prometheus_disk_gib: Whole | None = Field(default=None, ge=1, le=65_536)
    """Disk of Prometheus. Default: 50."""
    dashboards: Truth | None = None
    """Grafana with the stack. Default: false."""
    kserve: Literal["standard", "knative", "none"] | None = None
    """Mode of KServe. Default: none, it is not installed."""
    kserve_gateway: Text | None = None
    """Gateway, namespace/name, by which models in standard mode are reached. Default: in the
    cluster alone."""
    kserve_domain: Text | None = None
    """Domain of the models' host names. Default: KServe's."""
    kserve_language_models: Truth | None = None
    """The controller of LLMInferenceServices. Default: false."""
    cert_manager: Truth | None = None
    """cert-manager. Default: with KServe."""
    keda: Truth | None = None
    """KEDA. Default: false."""
    cluster_autoscaler: Truth | None = None
    """The cluster autoscaler, on EKS. Default: false."""
    cluster_autoscaler_role_arn: Text | None = None
    """Role of it. Default: none, it is given by Pod Identity."""
    karpenter: Truth | None = None
    """Karpenter, on EKS. Default: false."""
    karpenter_role_arn: Text | None = None
    """Role of it. Default: none, it is given by Pod Identity."""
    karpenter_interruption_queue: Text | None = None
    """SQS queue that says which machines will be taken. Default: none."""
    chart_mirror: Text | None = None
    """Repository that has all the charts. Default: each project's own."""
    chart_versions: dict[str, Text] = Field(default={})
    """Other versions of charts, by the chart's name. Default: those of facts/add_ons.py."""
    existing_namespaces: list[DnsLabel] = Field(default=[])
    """Namespaces of charts that are there already. Default: none; they are made."""
