"""Security: clusters that are not open to all, and keep their secrets, logs and identities."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.gke_pool import is_autopilot
from policies.pools import gke_pools
from policies.properties import Property
from policies.resource_types import AKS_CLUSTER, EKS_CLUSTER, GKE_CLUSTER, GKE_NODE_POOL
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule, stack_rule
from policies.view import Stack, View

CLUSTERS: Final = (EKS_CLUSTER, GKE_CLUSTER, AKS_CLUSTER)
DIAGNOSTIC_SETTINGS: Final = (
    "azure-native:monitor:DiagnosticSetting",
    "azure-native:insights:DiagnosticSetting",
)
OIDC_PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ADDON: Final = "aws:eks/addon:Addon"
POD_IDENTITY: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
_AGENT: Final = "eks-pod-identity-agent"
# https://learn.microsoft.com/azure/aks/monitor-aks-reference
_AUDITS: Final = ("kube-audit", "kube-audit-admin", "audit", "allLogs")
_POLICIES: Final = ("azure", "calico", "cilium")


@resource_rule(
    "security/cluster-open",
    severity=Severity.CRITICAL,
    types=CLUSTERS,
    fix="Give the API a private address alone, or name the networks that may reach it "
    "(authorized_networks).",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_38", "CKV_GCP_20", "CKV_AZURE_6"),
)
def cluster_open(view: View, _settings: NoSettings) -> Faults:
    """A cluster's API can be reached by everybody on the internet.

    So it is where nothing is said, on all three clouds. Whoever finds a credential, or a fault of
    the API server, then needs no way in. GKE's DNS name is not judged: Google asks IAM before.
    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    """
    if view.token == EKS_CLUSTER:
        yield from _open_eks(view)
    elif view.token == GKE_CLUSTER:
        yield from _open_gke(view)
    else:
        yield from _open_aks(view)


def _everybody(networks: Iterable[Property]) -> Faults:
    for network in networks:
        if (network.text() or "").endswith("/0"):
            yield network.fault("a network of your own")


def _open_eks(view: View) -> Faults:
    for place in view.get("vpcConfig").items():
        public, networks = place.get("endpointPublicAccess"), place.get("publicAccessCidrs")
        if public.flag() is False or public.unknown:
            continue
        if networks.absent:
            yield networks.fault("networks of your own, or endpointPublicAccess false")
        yield from _everybody(networks.items())


def _open_gke(view: View) -> Faults:
    private = view.get("privateClusterConfig", "enablePrivateEndpoint")
    address = view.get("controlPlaneEndpointsConfig", "ipEndpointsConfig", "enabled")
    if private.flag() or private.unknown or address.flag() is False or address.unknown:
        return
    networks = view.get("masterAuthorizedNetworksConfig")
    if networks.absent:
        yield networks.fault("networks of your own, or none")
    for place in networks.items():
        blocks = place.get("cidrBlocks").items()
        yield from _everybody(block.get("cidrBlock") for block in blocks)
        google = place.get("gcpPublicCidrsAccessEnabled")
        if google.flag():
            yield google.fault("false: it lets in every machine of Google's customers")


def _open_aks(view: View) -> Faults:
    profile = view.get("apiServerAccessProfile")
    private, access = profile.get("enablePrivateCluster"), view.get("publicNetworkAccess")
    if private.flag() or private.unknown or access.text() == "Disabled" or access.unknown:
        return
    networks = profile.get("authorizedIPRanges")
    if networks.absent or networks.raw == []:
        yield networks.fault("networks of your own, or enablePrivateCluster true")
    yield from _everybody(networks.items())


@dataclass(frozen=True)
class SecretsEncryption:
    """Settings."""

    require_on_aks: bool = setting(
        False,
        "Also ask it of AKS, whose API server then needs a subnet of its own.",
    )


@resource_rule(
    "security/cluster-secrets-encryption",
    severity=Severity.HIGH,
    types=CLUSTERS,
    fix="Name a key of your own: encryptionConfig (EKS), databaseEncryption (GKE), "
    "securityProfile.azureKeyVaultKms (AKS).",
    unknown=Unknown.LATER,
    settings=SecretsEncryption,
    checkov=("CKV_AWS_58",),
)
def cluster_secrets_encryption(view: View, settings: SecretsEncryption) -> Faults:
    """A cluster keeps its secrets under the vendor's key alone.

    Model servers' passwords and tokens are among them. With a key of your own, reading a copy of
    the database takes a right that you can see and take away.
    """
    if view.token == EKS_CLUSTER:
        config = view.get("encryptionConfig")
        if config.absent:
            yield config.fault("a key of your own for secrets")
        for place in config.items():
            kinds = place.get("resources")
            named = [kind for kind in kinds.items() if kind.unknown or kind.text() == "secrets"]
            if not named and not kinds.unknown:
                yield kinds.fault("secrets")
            if place.get("provider", "keyArn").absent:
                yield place.get("provider", "keyArn").fault("the ARN of a key")
    elif view.token == GKE_CLUSTER:
        state = view.get("databaseEncryption", "state")
        if state.absent or (state.text() or "ENCRYPTED") != "ENCRYPTED":
            yield state.fault("ENCRYPTED")
    elif settings.require_on_aks:
        kms = view.get("securityProfile", "azureKeyVaultKms", "enabled")
        if kms.off:
            yield kms.fault("true")


@dataclass(frozen=True)
class ClusterLogs:
    """Settings."""

    eks_log_types: tuple[str, ...] = setting(
        ("api", "audit", "authenticator"), "Logs that the control plane of EKS must write."
    )


@stack_rule(
    "security/cluster-logs",
    severity=Severity.MEDIUM,
    types=(*CLUSTERS, *DIAGNOSTIC_SETTINGS),
    fix="Set enabledClusterLogTypes (EKS), add a DiagnosticSetting with kube-audit-admin (AKS), "
    "leave logging on (GKE).",
    unknown=Unknown.REST,
    settings=ClusterLogs,
    checkov=("CKV_AWS_37", "CKV_GCP_1", "CKV_AZURE_4"),
)
def cluster_logs(stack: Stack, settings: ClusterLogs) -> Faults:
    """Nobody could tell who did what in a cluster.

    EKS and AKS write no log of the control plane by themselves; AKS needs a diagnostic setting of
    the same stack. GKE writes unless it is told not to.
    """
    for view in stack.of(EKS_CLUSTER):
        given = view.get("enabledClusterLogTypes")
        kinds = [kind.text() for kind in given.items()]
        missing = [kind for kind in settings.eks_log_types if kind not in kinds]
        if missing and not given.unknown and None not in kinds:
            yield Stack.fault(view, given, f"also {', '.join(missing)}")
    for view in stack.of(GKE_CLUSTER):
        service = view.get("loggingService")
        if service.text() == "none":
            yield Stack.fault(view, service, "logging.googleapis.com/kubernetes")
        given = view.get("loggingConfig", "enableComponents")
        kinds = [kind.text() for kind in given.items()]
        if not given.absent and not given.unknown and not {"SYSTEM_COMPONENTS", None} & {*kinds}:
            yield Stack.fault(view, given, "also SYSTEM_COMPONENTS")
    for view in stack.of(AKS_CLUSTER):
        if not any(_audits(setting) for setting in _settings_of(stack, view)):
            wanted = f"a diagnostic setting with one of {', '.join(_AUDITS)}"
            yield Stack.fault(view, view.properties, wanted, "no log of the control plane")


def _settings_of(stack: Stack, cluster: View) -> Iterator[View]:
    """Diagnostic settings that are computed from a cluster, or that name it."""
    # Azure's outputs have neither the words by which it was asked for, but an id.
    name = cluster.get("resourceName").text() or cluster.get("name").text()
    for view in stack.of(*DIAGNOSTIC_SETTINGS):
        about = [view.get(key).text() or "" for key in ("resourceUri", "id")]
        named = name is not None and any(
            f"/managedclusters/{name}/".lower() in f"{each}/".lower() for each in about
        )
        if named or cluster.urn in stack.upstream(view, "resourceUri"):
            yield view


def _audits(view: View) -> bool:
    logs = view.get("logs")
    return logs.unknown or any(
        log.get(key).text() in _AUDITS and log.get("enabled").flag() is not False
        for log in logs.items()
        for key in ("category", "categoryGroup")
    )


@resource_rule(
    "security/cluster-local-accounts",
    severity=Severity.HIGH,
    types=(GKE_CLUSTER, AKS_CLUSTER),
    fix="Set disableLocalAccounts (AKS); leave enableLegacyAbac and issueClientCertificate off "
    "(GKE). The cloud's identities are who gets in.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_7", "CKV_GCP_13", "CKV_AZURE_5", "CKV_AZURE_141"),
)
def cluster_local_accounts(view: View, _settings: NoSettings) -> Faults:
    """A cluster lets in somebody whom the cloud does not know, or asks nobody's roles.

    A certificate of the cluster's own is a password that nobody can take away. AKS makes one unless
    it is told not to: https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad
    """
    if view.token == AKS_CLUSTER:
        accounts, roles = view.get("disableLocalAccounts"), view.get("enableRBAC")
        if accounts.off:
            yield accounts.fault("true")
        if roles.flag() is False:
            yield roles.fault("true")
        return
    for place in (
        view.get("masterAuth", "clientCertificateConfig", "issueClientCertificate"),
        view.get("enableLegacyAbac"),
    ):
        if place.flag():
            yield place.fault("false")


@resource_rule(
    "security/cluster-network-policy",
    severity=Severity.HIGH,
    types=(GKE_CLUSTER, AKS_CLUSTER),
    fix="Set datapathProvider ADVANCED_DATAPATH (GKE), networkProfile.networkPolicy (AKS); a "
    "cluster is made with it.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_12", "CKV_AZURE_7"),
)
def cluster_network_policy(view: View, _settings: NoSettings) -> Faults:
    """Network policies are accepted by a cluster and do nothing.

    GKE's older data plane and AKS without networkPolicy heed none: every pod reaches every other.
    On EKS an add-on decides, which is configured in other ways.
    """
    if view.token == AKS_CLUSTER:
        policy = view.get("networkProfile", "networkPolicy")
        if policy.absent or (policy.text() or "azure") not in _POLICIES:
            yield policy.fault(f"one of {', '.join(_POLICIES)}")
        return
    plane, older = view.get("datapathProvider"), view.get("networkPolicy", "enabled")
    if is_autopilot(view.properties) or older.flag() or older.unknown:
        return
    if plane.absent or (plane.text() or "ADVANCED_DATAPATH") != "ADVANCED_DATAPATH":
        yield plane.fault("ADVANCED_DATAPATH, or networkPolicy.enabled true")


@stack_rule(
    "security/workload-identity",
    severity=Severity.HIGH,
    types=(*CLUSTERS, GKE_NODE_POOL, OIDC_PROVIDER, ADDON, POD_IDENTITY),
    fix="Let pods have identities of their own: Workload Identity (GKE, AKS), an OIDC provider or "
    "the Pod Identity agent (EKS).",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_GCP_69",),
)
def workload_identity(stack: Stack, _settings: NoSettings) -> Faults:
    """Pods of a cluster have no identity of their own, and take the node's.

    Whatever one model may read, all pods beside it then may too. On EKS an OIDC provider, the Pod
    Identity agent or Auto Mode is looked for in the cluster's stack.
    """
    for view in stack.of(EKS_CLUSTER):
        if not view.get("computeConfig", "enabled").flag() and not _has_identities(stack, view):
            wanted = f"an OIDC provider of the cluster, or the add-on {_AGENT}"
            yield Stack.fault(view, view.properties, wanted, "neither in the stack")
    for view in stack.of(GKE_CLUSTER, GKE_NODE_POOL):
        yield from _node_identities(view)
    for view in stack.of(AKS_CLUSTER):
        issuer = view.get("oidcIssuerProfile", "enabled")
        identities = view.get("securityProfile", "workloadIdentity", "enabled")
        if view.get("sku", "name").text() != "Automatic":
            yield from (
                Stack.fault(view, each, "true") for each in (issuer, identities) if each.off
            )


def _node_identities(view: View) -> Faults:
    """What of a cluster or pool of GKE leaves pods with the node's identity."""
    whose = view.get("workloadIdentityConfig", "workloadPool")
    if view.token == GKE_CLUSTER and not is_autopilot(view.properties) and whose.absent:
        yield Stack.fault(view, whose, "<project>.svc.id.goog")
    for pool in gke_pools(view):
        mode = pool.config().get("workloadMetadataConfig", "mode")
        # Absent is GKE_METADATA in a cluster with a workload pool.
        if (mode.text() or "GKE_METADATA") != "GKE_METADATA":
            yield Stack.fault(view, mode, "GKE_METADATA")


def _has_identities(stack: Stack, cluster: View) -> bool:
    name = cluster.get("name").text()
    for view in stack.of(ADDON, POD_IDENTITY):
        if view.token == ADDON and view.get("addonName").text() not in (_AGENT, None):
            continue
        named = name is not None and view.get("clusterName").text() == name
        if named or cluster.urn in stack.upstream(view, "clusterName"):
            return True
    return any(
        cluster.urn in stack.upstream(provider, "url") for provider in stack.of(OIDC_PROVIDER)
    )


RULES = (
    cluster_open,
    cluster_secrets_encryption,
    cluster_logs,
    cluster_local_accounts,
    cluster_network_policy,
    workload_identity,
)
