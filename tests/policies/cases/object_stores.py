"""Cases of rules about buckets and containers that everybody can read."""

from typing import Any

from tests.policies.cases.invokers import member, policy_data
from tests.policies.cases.table import UNKNOWN, Case

BUCKET = "gcp:storage/bucket:Bucket"
BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
BUCKET_BINDING = "gcp:storage/bucketIAMBinding:BucketIAMBinding"
BUCKET_POLICY = "gcp:storage/bucketIAMPolicy:BucketIAMPolicy"
FOLDER_MEMBER = "gcp:storage/managedFolderIamMember:ManagedFolderIamMember"
ACL = "gcp:storage/bucketACL:BucketACL"
ENTRY = "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl"
OBJECT = "gcp:storage/objectACL:ObjectACL"
ACCOUNT = "azure-native:storage:StorageAccount"
OLD_ACCOUNT = "azure-native:storage/v20230101:StorageAccount"
CONTAINER = "azure-native:storage:BlobContainer"
PUBLIC = "security/object-store-public"
UNLOCKED = "security/object-store-unlocked"

VIEWER = "roles/storage.objectViewer"
MODEL = "serviceAccount:fraud@example-models.iam.gserviceaccount.com"
LOCKED = {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": True}
KEYLESS: dict[str, Any] = {"allowSharedKeyAccess": False, "minimumTlsVersion": "TLS1_2"}

CASES = (
    Case(PUBLIC, "a model's", BUCKET_MEMBER, member(MODEL, VIEWER)),
    Case(PUBLIC, "everybody", BUCKET_MEMBER, member("allUsers", VIEWER), ("member",)),
    Case(
        PUBLIC,
        "everybody with an account",
        BUCKET_BINDING,
        {"role": VIEWER, "members": [MODEL, "allAuthenticatedUsers"]},
        ("members[1]",),
    ),
    Case(
        PUBLIC,
        "a policy",
        BUCKET_POLICY,
        policy_data("allUsers", role=VIEWER),
        ("policyData",),
        says="found roles/storage.objectViewer for allUsers",
    ),
    Case(PUBLIC, "a folder", FOLDER_MEMBER, member("allUsers", VIEWER), ("member",)),
    Case(PUBLIC, "member unknown", BUCKET_MEMBER, member(UNKNOWN, VIEWER)),
    Case(PUBLIC, "a list of an owner", ACL, {"roleEntities": ["OWNER:user-a@example.com"]}),
    Case(
        PUBLIC,
        "a list of everybody",
        ACL,
        {"roleEntities": [UNKNOWN, "READER:allUsers"]},
        ("roleEntities[1]",),
    ),
    Case(PUBLIC, "a canned list", ACL, {"predefinedAcl": "projectPrivate"}),
    Case(PUBLIC, "a canned list of all", ACL, {"predefinedAcl": "publicRead"}, ("predefinedAcl",)),
    Case(
        PUBLIC, "a canned list of new objects", ACL, {"defaultAcl": "publicRead"}, ("defaultAcl",)
    ),
    Case(PUBLIC, "an entry", ENTRY, {"entity": "allUsers", "role": "READER"}, ("entity",)),
    Case(PUBLIC, "an entry of a group", ENTRY, {"entity": "group-ml@example.com"}),
    Case(PUBLIC, "an object", OBJECT, {"predefinedAcl": "publicReadWrite"}, ("predefinedAcl",)),
    Case(PUBLIC, "an object without", OBJECT, {}),
    Case(PUBLIC, "an account", ACCOUNT, {"allowBlobPublicAccess": False}),
    Case(PUBLIC, "an account absent", ACCOUNT, {}),
    Case(PUBLIC, "an account unknown", ACCOUNT, {"allowBlobPublicAccess": UNKNOWN}),
    Case(
        PUBLIC,
        "an account that allows it",
        OLD_ACCOUNT,
        {"allowBlobPublicAccess": True},
        ("allowBlobPublicAccess",),
    ),
    Case(PUBLIC, "a container", CONTAINER, {"publicAccess": "None"}),
    Case(PUBLIC, "a container absent", CONTAINER, {}),
    Case(PUBLIC, "a container's blobs", CONTAINER, {"publicAccess": "Blob"}, ("publicAccess",)),
    Case(PUBLIC, "all of a container", CONTAINER, {"publicAccess": "Container"}, ("publicAccess",)),
    Case(UNLOCKED, "enforced and uniform", BUCKET, LOCKED),
    Case(
        UNLOCKED,
        "nothing said",
        BUCKET,
        {},
        ("publicAccessPrevention", "uniformBucketLevelAccess"),
    ),
    Case(
        UNLOCKED,
        "inherited",
        BUCKET,
        LOCKED | {"publicAccessPrevention": "inherited"},
        ("publicAccessPrevention",),
    ),
    Case(
        UNLOCKED,
        "lists of objects",
        BUCKET,
        LOCKED | {"uniformBucketLevelAccess": False},
        ("uniformBucketLevelAccess",),
    ),
    Case(UNLOCKED, "unknown", BUCKET, LOCKED | {"publicAccessPrevention": UNKNOWN}),
    Case(UNLOCKED, "by Entra alone", ACCOUNT, KEYLESS),
    Case(
        UNLOCKED,
        "an account without",
        ACCOUNT,
        {},
        ("allowSharedKeyAccess", "minimumTlsVersion"),
    ),
    Case(
        UNLOCKED,
        "by a key",
        ACCOUNT,
        KEYLESS | {"allowSharedKeyAccess": True},
        ("allowSharedKeyAccess",),
    ),
    Case(
        UNLOCKED,
        "by HTTP",
        ACCOUNT,
        KEYLESS | {"enableHttpsTrafficOnly": False},
        ("enableHttpsTrafficOnly",),
    ),
    Case(
        UNLOCKED,
        "by an old protocol",
        ACCOUNT,
        KEYLESS | {"minimumTlsVersion": "TLS1_1"},
        ("minimumTlsVersion",),
    ),
    Case(UNLOCKED, "an account unknown", ACCOUNT, KEYLESS | {"minimumTlsVersion": UNKNOWN}),
)
