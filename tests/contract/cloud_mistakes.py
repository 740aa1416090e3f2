"""Both sides of each rule that checkov has for clusters, node pools and launch templates.

What a component emits is changed in one place, in Pulumi's words: if a scanner does not notice, the
way there has lost it.
"""

import base64
from typing import Final

from tests.contract.cloud_case import ABSENT, Case, Change, Emitted
from tests.judges.scanners import karpenter

__all__ = ["CASES", "KINDS"]

_CLUSTER = Emitted("EksCluster", "aws:eks/cluster:Cluster")
_GROUP = Emitted("EksGpuNodePool", "aws:eks/nodeGroup:NodeGroup")
_TEMPLATE = Emitted("EksGpuNodePool", "aws:ec2/launchTemplate:LaunchTemplate")
# As the launch template that Karpenter makes of it.
_CLASS = Emitted("KarpenterGpuNodePool", karpenter.CLASS)
_GKE = Emitted("GkeCluster", "gcp:container/cluster:Cluster")
_GKE_POOL = Emitted("GkeGpuNodePool", "gcp:container/nodePool:NodePool")
_AKS = Emitted("AksCluster", "azure-native:containerservice:ManagedCluster")
_AKS_POOL = Emitted("AksGpuNodePool", "azure-native:containerservice:AgentPool")
# Types of which every rule has a case.
KINDS: Final = frozenset(
    (
        *("aws_eks_cluster", "aws_eks_node_group", "aws_launch_template"),
        *("google_container_cluster", "google_container_node_pool"),
        *("azurerm_kubernetes_cluster", "azurerm_kubernetes_cluster_node_pool"),
        "Microsoft.ContainerService/managedClusters",
        "Microsoft.ContainerService/managedClusters/agentPools",
    )
)
_SECRET = base64.b64encode(b"export AWS_SECRET_ACCESS_KEY=" + b"Abcdefghi/" * 4).decode()
_SHIELDED = "nodeConfig.shieldedInstanceConfig"
_SYSTEM = "agentPoolProfiles.0"
_VERSION = {"version": "1.20.1", "nodeConfig.imageType": "COS_CONTAINERD"}


def _both(id_: str, emitted: Emitted, bad: Change, good: Change | None = None) -> list[Case]:
    """The same rule in Terraform's words and in ARM's."""
    return [Case(id_, emitted, bad, good or {}), Case(id_, emitted, bad, good or {}, arm=True)]


CASES: Final[tuple[Case, ...]] = (
    Case("CKV_AWS_37", _CLUSTER, {"enabledClusterLogTypes": ["api", "audit"]}),
    Case("CKV_AWS_37", _CLUSTER, {"enabledClusterLogTypes": ABSENT}),
    Case(
        "CKV_AWS_38",
        _CLUSTER,
        {"vpcConfig.publicAccessCidrs": ["0.0.0.0/0"]},
        good={
            "vpcConfig.endpointPublicAccess": True,
            "vpcConfig.publicAccessCidrs": ["203.0.113.0/24"],
        },
    ),
    Case("CKV_AWS_39", _CLUSTER, {"vpcConfig.endpointPublicAccess": True}),
    Case("CKV_AWS_39", _CLUSTER, {"vpcConfig.endpointPublicAccess": ABSENT}),
    Case("CKV_AWS_58", _CLUSTER, {"encryptionConfig": ABSENT}),
    Case("CKV_AWS_339", _CLUSTER, {"version": "1.25"}),
    Case(
        "CKV_AWS_100",
        _GROUP,
        {"remoteAccess.sourceSecurityGroupIds": ABSENT},
        good={"remoteAccess.ec2SshKey": "key", "remoteAccess.sourceSecurityGroupIds": ["sg-1"]},
    ),
    Case("CKV_AWS_46", _TEMPLATE, {"userData": _SECRET}),
    Case("CKV_AWS_79", _TEMPLATE, {"metadataOptions.httpTokens": "optional"}),
    Case("CKV_AWS_79", _TEMPLATE, {"metadataOptions": ABSENT}),
    Case("CKV_AWS_88", _TEMPLATE, {"networkInterfaces.0.associatePublicIpAddress": "true"}),
    Case("CKV_AWS_341", _TEMPLATE, {"metadataOptions.httpPutResponseHopLimit": 2}),
    Case("CKV_AWS_46", _CLASS, {"spec.userData": base64.b64decode(_SECRET).decode()}),
    Case("CKV_AWS_79", _CLASS, {"spec.metadataOptions.httpTokens": "optional"}),
    Case("CKV_AWS_88", _CLASS, {"spec.associatePublicIPAddress": True}),
    Case("CKV_AWS_341", _CLASS, {"spec.metadataOptions.httpPutResponseHopLimit": 2}),
    Case("CKV_GCP_1", _GKE, {"loggingService": "none"}),
    Case("CKV_GCP_7", _GKE, {"enableLegacyAbac": True}),
    Case("CKV_GCP_8", _GKE, {"monitoringService": "none"}),
    Case("CKV_GCP_12", _GKE, {"datapathProvider": "LEGACY_DATAPATH"}),
    Case("CKV_GCP_13", _GKE, {"masterAuth.clientCertificateConfig.issueClientCertificate": True}),
    Case(
        "CKV_GCP_18",
        _GKE,
        {"masterAuthorizedNetworksConfig.cidrBlocks": [{"cidrBlock": "0.0.0.0/0"}]},
        good={"masterAuthorizedNetworksConfig.cidrBlocks": [{"cidrBlock": "203.0.113.0/24"}]},
    ),
    Case("CKV_GCP_20", _GKE, {"masterAuthorizedNetworksConfig": ABSENT}),
    Case("CKV_GCP_21", _GKE, {"resourceLabels": {}}, good={"resourceLabels": {"team": "a"}}),
    Case("CKV_GCP_23", _GKE, {"ipAllocationPolicy": ABSENT}),
    # Pod security policies went with Kubernetes 1.25.
    Case("CKV_GCP_24", _GKE, {"minMasterVersion": "1.24"}, silent=True),
    Case("CKV_GCP_25", _GKE, {"privateClusterConfig": ABSENT}),
    Case("CKV_GCP_61", _GKE, {"enableIntranodeVisibility": False}),
    Case("CKV_GCP_64", _GKE, {"privateClusterConfig": ABSENT}),
    Case(
        "CKV_GCP_65",
        _GKE,
        {"authenticatorGroupsConfig": ABSENT},
        good={"authenticatorGroupsConfig.securityGroup": "gke-security-groups@example.com"},
    ),
    Case("CKV_GCP_66", _GKE, {"binaryAuthorization.evaluationMode": "DISABLED"}),
    Case("CKV_GCP_68", _GKE, {f"{_SHIELDED}.enableSecureBoot": False}),
    Case("CKV_GCP_69", _GKE, {"nodeConfig.workloadMetadataConfig.mode": "GCE_METADATA"}),
    Case("CKV_GCP_70", _GKE, {"releaseChannel": ABSENT}),
    Case("CKV_GCP_71", _GKE, {"enableShieldedNodes": False}),
    Case("CKV_GCP_72", _GKE, {f"{_SHIELDED}.enableIntegrityMonitoring": False}),
    Case(
        "CKV_GCP_123",
        _GKE,
        {"nodePools": [{"name": "a"}]},
        good={"removeDefaultNodePool": False},
    ),
    Case("CKV2_GCP_19", _GKE, {"enableKubernetesAlpha": True}),
    Case("CKV_GCP_9", _GKE_POOL, {"management.autoRepair": False}),
    Case("CKV_GCP_10", _GKE_POOL, {"management.autoUpgrade": False}),
    # Of Kubernetes before 1.24 alone.
    Case("CKV_GCP_22", _GKE_POOL, {"nodeConfig.imageType": "UBUNTU"}, good=_VERSION),
    Case("CKV_GCP_68", _GKE_POOL, {f"{_SHIELDED}.enableSecureBoot": False}),
    Case("CKV_GCP_69", _GKE_POOL, {"nodeConfig.workloadMetadataConfig": ABSENT}),
    Case("CKV_GCP_72", _GKE_POOL, {f"{_SHIELDED}.enableIntegrityMonitoring": False}),
    *_both(
        "CKV_AZURE_4",
        _AKS,
        {"addonProfiles.omsagent": ABSENT},
        good={
            "addonProfiles.omsagent": {
                "enabled": True,
                "config": {"logAnalyticsWorkspaceResourceID": "/subscriptions/1"},
            }
        },
    ),
    *_both("CKV_AZURE_5", _AKS, {"enableRBAC": False}),
    *_both(
        "CKV_AZURE_6",
        _AKS,
        {"apiServerAccessProfile.authorizedIPRanges": ABSENT},
        good={
            "apiServerAccessProfile.enablePrivateCluster": False,
            "apiServerAccessProfile.authorizedIPRanges": ["203.0.113.0/24"],
        },
    ),
    *_both("CKV_AZURE_7", _AKS, {"networkProfile.networkPolicy": ABSENT}),
    Case(
        "CKV_AZURE_8",
        _AKS,
        {"addonProfiles.kubeDashboard.enabled": True},
        good={"addonProfiles.kubeDashboard.enabled": False},
        arm=True,
    ),
    Case("CKV_AZURE_115", _AKS, {"apiServerAccessProfile.enablePrivateCluster": False}),
    Case("CKV_AZURE_116", _AKS, {"addonProfiles.azurepolicy.enabled": False}),
    Case("CKV_AZURE_117", _AKS, {"diskEncryptionSetID": ABSENT}),
    *_both("CKV_AZURE_141", _AKS, {"disableLocalAccounts": False}),
    Case("CKV_AZURE_143", _AKS, {f"{_SYSTEM}.enableNodePublicIP": True}),
    *_both("CKV_AZURE_168", _AKS, {f"{_SYSTEM}.maxPods": 30}),
    *_both("CKV_AZURE_168", _AKS_POOL, {"maxPods": 30}),
    *_both("CKV_AZURE_169", _AKS, {f"{_SYSTEM}.type": "AvailabilitySet"}),
    Case("CKV_AZURE_170", _AKS, {"sku.tier": "Free"}),
    *_both("CKV_AZURE_171", _AKS, {"autoUpgradeProfile.upgradeChannel": "none"}),
    Case(
        "CKV_AZURE_172",
        _AKS,
        {"addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation": "false"},
    ),
    Case(
        "CKV_AZURE_172",
        _AKS,
        {"addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation": False},
        good={"addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation": True},
        arm=True,
    ),
    *_both("CKV_AZURE_226", _AKS, {f"{_SYSTEM}.osDiskType": "Managed"}),
    *_both("CKV_AZURE_227", _AKS, {f"{_SYSTEM}.enableEncryptionAtHost": False}),
    *_both("CKV_AZURE_227", _AKS_POOL, {"enableEncryptionAtHost": ABSENT}),
    Case(
        "CKV_AZURE_232",
        _AKS,
        {f"{_SYSTEM}.nodeTaints": ABSENT},
        good={f"{_SYSTEM}.nodeTaints": ["CriticalAddonsOnly=true:NoSchedule"]},
    ),
    Case("CKV_AZURE_246", _AKS, {"addonProfiles.httpApplicationRouting.enabled": True}),
    Case("CKV2_AZURE_29", _AKS, {"networkProfile.networkPlugin": "kubenet"}),
)
