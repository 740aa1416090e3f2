"""Cases of rules about clusters."""

from typing import Any

from policies import Resource
from tests.policies.cases.pools import AKS_CLUSTER, GKE, GKE_CLUSTER, gke
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, resource

EKS = "aws:eks/cluster:Cluster"
SETTING = "azure-native:monitor:DiagnosticSetting"
OPEN = "security/cluster-open"
SECRETS = "security/cluster-secrets-encryption"
LOGS = "security/cluster-logs"
ACCOUNTS = "security/cluster-local-accounts"
POLICY = "security/cluster-network-policy"
IDENTITY = "security/workload-identity"


def eks(**vpc: object) -> dict[str, Any]:
    return {"vpcConfig": {"subnetIds": ["a", "b"], **vpc}}


def networks(*blocks: object, **more: object) -> dict[str, Any]:
    found = [{"cidrBlock": block} for block in blocks]
    return {"masterAuthorizedNetworksConfig": {"cidrBlocks": found, **more}}


def api(**access: object) -> dict[str, Any]:
    return {"apiServerAccessProfile": access}


def encrypted(key: object = "arn:aws:kms:1", *kinds: object) -> dict[str, Any]:
    return {"encryptionConfig": {"provider": {"keyArn": key}, "resources": list(kinds)}}


def logs(*components: object) -> dict[str, Any]:
    return {"loggingConfig": {"enableComponents": list(components)}}


def diagnostics(
    *, of: str = "", uri: str = "x", kind: str = SETTING, **log: object
) -> tuple[Resource, ...]:
    properties = {"resourceUri": uri, "logs": [{"enabled": True, **log}]}
    return (resource("logs", kind, properties, of={"resourceUri": (of,)} if of else None),)


def identities(*, issuer: object = True, workload: object = True) -> dict[str, Any]:
    return {
        "oidcIssuerProfile": {"enabled": issuer},
        "securityProfile": {"workloadIdentity": {"enabled": workload}},
    }


POOL = {"workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"}}
ADDON = "aws:eks/addon:Addon"
AGENT = "eks-pod-identity-agent"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
MODE = "workloadMetadataConfig"

CASES = (
    # Who reaches the API.
    Case(OPEN, "EKS, private", EKS, eks(endpointPublicAccess=False)),
    Case(
        OPEN,
        "EKS, absent means everybody",
        EKS,
        eks(),
        ("vpcConfig.publicAccessCidrs",),
    ),
    Case(OPEN, "EKS, two networks", EKS, eks(publicAccessCidrs=["203.0.113.0/24", "10.0.0.0/8"])),
    Case(
        OPEN,
        "EKS, everybody among others",
        EKS,
        eks(publicAccessCidrs=["203.0.113.0/24", "0.0.0.0/0"]),
        ("vpcConfig.publicAccessCidrs[1]",),
        says="found 0.0.0.0/0; expected a network of your own",
    ),
    Case(
        OPEN,
        "EKS, everybody by IPv6",
        EKS,
        eks(publicAccessCidrs=["::/0"]),
        ("vpcConfig.publicAccessCidrs[0]",),
    ),
    Case(OPEN, "EKS, unknown", EKS, eks(endpointPublicAccess=UNKNOWN)),
    Case(OPEN, "EKS, unknown networks", EKS, eks(publicAccessCidrs=UNKNOWN)),
    Case(
        OPEN, "GKE, private", GKE_CLUSTER, {"privateClusterConfig": {"enablePrivateEndpoint": True}}
    ),
    Case(OPEN, "GKE, absent means everybody", GKE_CLUSTER, {}, ("masterAuthorizedNetworksConfig",)),
    Case(OPEN, "GKE, its own nodes", GKE_CLUSTER, networks()),
    Case(OPEN, "GKE, a network", GKE_CLUSTER, networks("203.0.113.0/24")),
    Case(
        OPEN,
        "GKE, everybody",
        GKE_CLUSTER,
        networks("203.0.113.0/24", "0.0.0.0/0"),
        ("masterAuthorizedNetworksConfig.cidrBlocks[1].cidrBlock",),
    ),
    Case(
        OPEN,
        "GKE, all of Google's customers",
        GKE_CLUSTER,
        networks(gcpPublicCidrsAccessEnabled=True),
        ("masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled",),
    ),
    Case(
        OPEN,
        "GKE, no address at all",
        GKE_CLUSTER,
        {"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": False}}},
    ),
    Case(OPEN, "GKE, unknown", GKE_CLUSTER, {"privateClusterConfig": UNKNOWN_OBJECT}),
    Case(OPEN, "AKS, private", AKS_CLUSTER, api(enablePrivateCluster=True)),
    Case(
        OPEN,
        "AKS, absent means everybody",
        AKS_CLUSTER,
        {},
        ("apiServerAccessProfile.authorizedIPRanges",),
    ),
    Case(
        OPEN,
        "AKS, an empty list means everybody",
        AKS_CLUSTER,
        api(authorizedIPRanges=[]),
        ("apiServerAccessProfile.authorizedIPRanges",),
    ),
    Case(OPEN, "AKS, a network", AKS_CLUSTER, api(authorizedIPRanges=["203.0.113.0/24"])),
    Case(
        OPEN,
        "AKS, everybody",
        AKS_CLUSTER,
        api(authorizedIPRanges=["0.0.0.0/0"]),
        ("apiServerAccessProfile.authorizedIPRanges[0]",),
    ),
    Case(OPEN, "AKS, no public access", AKS_CLUSTER, {"publicNetworkAccess": "Disabled"}),
    Case(OPEN, "AKS, unknown", AKS_CLUSTER, api(enablePrivateCluster=UNKNOWN)),
    # Secrets.
    Case(SECRETS, "EKS", EKS, encrypted("arn:aws:kms:1", "secrets")),
    Case(SECRETS, "EKS, absent", EKS, eks(), ("encryptionConfig",)),
    Case(SECRETS, "EKS, nothing of it", EKS, encrypted("arn"), ("encryptionConfig.resources",)),
    Case(SECRETS, "EKS, a key to come", EKS, encrypted(UNKNOWN, "secrets")),
    Case(
        SECRETS,
        "EKS, without a key",
        EKS,
        {"encryptionConfig": {"resources": ["secrets"]}},
        ("encryptionConfig.provider.keyArn",),
    ),
    Case(SECRETS, "EKS, unknown", EKS, {"encryptionConfig": UNKNOWN_OBJECT}),
    Case(SECRETS, "GKE", GKE_CLUSTER, {"databaseEncryption": {"state": "ENCRYPTED"}}),
    Case(SECRETS, "GKE, absent", GKE_CLUSTER, {}, ("databaseEncryption.state",)),
    Case(
        SECRETS,
        "GKE, decrypted",
        GKE_CLUSTER,
        {"databaseEncryption": {"state": "DECRYPTED"}},
        ("databaseEncryption.state",),
    ),
    Case(SECRETS, "AKS is not asked", AKS_CLUSTER, {}),
    Case(
        SECRETS,
        "AKS where it is asked",
        AKS_CLUSTER,
        {"securityProfile": {"azureKeyVaultKms": {"enabled": False}}},
        ("securityProfile.azureKeyVaultKms.enabled",),
        {"require_on_aks": True},
    ),
    # Logs.
    Case(LOGS, "EKS", EKS, {"enabledClusterLogTypes": ["audit", "authenticator", "api"]}),
    Case(LOGS, "EKS, absent", EKS, {}, ("enabledClusterLogTypes",)),
    Case(
        LOGS,
        "EKS, one is missing",
        EKS,
        {"enabledClusterLogTypes": ["api", "authenticator", "scheduler"]},
        ("enabledClusterLogTypes",),
        says="expected also audit",
    ),
    Case(
        LOGS,
        "EKS, fewer where that is said",
        EKS,
        {"enabledClusterLogTypes": ["audit"]},
        (),
        {"eks_log_types": ["audit"]},
    ),
    Case(LOGS, "EKS, unknown", EKS, {"enabledClusterLogTypes": UNKNOWN}),
    Case(LOGS, "EKS, one is unknown", EKS, {"enabledClusterLogTypes": [UNKNOWN]}),
    Case(LOGS, "GKE, absent means all", GKE_CLUSTER, {}),
    Case(LOGS, "GKE", GKE_CLUSTER, logs("SYSTEM_COMPONENTS", "APISERVER")),
    Case(
        LOGS,
        "GKE, not its own",
        GKE_CLUSTER,
        logs("WORKLOADS"),
        ("loggingConfig.enableComponents",),
    ),
    Case(LOGS, "GKE, switched off", GKE_CLUSTER, logs(), ("loggingConfig.enableComponents",)),
    Case(
        LOGS,
        "GKE, switched off in the old way",
        GKE_CLUSTER,
        {"loggingService": "none"},
        ("loggingService",),
    ),
    Case(
        LOGS,
        "AKS",
        AKS_CLUSTER,
        {},
        others=diagnostics(of="subject", category="kube-audit-admin"),
    ),
    Case(
        LOGS,
        "AKS by its name",
        AKS_CLUSTER,
        {"resourceName": "Serving"},
        others=diagnostics(uri="/subscriptions/s/managedClusters/serving", categoryGroup="audit"),
    ),
    Case(
        LOGS,
        "AKS, as outputs say it",
        AKS_CLUSTER,
        {"name": "serving"},
        others=(
            resource(
                "logs",
                SETTING,
                {
                    "id": "/subscriptions/s/managedClusters/serving/providers/p/logs",
                    "logs": [{"category": "kube-audit", "enabled": True}],
                },
            ),
        ),
    ),
    Case(
        LOGS,
        "AKS in the older spelling",
        AKS_CLUSTER,
        {},
        others=diagnostics(
            of="subject", kind="azure-native:insights:DiagnosticSetting", categoryGroup="allLogs"
        ),
    ),
    Case(
        LOGS,
        "AKS, nothing",
        AKS_CLUSTER,
        {},
        ("",),
        says="found no log of the control plane; expected a diagnostic setting",
    ),
    Case(
        LOGS,
        "AKS, only the scheduler",
        AKS_CLUSTER,
        {},
        ("",),
        others=diagnostics(of="subject", category="kube-scheduler"),
    ),
    Case(
        LOGS,
        "AKS, switched off",
        AKS_CLUSTER,
        {},
        ("",),
        others=diagnostics(of="subject", category="kube-audit", enabled=False),
    ),
    Case(
        LOGS,
        "AKS, of another cluster",
        AKS_CLUSTER,
        {"resourceName": "serving"},
        ("",),
        others=diagnostics(uri="/managedClusters/other-serving", category="kube-audit"),
    ),
    # Accounts.
    Case(ACCOUNTS, "AKS", AKS_CLUSTER, {"disableLocalAccounts": True, "enableRBAC": True}),
    Case(ACCOUNTS, "AKS, absent", AKS_CLUSTER, {}, ("disableLocalAccounts",)),
    Case(
        ACCOUNTS,
        "AKS, local",
        AKS_CLUSTER,
        {"disableLocalAccounts": False},
        ("disableLocalAccounts",),
    ),
    Case(ACCOUNTS, "AKS, unknown", AKS_CLUSTER, {"disableLocalAccounts": UNKNOWN}),
    Case(
        ACCOUNTS,
        "AKS without roles",
        AKS_CLUSTER,
        {"disableLocalAccounts": True, "enableRBAC": False},
        ("enableRBAC",),
    ),
    Case(ACCOUNTS, "GKE", GKE_CLUSTER, {}),
    Case(
        ACCOUNTS,
        "GKE, a certificate",
        GKE_CLUSTER,
        {"masterAuth": {"clientCertificateConfig": {"issueClientCertificate": True}}},
        ("masterAuth.clientCertificateConfig.issueClientCertificate",),
    ),
    Case(
        ACCOUNTS,
        "GKE, older rights",
        GKE_CLUSTER,
        {"enableLegacyAbac": True},
        ("enableLegacyAbac",),
    ),
    # Network policies.
    Case(POLICY, "GKE", GKE_CLUSTER, {"datapathProvider": "ADVANCED_DATAPATH"}),
    Case(POLICY, "GKE, absent", GKE_CLUSTER, {}, ("datapathProvider",)),
    Case(
        POLICY,
        "GKE, the older one",
        GKE_CLUSTER,
        {"datapathProvider": "LEGACY_DATAPATH"},
        ("datapathProvider",),
    ),
    Case(POLICY, "GKE, the older way", GKE_CLUSTER, {"networkPolicy": {"enabled": True}}),
    Case(POLICY, "GKE Autopilot", GKE_CLUSTER, {"enableAutopilot": True}),
    Case(POLICY, "GKE, unknown", GKE_CLUSTER, {"datapathProvider": UNKNOWN}),
    Case(POLICY, "AKS", AKS_CLUSTER, {"networkProfile": {"networkPolicy": "cilium"}}),
    Case(POLICY, "AKS, absent", AKS_CLUSTER, {}, ("networkProfile.networkPolicy",)),
    Case(
        POLICY,
        "AKS, none",
        AKS_CLUSTER,
        {"networkProfile": {"networkPolicy": "none"}},
        ("networkProfile.networkPolicy",),
    ),
    # Identities.
    Case(IDENTITY, "GKE", GKE_CLUSTER, POOL),
    Case(IDENTITY, "GKE, absent", GKE_CLUSTER, {}, ("workloadIdentityConfig.workloadPool",)),
    Case(IDENTITY, "GKE Autopilot", GKE_CLUSTER, {"enableAutopilot": True}),
    Case(IDENTITY, "GKE, unknown", GKE_CLUSTER, {"workloadIdentityConfig": UNKNOWN_OBJECT}),
    Case(IDENTITY, "GKE, a pool", GKE, gke(**{MODE: {"mode": "GKE_METADATA"}})),
    Case(IDENTITY, "GKE, a pool that says nothing", GKE, gke()),
    Case(
        IDENTITY,
        "GKE, a pool with the node's",
        GKE,
        gke(**{MODE: {"mode": "GCE_METADATA"}}),
        (f"nodeConfig.{MODE}.mode",),
    ),
    Case(
        IDENTITY,
        "GKE, a pool in a cluster with the node's",
        GKE_CLUSTER,
        POOL | {"nodePools": [gke(**{MODE: {"mode": "GCE_METADATA"}})]},
        (f"nodePools[0].nodeConfig.{MODE}.mode",),
    ),
    Case(IDENTITY, "AKS", AKS_CLUSTER, identities()),
    Case(
        IDENTITY,
        "AKS, no issuer",
        AKS_CLUSTER,
        identities(issuer=False),
        ("oidcIssuerProfile.enabled",),
    ),
    Case(
        IDENTITY,
        "AKS, absent",
        AKS_CLUSTER,
        {},
        ("oidcIssuerProfile.enabled", "securityProfile.workloadIdentity.enabled"),
    ),
    Case(IDENTITY, "AKS, unknown", AKS_CLUSTER, identities(workload=UNKNOWN)),
    Case(IDENTITY, "AKS Automatic", AKS_CLUSTER, {"sku": {"name": "Automatic"}}),
    Case(
        IDENTITY, "EKS, neither", EKS, {"name": "serving"}, ("",), says="found neither in the stack"
    ),
    Case(
        IDENTITY,
        "EKS, a provider",
        EKS,
        {},
        others=(resource("p", PROVIDER, {"url": UNKNOWN}, of={"url": ("subject",)}),),
    ),
    Case(
        IDENTITY,
        "EKS, another's provider",
        EKS,
        {},
        ("",),
        others=(resource("p", PROVIDER, {"url": "https://token.actions.githubusercontent.com"}),),
    ),
    Case(
        IDENTITY,
        "EKS, the agent",
        EKS,
        {"name": "serving"},
        others=(resource("a", ADDON, {"clusterName": "serving", "addonName": AGENT}),),
    ),
    Case(
        IDENTITY,
        "EKS, the agent by its dependence",
        EKS,
        {},
        others=(
            resource(
                "a",
                ADDON,
                {"clusterName": UNKNOWN, "addonName": AGENT},
                of={"clusterName": ("subject",)},
            ),
        ),
    ),
    Case(
        IDENTITY,
        "EKS, another add-on",
        EKS,
        {"name": "serving"},
        ("",),
        others=(resource("a", ADDON, {"clusterName": "serving", "addonName": "coredns"}),),
    ),
    Case(IDENTITY, "EKS Auto Mode", EKS, {"computeConfig": {"enabled": True}}),
)
