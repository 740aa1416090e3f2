"""Security: registries of images on Google Cloud and Azure."""

from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.google_grants import iam_types, public_grants
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

REPOSITORY: Final = "gcp:artifactregistry/repository:Repository"
REPOSITORY_GRANTS: Final = iam_types("artifactregistry", "repositoryIam")
REGISTRY: Final = "azure-native:containerregistry:Registry"


@resource_rule(
    "security/registry-public",
    severity=Severity.CRITICAL,
    types=(*REPOSITORY_GRANTS, REGISTRY),
    fix="Grant roles to single members; on Azure set anonymousPullEnabled and adminUserEnabled "
    "to false, and give pullers AcrPull.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_101", "CKV_AZURE_137", "CKV_AZURE_138"),
)
def registry_public(view: View, _settings: NoSettings) -> Faults:
    """Anybody can pull images, or all with one password can change them.

    Images hold code, and often weights. The admin of an Azure registry is one account for all, with
    every right: https://learn.microsoft.com/azure/container-registry/container-registry-authentication
    """
    if view.token == fold(REGISTRY):
        for key in ("adminUserEnabled", "anonymousPullEnabled"):
            place = view.get(key)
            if place.flag():
                yield place.fault("false")
        return
    for grant in public_grants(view):
        yield grant.place.fault("named users, groups or service accounts", grant.shown)


@dataclass(frozen=True)
class Hardened:
    """Settings."""

    require_own_key: bool = setting(
        False, "Ask for a key of your own, where the vendor encrypts by its own anyway."
    )


@resource_rule(
    "security/registry-unhardened",
    severity=Severity.MEDIUM,
    types=(REPOSITORY, REGISTRY),
    fix="Set dockerConfig.immutableTags and leave scanning on (Artifact Registry); set "
    "publicNetworkAccess Disabled, or networkRuleSet.defaultAction Deny (Azure, Premium).",
    unknown=Unknown.LATER,
    settings=Hardened,
    checkov=("CKV_AZURE_139",),
    level=Level.ADVISORY,
)
def registry_unhardened(view: View, settings: Hardened) -> Faults:
    """A tag of an image can be moved, images are not scanned, or the internet reaches them.

    Only a Premium registry of Azure can be kept off the internet:
    https://learn.microsoft.com/azure/container-registry/container-registry-skus
    """
    if view.token == fold(REGISTRY):
        yield from _of_azure(view, settings)
        return
    if settings.require_own_key and (key := view.get("kmsKeyName")).absent:
        yield key.fault("the name of a key of Cloud KMS")
    scanned = view.get("vulnerabilityScanningConfig", "enablementConfig")
    if scanned.text() == "DISABLED":
        yield scanned.fault("INHERITED")
    mode = view.get("mode")
    tags = view.get("dockerConfig", "immutableTags")
    # What stands for another registry has that one's tags.
    own = mode.absent or mode.text() == "STANDARD_REPOSITORY"
    if (view.get("format").text() or "").upper() == "DOCKER" and own and tags.off:
        yield tags.fault("true")


def _of_azure(view: View, settings: Hardened) -> Faults:
    if (view.get("sku", "name").text() or "").lower() != "premium":
        return
    access, rest = view.get("publicNetworkAccess"), view.get("networkRuleSet", "defaultAction")
    denied = rest.says("Deny") or rest.unknown
    if not denied and (access.absent or access.says("Enabled")):
        yield access.fault("Disabled")
    key = view.get("encryption", "keyVaultProperties", "keyIdentifier")
    if settings.require_own_key and key.absent:
        yield key.fault("the identifier of a key")


RULES = (
    registry_public,
    registry_unhardened,
)
