"""Nodes: not exposed, encrypted, started as they were made, kept up, with little to take."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.aks_pool import AksPool
from policies.configuration import setting
from policies.gke_pool import GkePool, is_autopilot
from policies.pools import gke_pools, pools
from policies.properties import Property
from policies.resource_types import (
    AKS_CLUSTER,
    AKS_NODE_POOL,
    GKE_CLUSTER,
    GKE_NODE_POOL,
    KARPENTER_NODE_CLASS,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

_NODE_CLASS: Final = fold(KARPENTER_NODE_CLASS)
_GKE: Final = (GKE_NODE_POOL, GKE_CLUSTER)
_AKS_POOLS: Final = (AKS_NODE_POOL, AKS_CLUSTER)


def _of_aks(view: View) -> Iterator[Property]:
    """Each agent pool once, however many sizes it has."""
    places = {pool.place.path: pool.place for pool in pools(view) if isinstance(pool, AksPool)}
    yield from places.values()


@resource_rule(
    "security/node-exposed",
    severity=Severity.HIGH,
    types=(NODE_GROUP, LAUNCH_TEMPLATE, KARPENTER_NODE_CLASS, *_GKE, *_AKS_POOLS),
    fix="Give nodes private addresses alone, and no key for SSH.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_88", "CKV_AWS_100", "CKV_GCP_25", "CKV_GCP_64", "CKV_AZURE_143"),
)
def node_exposed(view: View, _settings: NoSettings) -> Faults:
    """Nodes have public addresses, or take SSH from everywhere.

    A GKE cluster gives its nodes public addresses where nothing is said; a pool that says nothing
    does as its cluster. A key for SSH without security groups opens the port of an EKS node to all.
    """
    if view.token == NODE_GROUP:
        for place in view.get("remoteAccess").items():
            key, sources = place.get("ec2SshKey"), place.get("sourceSecurityGroupIds")
            if not key.absent and not key.unknown and (sources.absent or sources.raw == []):
                yield sources.fault("security groups, or no key for SSH")
        return
    yield from (place.fault("false") for place in _public_addresses(view) if place.flag())
    if view.token == GKE_CLUSTER and not _all_private(view):
        private = view.get("privateClusterConfig", "enablePrivateNodes")
        if private.off:
            yield private.fault("true")
    for pool in gke_pools(view):
        private = pool.place.get("networkConfig", "enablePrivateNodes")
        if private.flag() is False:
            yield private.fault("true")


def _public_addresses(view: View) -> Iterator[Property]:
    if view.token == LAUNCH_TEMPLATE:
        for place in view.get("networkInterfaces").items():
            yield place.get("associatePublicIpAddress")
    elif view.token == _NODE_CLASS:
        yield view.get("spec", "associatePublicIPAddress")
    for place in _of_aks(view):
        yield place.get("enableNodePublicIP")


def _all_private(view: View) -> bool:
    """Whether each pool in a cluster says it itself."""
    given = view.get("nodePools").items()
    return bool(given) and all(
        not each.get("networkConfig", "enablePrivateNodes").off for each in given
    )


@dataclass(frozen=True)
class NodeDisk:
    """Settings."""

    ebs_encrypts_by_default: bool = setting(
        False,
        "The AWS account encrypts every new EBS volume by itself.",
    )
    require_own_key: bool = setting(
        False,
        "Ask for a key of your own, where the vendor encrypts by its own anyway.",
    )


@resource_rule(
    "security/node-disk-unencrypted",
    severity=Severity.MEDIUM,
    types=(NODE_GROUP, LAUNCH_TEMPLATE, KARPENTER_NODE_CLASS, *_GKE, *_AKS_POOLS),
    fix="Encrypt them: ebs.encrypted true in a launch template, enableEncryptionAtHost on AKS.",
    unknown=Unknown.LATER,
    settings=NodeDisk,
    checkov=("CKV_AZURE_227",),
)
def node_disk_unencrypted(view: View, settings: NodeDisk) -> Faults:
    """Weights, images and what pods write lie on a node's disk unencrypted.

    EBS does not encrypt unless the account or the launch template says so; a node group without a
    template has AWS's. Karpenter's own disks are encrypted, those that you write down as you say.
    On AKS the disks of the machine itself are, where the host encrypts.
    """
    if view.token in (NODE_GROUP, LAUNCH_TEMPLATE, _NODE_CLASS):
        yield from _ebs(view, settings)
        return
    for place in _of_aks(view):
        if place.get("enableEncryptionAtHost").off:
            yield place.get("enableEncryptionAtHost").fault("true")
    if settings.require_own_key:
        keys = [pool.config().get("bootDiskKmsKey") for pool in gke_pools(view)]
        if view.token == AKS_CLUSTER:
            keys.append(view.get("diskEncryptionSetID"))
        yield from (key.fault("a key of your own") for key in keys if key.absent)


def _ebs(view: View, settings: NodeDisk) -> Faults:
    if view.token == NODE_GROUP:
        template = view.get("launchTemplate")
        if template.absent and not settings.ebs_encrypts_by_default:
            yield template.fault("a launch template with encrypted disks")
        return
    own = view.token == _NODE_CLASS
    disks = view.get("spec", "blockDeviceMappings") if own else view.get("blockDeviceMappings")
    if disks.absent and not own and not settings.ebs_encrypts_by_default:
        yield disks.fault("the root disk, encrypted")
    for disk in disks.items():
        for place in disk.get("ebs").items():
            key = place.get("kmsKeyID" if own else "kmsKeyId")
            if place.get("encrypted").off and not settings.ebs_encrypts_by_default:
                yield place.get("encrypted").fault("true")
            elif settings.require_own_key and key.absent:
                yield key.fault("a key of your own")


@resource_rule(
    "security/node-unshielded",
    severity=Severity.HIGH,
    types=_GKE,
    fix="Set shieldedInstanceConfig.enableSecureBoot, and leave the other protections on.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_68", "CKV_GCP_71", "CKV_GCP_72"),
)
def node_unshielded(view: View, _settings: NoSettings) -> Faults:
    """A node starts whatever system it finds on its disk.

    Secure Boot is off unless it is asked for. A pool whose GPU driver is not GKE's cannot have it:
    it loads no module that Google has not signed, and is left alone.
    """
    nodes = view.get("enableShieldedNodes")
    if nodes.flag() is False and not is_autopilot(view.properties):
        yield nodes.fault("true")
    for pool in gke_pools(view):
        shielded = pool.config().get("shieldedInstanceConfig")
        boot, monitored = (
            shielded.get(f"enable{word}") for word in ("SecureBoot", "IntegrityMonitoring")
        )
        if boot.off and not _own_driver(pool):
            yield boot.fault("true")
        if monitored.flag() is False:
            yield monitored.fault("true")


def _own_driver(pool: GkePool) -> bool:
    ways = [
        each.get("gpuDriverInstallationConfig", "gpuDriverVersion")
        for each in pool.config().get("guestAccelerators").items()
    ]
    return any(way.text() == "INSTALLATION_DISABLED" or way.unknown for way in ways)


@resource_rule(
    "security/node-default-identity",
    severity=Severity.HIGH,
    types=_GKE,
    fix="Give nodes a service account that may write logs and read images, and nothing else.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def node_default_identity(view: View, _settings: NoSettings) -> Faults:
    """Nodes are the project's default service account, which may edit everything in many projects.

    Absent means that account:
    https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts
    """
    if view.get("enableAutopilot").flag():
        defaults = view.get("clusterAutoscaling", "autoProvisioningDefaults")
        places = [defaults.get("serviceAccount")]
    else:
        places = [pool.config().get("serviceAccount") for pool in gke_pools(view)]
    for place in places:
        account = place.text()
        is_default = account == "default" or (account or "").endswith(
            "-compute@developer.gserviceaccount.com"
        )
        if place.absent or is_default:
            yield place.fault("a service account of their own")


@resource_rule(
    "resources/node-upkeep",
    severity=Severity.MEDIUM,
    types=(NODE_GROUP, *_GKE, AKS_CLUSTER),
    fix="Set nodeRepairConfig.enabled (EKS), autoUpgradeProfile.upgradeChannel (AKS); leave "
    "management on (GKE). Our pools have node_repair for it.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_9", "CKV_GCP_10", "CKV_GCP_70", "CKV_AZURE_171"),
    remedies={"enabled": True, "autoRepair": True, "autoUpgrade": True},
)
def node_upkeep(view: View, _settings: NoSettings) -> Faults:
    """Nobody repairs a broken node, or brings nodes up to date.

    EKS repairs, and AKS upgrades, only where it is asked to; GKE does both unless it is told not
    to. Nodes of GKE's flex start are never repaired: they end by themselves.
    https://docs.aws.amazon.com/eks/latest/userguide/node-health.html
    """
    if view.token == NODE_GROUP:
        repair = view.get("nodeRepairConfig", "enabled")
        if repair.off:
            yield repair.fault("true")
    elif view.token == AKS_CLUSTER:
        upgrade = view.get("autoUpgradeProfile", "upgradeChannel")
        if upgrade.absent or upgrade.says("none"):
            yield upgrade.fault("patch, stable, rapid or node-image")
        system = view.get("autoUpgradeProfile", "nodeOSUpgradeChannel")
        if system.says("None", "Unmanaged"):
            yield system.fault("NodeImage or SecurityPatch")
    else:
        yield from _upkeep_of_gke(view)


def _upkeep_of_gke(view: View) -> Faults:
    channel = view.get("releaseChannel", "channel")
    if channel.text() == "UNSPECIFIED":
        yield channel.fault("a release channel")
    for pool in gke_pools(view):
        keeping = pool.place.get("management")
        repair, upgrade = keeping.get("autoRepair"), keeping.get("autoUpgrade")
        if repair.flag() is False and not _ends_by_itself(pool):
            yield repair.fault("true")
        if upgrade.flag() is False:
            yield upgrade.fault("true")


def _ends_by_itself(pool: GkePool) -> bool:
    """Flex start, and nodes that come by ProvisioningRequests; or perhaps."""
    places = (
        pool.config().get("flexStart"),
        pool.place.get("queuedProvisioning", "enabled"),
    )
    return any(place.flag() or place.unknown for place in places)


RULES = (
    node_upkeep,
    node_exposed,
    node_disk_unencrypted,
    node_unshielded,
    node_default_identity,
)
