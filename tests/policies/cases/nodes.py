"""Cases of rules about nodes."""

from typing import Any

from tests.policies.cases.pools import AKS, AKS_CLUSTER, GKE, GKE_CLUSTER, gke, profile
from tests.policies.cases.resources import NODES, TEMPLATE
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
EXPOSED = "security/node-exposed"
DISK = "security/node-disk-unencrypted"
SHIELD = "security/node-unshielded"
ACCOUNT = "security/node-default-identity"
UPKEEP = "resources/node-upkeep"
IMDS = "security/imds-v1"


def interfaces(*public: object) -> dict[str, Any]:
    return {"networkInterfaces": [{"associatePublicIpAddress": each} for each in public]}


def disks(encrypted: list[object]) -> dict[str, Any]:
    return {"blockDeviceMappings": [{"ebs": {"encrypted": each}} for each in encrypted]}


def shielded(*, driver: str = "DEFAULT", **protections: object) -> dict[str, Any]:
    gpu = {"count": 1, "gpuDriverInstallationConfig": {"gpuDriverVersion": driver}}
    return gke(shieldedInstanceConfig=protections, guestAccelerators=[gpu])


def kept(**by: object) -> dict[str, Any]:
    return {"management": by}


def upgraded(channel: object = "patch", system: object = "NodeImage") -> dict[str, Any]:
    return {"autoUpgradeProfile": {"upgradeChannel": channel, "nodeOSUpgradeChannel": system}}


PRIVATE = {"networkConfig": {"enablePrivateNodes": True}}
BOOT = "nodeConfig.shieldedInstanceConfig.enableSecureBoot"
DEFAULT = "123456789012-compute@developer.gserviceaccount.com"
NO_DEVICE = {"deviceName": "/dev/xvdc", "noDevice": "true"}

CASES = (
    # Addresses and doors.
    Case(EXPOSED, "a template", TEMPLATE, interfaces("false")),
    Case(EXPOSED, "a template without interfaces", TEMPLATE, {}),
    Case(
        EXPOSED,
        "a template with a public address",
        TEMPLATE,
        interfaces("false", "true"),
        ("networkInterfaces[1].associatePublicIpAddress",),
    ),
    Case(EXPOSED, "a template, unknown", TEMPLATE, interfaces(UNKNOWN)),
    Case(EXPOSED, "Karpenter", NODE_CLASS, {"spec": {}}),
    Case(
        EXPOSED,
        "Karpenter with a public address",
        NODE_CLASS,
        {"spec": {"associatePublicIPAddress": True}},
        ("spec.associatePublicIPAddress",),
    ),
    Case(EXPOSED, "EKS without SSH", NODES, {}),
    Case(
        EXPOSED,
        "EKS with SSH for all",
        NODES,
        {"remoteAccess": {"ec2SshKey": "key"}},
        ("remoteAccess.sourceSecurityGroupIds",),
    ),
    Case(
        EXPOSED,
        "EKS with SSH for some",
        NODES,
        {"remoteAccess": {"ec2SshKey": "key", "sourceSecurityGroupIds": ["sg-1"]}},
    ),
    Case(EXPOSED, "GKE pool does as its cluster", GKE, gke()),
    Case(
        EXPOSED,
        "GKE pool with public addresses",
        GKE,
        gke() | {"networkConfig": {"enablePrivateNodes": False}},
        ("networkConfig.enablePrivateNodes",),
    ),
    Case(EXPOSED, "GKE", GKE_CLUSTER, {"privateClusterConfig": {"enablePrivateNodes": True}}),
    Case(EXPOSED, "GKE, absent", GKE_CLUSTER, {}, ("privateClusterConfig.enablePrivateNodes",)),
    Case(
        EXPOSED,
        "GKE, public",
        GKE_CLUSTER,
        {"privateClusterConfig": {"enablePrivateNodes": False}},
        ("privateClusterConfig.enablePrivateNodes",),
    ),
    Case(EXPOSED, "GKE, each pool says it", GKE_CLUSTER, {"nodePools": [gke() | PRIVATE]}),
    Case(
        EXPOSED,
        "GKE, one pool says it",
        GKE_CLUSTER,
        {"nodePools": [gke() | PRIVATE, gke()]},
        ("privateClusterConfig.enablePrivateNodes",),
    ),
    Case(EXPOSED, "GKE, unknown", GKE_CLUSTER, {"privateClusterConfig": UNKNOWN_OBJECT}),
    Case(EXPOSED, "AKS", AKS, {"enableNodePublicIP": False}),
    Case(EXPOSED, "AKS, public", AKS, {"enableNodePublicIP": True}, ("enableNodePublicIP",)),
    Case(
        EXPOSED,
        "AKS pool in a cluster, public",
        AKS_CLUSTER,
        profile(enableNodePublicIP=True),
        ("agentPoolProfiles[1].enableNodePublicIP",),
    ),
    # Disks.
    Case(DISK, "a template", TEMPLATE, disks([True, "true"])),
    Case(DISK, "a template without disks", TEMPLATE, {}, ("blockDeviceMappings",)),
    Case(
        DISK,
        "a template with one unencrypted",
        TEMPLATE,
        disks([True, False]),
        ("blockDeviceMappings[1].ebs.encrypted",),
    ),
    Case(
        DISK,
        "a template that says nothing of it",
        TEMPLATE,
        {"blockDeviceMappings": [{"ebs": {"volumeSize": 100}}]},
        ("blockDeviceMappings[0].ebs.encrypted",),
    ),
    Case(
        DISK,
        "a template without one of the image's",
        TEMPLATE,
        {"blockDeviceMappings": [NO_DEVICE]},
    ),
    Case(DISK, "where the account encrypts", TEMPLATE, {}, (), {"ebs_encrypts_by_default": True}),
    Case(DISK, "a template, unknown", TEMPLATE, disks([UNKNOWN])),
    Case(DISK, "EKS with a template", NODES, {"launchTemplate": {"id": "lt-1"}}),
    Case(DISK, "EKS without a template", NODES, {"diskSize": 100}, ("launchTemplate",)),
    Case(DISK, "Karpenter's own", NODE_CLASS, {"spec": {}}),
    Case(DISK, "Karpenter", NODE_CLASS, {"spec": disks([True])}),
    Case(
        DISK,
        "Karpenter, unencrypted",
        NODE_CLASS,
        {"spec": {"blockDeviceMappings": [{"ebs": {"volumeSize": "100Gi"}}]}},
        ("spec.blockDeviceMappings[0].ebs.encrypted",),
    ),
    Case(DISK, "AKS", AKS, {"enableEncryptionAtHost": True}),
    Case(DISK, "AKS, absent", AKS, {}, ("enableEncryptionAtHost",)),
    Case(DISK, "AKS, off", AKS, {"enableEncryptionAtHost": False}, ("enableEncryptionAtHost",)),
    Case(
        DISK,
        "AKS pools in a cluster",
        AKS_CLUSTER,
        profile(enableEncryptionAtHost=True),
        ("agentPoolProfiles[0].enableEncryptionAtHost",),
    ),
    Case(
        DISK,
        "AKS, one finding of several sizes",
        AKS,
        {"virtualMachinesProfile": {"scale": {"manual": [{"size": "a"}, {"size": "b"}]}}},
        ("enableEncryptionAtHost",),
    ),
    Case(DISK, "GKE encrypts by itself", GKE, gke()),
    Case(
        DISK,
        "GKE where a key is asked",
        GKE,
        gke(),
        ("nodeConfig.bootDiskKmsKey",),
        {"require_own_key": True},
    ),
    Case(DISK, "GKE with a key", GKE, gke(bootDiskKmsKey="k"), (), {"require_own_key": True}),
    Case(
        DISK,
        "a template where a key is asked",
        TEMPLATE,
        disks([True]),
        ("blockDeviceMappings[0].ebs.kmsKeyId",),
        {"require_own_key": True},
    ),
    Case(
        DISK,
        "Karpenter with a key",
        NODE_CLASS,
        {"spec": {"blockDeviceMappings": [{"ebs": {"encrypted": True, "kmsKeyID": "k"}}]}},
        (),
        {"require_own_key": True},
    ),
    Case(
        DISK,
        "AKS where a key is asked",
        AKS_CLUSTER,
        {},
        ("diskEncryptionSetID",),
        {"require_own_key": True},
    ),
    # As they were made.
    Case(SHIELD, "a pool", GKE, shielded(enableSecureBoot=True)),
    Case(SHIELD, "absent", GKE, gke(), (BOOT,)),
    Case(SHIELD, "no Secure Boot", GKE, shielded(enableSecureBoot=False), (BOOT,)),
    Case(SHIELD, "unknown", GKE, shielded(enableSecureBoot=UNKNOWN)),
    Case(SHIELD, "somebody else's driver", GKE, shielded(driver="INSTALLATION_DISABLED")),
    Case(
        SHIELD,
        "nobody looks",
        GKE,
        shielded(enableSecureBoot=True, enableIntegrityMonitoring=False),
        ("nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring",),
    ),
    Case(
        SHIELD,
        "a cluster",
        GKE_CLUSTER,
        {"enableShieldedNodes": False, "removeDefaultNodePool": True},
        ("enableShieldedNodes",),
    ),
    Case(SHIELD, "Autopilot", GKE_CLUSTER, {"enableAutopilot": True, "enableShieldedNodes": False}),
    Case(SHIELD, "what a cluster begins with", GKE_CLUSTER, {"initialNodeCount": 1}, (BOOT,)),
    # Who they are.
    Case(ACCOUNT, "an account", GKE, gke(serviceAccount="nodes@p.iam.gserviceaccount.com")),
    Case(ACCOUNT, "absent", GKE, gke(), ("nodeConfig.serviceAccount",)),
    Case(
        ACCOUNT,
        "pools in a cluster",
        GKE_CLUSTER,
        {"nodePools": [gke(), gke(serviceAccount="default")]},
        ("nodePools[0].nodeConfig.serviceAccount", "nodePools[1].nodeConfig.serviceAccount"),
    ),
    Case(
        ACCOUNT,
        "default by its name",
        GKE,
        gke(serviceAccount=DEFAULT),
        ("nodeConfig.serviceAccount",),
    ),
    Case(ACCOUNT, "unknown", GKE, gke(serviceAccount=UNKNOWN)),
    Case(ACCOUNT, "a cluster without pools", GKE_CLUSTER, {"removeDefaultNodePool": True}),
    Case(
        ACCOUNT,
        "Autopilot",
        GKE_CLUSTER,
        {"enableAutopilot": True},
        ("clusterAutoscaling.autoProvisioningDefaults.serviceAccount",),
    ),
    # Repairs and upgrades.
    Case(UPKEEP, "GKE, absent means yes", GKE, gke()),
    Case(
        UPKEEP, "GKE, no repairs", GKE, gke() | kept(autoRepair=False), ("management.autoRepair",)
    ),
    Case(
        UPKEEP,
        "GKE, no upgrades",
        GKE,
        gke() | kept(autoUpgrade=False),
        ("management.autoUpgrade",),
    ),
    Case(UPKEEP, "GKE, flex start", GKE, gke(flexStart=True) | kept(autoRepair=False)),
    Case(
        UPKEEP,
        "GKE, queued",
        GKE,
        gke() | kept(autoRepair=False) | {"queuedProvisioning": {"enabled": True}},
    ),
    Case(UPKEEP, "GKE, a channel", GKE_CLUSTER, {"releaseChannel": {"channel": "REGULAR"}}),
    Case(
        UPKEEP,
        "GKE, none",
        GKE_CLUSTER,
        {"releaseChannel": {"channel": "UNSPECIFIED"}},
        ("releaseChannel.channel",),
    ),
    Case(UPKEEP, "EKS", NODES, {"nodeRepairConfig": {"enabled": True}}),
    Case(UPKEEP, "EKS, absent", NODES, {}, ("nodeRepairConfig.enabled",)),
    Case(
        UPKEEP,
        "EKS, off",
        NODES,
        {"nodeRepairConfig": {"enabled": False}},
        ("nodeRepairConfig.enabled",),
    ),
    Case(UPKEEP, "EKS, unknown", NODES, {"nodeRepairConfig": {"enabled": UNKNOWN}}),
    Case(UPKEEP, "AKS", AKS_CLUSTER, upgraded()),
    Case(UPKEEP, "AKS, absent", AKS_CLUSTER, {}, ("autoUpgradeProfile.upgradeChannel",)),
    Case(
        UPKEEP, "AKS, none", AKS_CLUSTER, upgraded("none"), ("autoUpgradeProfile.upgradeChannel",)
    ),
    Case(
        UPKEEP,
        "AKS, its nodes' system",
        AKS_CLUSTER,
        upgraded(system="None"),
        ("autoUpgradeProfile.nodeOSUpgradeChannel",),
    ),
    # The metadata service of Karpenter's machines.
    Case(IMDS, "Karpenter's own", NODE_CLASS, {"spec": {}}),
    Case(
        IMDS,
        "Karpenter",
        NODE_CLASS,
        {"spec": {"metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 3}}},
        (
            "spec.metadataOptions.httpTokens",
            "spec.metadataOptions.httpPutResponseHopLimit",
        ),
    ),
)
