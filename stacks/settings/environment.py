"""What an environment says: the `model-serving:` keys of Pulumi.<env>.yaml, typed."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from facts.model_mirror import MIRROR
from stacks.settings.allowed_code import AllowedCode
from stacks.settings.aws_monitoring import AwsMonitoring
from stacks.settings.azure_functions_target import AzureFunctionsTarget
from stacks.settings.azure_monitoring import AzureMonitoring
from stacks.settings.cloud_run_target import CloudRunTarget
from stacks.settings.cluster_security import ClusterSecurity
from stacks.settings.common import DataClassification
from stacks.settings.fields import (
    COMPASS,
    AccountId,
    Closed,
    DnsLabel,
    OneLine,
    PinnedImage,
    Tags,
    Text,
    Truth,
)
from stacks.settings.gcp_monitoring import GcpMonitoring
from stacks.settings.managed_targets import (
    AzureMlTarget,
    LambdaTarget,
    SageMakerTarget,
    VertexTarget,
)
from stacks.settings.monitoring import KubernetesMonitoring
from stacks.settings.platform import Platform
from stacks.settings.prices import Prices
from stacks.settings.protection import AllowedDeletion

NAMESPACE: Final = "model-serving"


class Layer(StrEnum):
    """Which part of the estate a stack holds."""

    ALL = "all"
    PLATFORM = "platform"
    SERVING = "serving"


Region = Annotated[
    str,
    StringConstraints(pattern=rf"^[a-z]{{2,4}}(-[a-z]+)*-{COMPASS}-[0-9]$"),
    Field(json_schema_extra={"allowed": "an AWS region, such as eu-west-1"}),
]


# Pulumi writes a scalar of the stack's file anew as text, when it changes anything there.
_Flag = Annotated[
    Truth,
    Field(
        json_schema_extra={"type": ["boolean", "string"], "enum": [True, False, "true", "false"]}
    ),
]


def _a_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


_MirrorPlace = Annotated[
    str,
    StringConstraints(pattern=f"^{MIRROR}$", max_length=300),
    Field(json_schema_extra={"allowed": "a bucket, with a path or not: s3://our-models/mirror/"}),
]
ModelMirror = Annotated[
    list[_MirrorPlace],
    BeforeValidator(_a_list),
    Field(json_schema_extra={"type": ["string", "array"], "pattern": f"^{MIRROR}$"}),
]


class AwsTarget(Closed):
    """The one account and region that this environment may touch."""

    account_id: AccountId
    """Twelve digits, quoted. Any other account is refused before anything is registered."""
    region: Region
    """Region of everything on AWS."""
    image_accounts: list[AccountId] = Field(default=[])
    """Other accounts, quoted, whose repositories in Amazon ECR let this one pull. Default: images
    of this account and AWS's own alone."""
    monitoring: AwsMonitoring | None = None
    """What watches each model on SageMaker and Lambda, for some dollars a month each
    (docs/monitoring-aws.md). Default: the alarms that stop rollouts alone."""


class KubernetesTarget(ClusterSecurity):
    """The cluster that serves KServe models."""

    context: Text | None = None
    """Context in the kubeconfig. Needed unless the cluster is made by this stack, or by the
    platform's stack."""
    namespace: DnsLabel = "models"
    """Namespace of the models that name none."""
    region: Text | None = None
    """Region of the cluster, by its cloud's name. Default: that of `eks`, `gke` or `aks`."""
    internet: Truth | None = None
    """Whether nodes and pods reach the internet. Without it artifacts come from the cloud's own
    stores, and images from its registries or from `image_mirror`. Default: as the network has it
    that this stack makes; else true."""
    image_mirror: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$"),
            Field(json_schema_extra={"allowed": "a registry and a path, such as mirror.corp/hub"}),
        ]
        | None
    ) = None
    """Registry, with a path or not, that holds copies of all images below the name of their own
    registry: `quay.io/name@sha256:…` is pulled from `<image_mirror>/quay.io/name@sha256:…`.
    Images of a cloud's own registries are taken from there. Default: no mirror."""
    create_namespaces: Truth = True
    """Whether the stack makes the namespaces; false where somebody else does. Those that it made
    have to be handed over first: docs/kubernetes-security.md."""
    applied_by: Literal["pulumi", "handover", "gitops"] = "pulumi"
    """Who applies the Kubernetes part: `pulumi`, or with `gitops` a controller that follows what
    `serving render` wrote. In between one update with `handover`, after which Pulumi deletes
    nothing of it any more (docs/gitops.md)."""
    kserve_version: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$"),
        Field(json_schema_extra={"allowed": 'a version in quotes, such as "0.20.0"'}),
    ] = "0.20.0"
    """KServe's version on the cluster; decides what a model may ask for."""
    download_image: Text | None = None
    """Image that brings artifacts to plain model servers, as KServe's storage initialiser does,
    pinned by `@sha256:`. Default: none; their images hold the artifact, or fetch it."""
    drift_image: PinnedImage | None = None
    """This project's server image (docs/images.md), pinned by `@sha256:`: it runs the jobs that
    look for drift in what KServe's logger stored (docs/drift.md). Default: none; such a `drift`
    needs it."""
    image_volumes: Truth | None = None
    """Whether images can be mounted as volumes: the feature gate ImageVolume, off by default in
    Kubernetes 1.34. Default: false."""
    deployment_mode: Literal["knative", "standard"] = "knative"
    """How KServe runs the models that do not say."""
    router: Literal["istio", "gateway"] | None = None
    """What parts a model's requests between versions: Istio, or Gateway API. Default: nothing, and
    a plain model server has no strategy that needs it."""
    gateway_name: DnsLabel | None = None
    """Gateway by which hosts are reached, of the router's kind."""
    gateway_namespace: DnsLabel | None = None
    """Namespace of that gateway."""
    gateway_api: Truth = False
    """Whether KServe there makes the routes of Gateway API (its `enableGatewayApi`)."""
    monitoring: KubernetesMonitoring | None = None
    """Prometheus' operator and Grafana on the cluster, which watch each model by its SLO
    (docs/monitoring.md). Default: nothing watches."""


class EksTarget(Closed):
    """The EKS cluster that gets the GPU node pools."""

    cluster_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
    """Name of the cluster."""
    cluster_arn: Text | None = None
    """ARN of the cluster, where a check wants it."""
    subnet_ids: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-z]+$")]],
        Field(default=[]),
    ]
    """Private subnets of the nodes. Needed unless the stack makes the network."""


class GkeTarget(Closed):
    """The GKE cluster that gets GPU node pools."""

    cluster_name: Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]
    """Name of the cluster."""
    location: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]{1,2}(-[a-z])?$"),
        Field(json_schema_extra={"allowed": "a region or a zone, such as europe-west4"}),
    ]
    """Region of the cluster, or zone of a zonal one that exists."""
    network: Text | None = None
    """Network of a cluster that the stack makes, by its id. Default: the network that it makes."""
    subnetwork: Text | None = None
    """Subnet of it, by its id, with the ranges pods and services."""


class AksTarget(Closed):
    """The AKS cluster that gets GPU node pools, in the environment's subscription."""

    cluster_name: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$")
    ]
    """Name of the cluster."""
    resource_group: Text | None = None
    """Resource group of the cluster. Default: that of `azure`."""
    subnet_id: Text | None = None
    """Id of the subnet of the nodes. Default: that of the network that the stack makes, else one
    of AKS' own."""


class GcpTarget(Closed):
    """The Google Cloud project: of GKE, of `identity: gke`, of Vertex AI and Cloud Run."""

    project: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
    """Id of the project."""
    monitoring: GcpMonitoring | None = None
    """What watches models on Vertex AI and Cloud Run (docs/monitoring-gcp.md). Default: only the
    policies at the bounds of their objectives."""


class AzureTarget(Closed):
    """The Azure subscription of the cluster; needed by AKS and by `identity: aks`."""

    subscription_id: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
        Field(json_schema_extra={"allowed": "the id, as `az account show --query id` says it"}),
    ]
    """Id of the subscription."""
    resource_group: Text
    """Resource group of the identities; it exists."""
    storage_resource_group: Text | None = None
    """Resource group of the storage accounts with artifacts. Default: that of the identities."""
    location: Text
    """Location of the identities, such as westeurope."""
    oidc_issuer_url: (
        Annotated[
            str,
            StringConstraints(pattern=r"^https://\S+$"),
            Field(json_schema_extra={"allowed": "the URL of the cluster's issuer: https://…"}),
        ]
        | None
    ) = None
    """Issuer of the cluster's tokens, as `az aks show --query oidcIssuerProfile.issuerUrl` says;
    needed by `identity: aks`."""
    monitoring: AzureMonitoring | None = None
    """What watches each model on Azure ML and Azure Functions, for some dollars a month each
    (docs/monitoring-azure.md). Default: alerts at the bounds of its objective alone."""


class Targets(Closed):
    """Where deployments of this environment go."""

    aws: AwsTarget | None = None
    """Account and region; needed by sagemaker and lambda models and by pools of `eks`."""
    kubernetes: KubernetesTarget | None = None
    """Cluster; needed by kserve models."""
    eks: EksTarget | None = None
    """EKS cluster; needed by its GPU node pools, and by `identity: eks_…`."""
    gcp: GcpTarget | None = None
    """Google Cloud project; needed by `gke`, by `identity: gke`, by vertex and cloud_run models."""
    gke: GkeTarget | None = None
    """GKE cluster; needed by its GPU node pools."""
    azure: AzureTarget | None = None
    """Azure subscription; needed by `aks`, by `identity: aks`, by azure_ml and
    azure_functions models."""
    aks: AksTarget | None = None
    """AKS cluster; needed by its GPU node pools."""
    sagemaker: SageMakerTarget | None = None
    """What SageMaker models share, beside the account and region of `aws`."""
    lambda_function: LambdaTarget | None = None
    """What Lambda models share, beside the account and region of `aws`."""
    vertex: VertexTarget | None = None
    """Where Vertex AI serves; needed by vertex models, beside `gcp`."""
    cloud_run: CloudRunTarget | None = None
    """Where Cloud Run serves; needed by cloud_run models, beside `gcp`."""
    azure_ml: AzureMlTarget | None = None
    """Azure ML workspace; needed by azure_ml models, beside `azure`."""
    azure_functions: AzureFunctionsTarget | None = None
    """What apps of Azure Functions share; needed by azure_functions models, beside `azure`."""


class Environment(Closed):
    """One environment, without the settings of its models (those are merged; see `merge.py`)."""

    tags: Tags = Field(default={})
    """Tags of everything in the environment."""
    platform: Platform = Platform.model_construct()
    """Clusters and pools."""
    targets: Targets = Targets.model_construct()
    """Accounts, regions, clusters, versions."""
    residency: dict[DataClassification, list[Text]] = Field(default={})
    """Regions in which models of a data class may run, keep their logs and what is captured of
    their data. Default: anywhere."""
    artifact_prefixes: list[
        Annotated[
            str,
            StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:(\S*/)?$"),
            Field(
                json_schema_extra={"allowed": "the beginning of a URI up to a /: s3://models-prod/"}
            ),
        ]
    ] = Field(default=[])
    """Places that models may come from, each as the beginning of their URIs, such as
    s3://models-prod/. Default: anywhere."""
    follow_aliases: _Flag = False
    """Whether models may be named by what moves: a registry's alias or label, a branch, a tag.
    Each preview then asks what it means, and an `up` deploys that. Default: false; references are
    exact."""
    verify_references: _Flag = False
    """Whether each preview asks for exact references too: commits of the Hugging Face Hub, digests
    of images, versions of Vertex AI; and judges files by name and content, also in S3 and Cloud
    Storage.
    Default: false; they are passed on as they are, and nobody is asked."""
    model_mirror: ModelMirror = Field(default=[])
    """Place of one's own that models are copied to before anything serves them, such as
    s3://our-models/mirror/, or a list with one for each cloud. Each target reads the copy
    (docs/model-references.md). Default: none; models are served from where they are."""
    allow_code: list[AllowedCode] = Field(default=[])
    """Models that may be loaded although they run code, each by the digest that their refusal
    names, with a reason, an owner and an end (docs/model-references.md). Default: none."""
    protect: _Flag | None = None
    """Whether what serves here is neither deleted nor replaced, and `serving destroy` is refused,
    until this file says so first (docs/environments.md). Default: true where the environment's
    name has the word prod or production, else false."""
    allow_deletion: list[AllowedDeletion] = Field(default=[])
    """Models, GPU node pools and namespaces that may be deleted or replaced although the
    environment is protected, each with a reason, an owner and an end. Default: none."""
    promoted_from: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}$"),
            Field(json_schema_extra={"allowed": "the name of an environment, such as dev"}),
        ]
        | None
    ) = None
    """Environment that models are served in before they come here. The preview compares with it,
    and its checklist asks whether the same bytes are served there. Default: none; models begin
    here."""
    prices: Prices = Prices.model_construct()
    """Where the prices come from that `serving cost` and its guardrails count with."""
    layer: Layer = Layer.ALL
    """all, or only the platform, or only the models."""
    platform_stack: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"),
            Field(json_schema_extra={"allowed": "organization/project/stack of the platform"}),
        ]
        | None
    ) = None
    """Stack of the platform that the models of a `serving` stack run on, as
    organization/project/stack. Its pools are checked against the models."""
    team: OneLine | None = None
    """With a team, the stack holds only the models that it owns."""


# Keys of the environment that hold partial model settings.
PARTIAL_KEYS: Final = ("defaults", "models")
KEYS: Final = (*PARTIAL_KEYS, *Environment.model_fields)
