"""Cases of rules about Azure ML: how it is reached, where it sends, who enters it, whose keys."""

from typing import Any

from tests.policies.cases.latency import AZURE as DEPLOYMENT
from tests.policies.cases.table import UNKNOWN, Case, resource

WORKSPACE = "azure-native:machinelearningservices:Workspace"
OLD_WORKSPACE = "azure-native:machinelearningservices/v20240401:Workspace"
ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
COMPUTE = "azure-native:machinelearningservices:Compute"
PUBLIC = "security/azure-ml-public"
EGRESS = "security/azure-ml-egress"
KEYS = "security/azure-ml-keys"
CMK = "security/azure-ml-cmk"

ISOLATED = {"managedNetwork": {"isolationMode": "AllowInternetOutbound"}}


def of(key: str = "properties", /, **properties: object) -> dict[str, Any]:
    return {key: properties}


def network(mode: object) -> dict[str, Any]:
    return {"managedNetwork": {"isolationMode": mode}}


def cluster(kind: str = "AmlCompute", login: str = "Disabled", **more: object) -> dict[str, Any]:
    return of(computeType=kind, properties={"remoteLoginPortPublicAccess": login}, **more)


def sending(to: object = None, key: str = "properties") -> dict[str, Any]:
    return {"workspaceName": "models", key: {"egressPublicNetworkAccess": to} if to else {}}


def beside(properties: dict[str, Any]) -> dict[str, Any]:
    return {"others": (resource("workspace", WORKSPACE, {"workspaceName": "models"} | properties),)}


OLDER = "onlineEndpointProperties"

CASES = (
    Case(PUBLIC, "a workspace", WORKSPACE, {"publicNetworkAccess": "Disabled"}),
    Case(
        PUBLIC,
        "a workspace for all",
        OLD_WORKSPACE,
        {"publicNetworkAccess": "Enabled"},
        ("publicNetworkAccess",),
    ),
    Case(PUBLIC, "a workspace, absent", WORKSPACE, {}, ("publicNetworkAccess",)),
    Case(PUBLIC, "a workspace, unknown", WORKSPACE, {"publicNetworkAccess": UNKNOWN}),
    Case(PUBLIC, "a project of a hub", WORKSPACE, {"kind": "Project"}),
    Case(PUBLIC, "a hub", WORKSPACE, {"kind": "Hub"}, ("publicNetworkAccess",)),
    Case(PUBLIC, "an endpoint", ENDPOINT, of(publicNetworkAccess="Disabled")),
    Case(
        PUBLIC,
        "an endpoint for all",
        ENDPOINT,
        of(publicNetworkAccess="Enabled"),
        ("properties.publicNetworkAccess",),
    ),
    Case(
        PUBLIC,
        "an endpoint for all, by the older provider",
        ENDPOINT,
        of(OLDER, publicNetworkAccess="Enabled"),
        ("onlineEndpointProperties.publicNetworkAccess",),
    ),
    Case(PUBLIC, "an endpoint, absent", ENDPOINT, of(), ("properties.publicNetworkAccess",)),
    Case(EGRESS, "isolated", WORKSPACE, ISOLATED),
    Case(EGRESS, "not isolated", WORKSPACE, {}, ("managedNetwork.isolationMode",)),
    Case(
        EGRESS, "isolation off", WORKSPACE, network("Disabled"), ("managedNetwork.isolationMode",)
    ),
    Case(EGRESS, "unknown", WORKSPACE, network(UNKNOWN)),
    Case(EGRESS, "a project of a hub", WORKSPACE, {"kind": "project"}),
    Case(
        EGRESS,
        "nobody approved",
        WORKSPACE,
        ISOLATED,
        ("managedNetwork.isolationMode",),
        {"require_approval": True},
    ),
    Case(
        EGRESS,
        "approved",
        WORKSPACE,
        network("AllowOnlyApprovedOutbound"),
        (),
        {"require_approval": True},
    ),
    Case(EGRESS, "a deployment", DEPLOYMENT, sending("Disabled")),
    Case(
        EGRESS,
        "a deployment to all",
        DEPLOYMENT,
        sending("Enabled"),
        ("properties.egressPublicNetworkAccess",),
    ),
    Case(
        EGRESS,
        "a deployment to all, by the older provider",
        DEPLOYMENT,
        sending("Enabled", "onlineDeploymentProperties"),
        ("onlineDeploymentProperties.egressPublicNetworkAccess",),
    ),
    Case(EGRESS, "a deployment, absent, of a workspace elsewhere", DEPLOYMENT, sending()),
    Case(EGRESS, "a deployment, isolated", DEPLOYMENT, sending("Enabled"), **beside(ISOLATED)),
    Case(
        EGRESS,
        "a deployment, isolated by what it is made from",
        DEPLOYMENT,
        sending("Enabled") | {"workspaceName": UNKNOWN},
        others=(resource("workspace", WORKSPACE, ISOLATED),),
        of={"workspaceName": ("workspace",)},
    ),
    Case(KEYS, "Entra", ENDPOINT, of(authMode="AADToken")),
    Case(KEYS, "tokens of Azure ML", ENDPOINT, of(authMode="AMLToken")),
    Case(KEYS, "a key", ENDPOINT, of(authMode="Key"), ("properties.authMode",)),
    Case(
        KEYS,
        "a key, by the older provider",
        ENDPOINT,
        of(OLDER, authMode="Key"),
        ("onlineEndpointProperties.authMode",),
    ),
    Case(KEYS, "absent", ENDPOINT, of()),
    Case(KEYS, "unknown", ENDPOINT, of(authMode=UNKNOWN)),
    Case(KEYS, "a cluster", COMPUTE, cluster(disableLocalAuth=True)),
    Case(
        KEYS,
        "a cluster with SSH",
        COMPUTE,
        cluster(disableLocalAuth=False),
        ("properties.disableLocalAuth",),
    ),
    Case(
        KEYS,
        "an instance that says nothing",
        COMPUTE,
        cluster("ComputeInstance"),
        ("properties.disableLocalAuth",),
    ),
    Case(
        KEYS,
        "SSH from everywhere",
        COMPUTE,
        cluster(login="Enabled", disableLocalAuth=True),
        ("properties.properties.remoteLoginPortPublicAccess",),
    ),
    Case(KEYS, "an attached cluster", COMPUTE, cluster("Kubernetes")),
    Case(
        CMK,
        "a key of one's own",
        WORKSPACE,
        {"encryption": {"status": "Enabled", "keyVaultProperties": {"keyIdentifier": "https://v"}}},
    ),
    Case(
        CMK,
        "switched off",
        WORKSPACE,
        {
            "encryption": {
                "status": "Disabled",
                "keyVaultProperties": {"keyIdentifier": "https://v"},
            }
        },
        ("encryption.status",),
    ),
    Case(CMK, "absent", WORKSPACE, {}, ("encryption.keyVaultProperties.keyIdentifier",)),
    Case(CMK, "unknown", WORKSPACE, {"encryption": UNKNOWN}),
    Case(CMK, "a project of a hub", WORKSPACE, {"kind": "Project"}),
)
