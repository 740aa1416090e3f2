"""Security: buckets and containers of Google Cloud and Azure that the whole internet can read."""

from collections.abc import Iterator
from typing import Final

from policies.google_grants import iam_types, public_grants
from policies.properties import Property
from policies.resource_types import GOOGLE_BUCKET
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

BUCKET_GRANTS: Final = (
    *iam_types("storage", "bucketIAM"),
    *iam_types("storage", "managedFolderIam"),
)
ACCESS_LISTS: Final = (
    "gcp:storage/bucketACL:BucketACL",
    "gcp:storage/objectACL:ObjectACL",
    "gcp:storage/defaultObjectACL:DefaultObjectACL",
)
ACCESS_ENTRIES: Final = (
    "gcp:storage/bucketAccessControl:BucketAccessControl",
    "gcp:storage/objectAccessControl:ObjectAccessControl",
    "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl",
)
STORAGE_ACCOUNT: Final = "azure-native:storage:StorageAccount"
CONTAINER: Final = "azure-native:storage:BlobContainer"
# https://cloud.google.com/storage/docs/access-control/lists (scopes, predefined ACLs)
_ALL: Final = ("allUsers", "allAuthenticatedUsers")
_CANNED: Final = ("publicRead", "publicReadWrite", "authenticatedRead")
_OLD_TLS: Final = ("TLS1_0", "TLS1_1")


@resource_rule(
    "security/object-store-public",
    severity=Severity.CRITICAL,
    types=(*BUCKET_GRANTS, *ACCESS_LISTS, *ACCESS_ENTRIES, STORAGE_ACCOUNT, CONTAINER),
    fix="Grant it to named members; on Azure set publicAccess None, and allowBlobPublicAccess "
    "false on the account.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_28", "CKV_AZURE_34", "CKV_AZURE_190", "CKV2_AZURE_47"),
)
def object_store_public(view: View, _settings: NoSettings) -> Faults:
    """Anybody can read, or write, what a bucket or a container holds.

    Models, captured requests and scores lie there. On Google Cloud everybody is a member or an
    entity of an access list, with or without an account; on Azure a container is open where its
    account allows that, which new ones do not:
    https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent
    """
    if view.token == fold(CONTAINER):
        place = view.get("publicAccess")
        if (place.text() or "None") != "None":
            yield place.fault("None")
    elif view.token == fold(STORAGE_ACCOUNT):
        allowed = view.get("allowBlobPublicAccess")
        if allowed.flag():
            yield allowed.fault("false")
    elif view.token in BUCKET_GRANTS:
        for grant in public_grants(view):
            yield grant.place.fault("named users, groups or service accounts", grant.shown)
    else:
        yield from (place.fault("named entities") for place in _listed(view))


def _listed(view: View) -> Iterator[Property]:
    """Where an access list of Cloud Storage names everybody."""
    if view.token in ACCESS_ENTRIES:
        entity = view.get("entity")
        if entity.text() in _ALL:
            yield entity
        return
    for key in ("predefinedAcl", "defaultAcl"):
        canned = view.get(key)
        if canned.text() in _CANNED:
            yield canned
    for pair in view.get("roleEntities").items():
        if (pair.text() or "").partition(":")[2] in _ALL:
            yield pair


@resource_rule(
    "security/object-store-unlocked",
    severity=Severity.MEDIUM,
    types=(GOOGLE_BUCKET, STORAGE_ACCOUNT),
    fix="Set publicAccessPrevention enforced and uniformBucketLevelAccess true; on Azure "
    "allowSharedKeyAccess false, enableHttpsTrafficOnly true, minimumTlsVersion TLS1_2.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_29", "CKV_GCP_114", "CKV_AZURE_3", "CKV_AZURE_44", "CKV2_AZURE_40"),
    level=Level.ADVISORY,
)
def object_store_unlocked(view: View, _settings: NoSettings) -> Faults:
    """A bucket could be opened by one grant, or an account by one key or an old protocol.

    Cloud Storage prevents public access only where it is told to, or where the organisation does,
    which a resource does not show; and objects have access lists of their own without uniform
    access. The key of a storage account opens all of it, and says nothing of who came:
    https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent
    """
    if view.token == GOOGLE_BUCKET:
        prevented = view.get("publicAccessPrevention")
        if prevented.absent or (prevented.text() or "enforced") != "enforced":
            yield prevented.fault("enforced")
        uniform = view.get("uniformBucketLevelAccess")
        if uniform.off:
            yield uniform.fault("true")
        return
    key = view.get("allowSharedKeyAccess")
    if key.absent or key.flag():
        yield key.fault("false")
    encrypted = view.get("enableHttpsTrafficOnly")
    if encrypted.flag() is False:
        yield encrypted.fault("true")
    version = view.get("minimumTlsVersion")
    if version.absent or version.says(*_OLD_TLS):
        yield version.fault("TLS1_2")


RULES = (
    object_store_public,
    object_store_unlocked,
)
