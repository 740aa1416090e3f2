"""Cases of rules about stores of secrets and keys."""

from typing import Any

from tests.policies.cases.invokers import SHOP, member
from tests.policies.cases.table import UNKNOWN, Case

READER = "gcp:secretmanager/secretIamMember:SecretIamMember"
KEY_BINDING = "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding"
VAULT = "azure-native:keyvault:Vault"
OLD_VAULT = "azure-native:keyvault/v20230701:Vault"
SECRET = "azure-native:keyvault:Secret"
PUBLIC = "security/secret-public"
UNPROTECTED = "security/key-vault-unprotected"
ENDLESS = "security/key-vault-secret-endless"

ACCESSOR = "roles/secretmanager.secretAccessor"
KEPT: dict[str, Any] = {
    "enablePurgeProtection": True,
    "enableRbacAuthorization": True,
    "publicNetworkAccess": "Disabled",
}


def vault(**more: object) -> dict[str, Any]:
    return {"properties": KEPT | more}


def without(key: str) -> dict[str, Any]:
    return {"properties": {name: value for name, value in KEPT.items() if name != key}}


CASES = (
    Case(PUBLIC, "one reader", READER, member(SHOP, ACCESSOR)),
    Case(PUBLIC, "everybody", READER, member("allAuthenticatedUsers", ACCESSOR), ("member",)),
    Case(
        PUBLIC,
        "a key for everybody",
        KEY_BINDING,
        {"role": "roles/cloudkms.cryptoKeyDecrypter", "members": ["allUsers"]},
        ("members[0]",),
    ),
    Case(PUBLIC, "absent", KEY_BINDING, {}),
    Case(PUBLIC, "unknown", READER, member(UNKNOWN, ACCESSOR)),
    Case(UNPROTECTED, "kept", VAULT, vault()),
    Case(
        UNPROTECTED,
        "may be purged",
        VAULT,
        vault(enablePurgeProtection=False),
        ("properties.enablePurgeProtection",),
    ),
    Case(
        UNPROTECTED,
        "purging without a word",
        OLD_VAULT,
        without("enablePurgeProtection"),
        ("properties.enablePurgeProtection",),
    ),
    Case(
        UNPROTECTED,
        "gone at once",
        VAULT,
        vault(enableSoftDelete=False),
        ("properties.enableSoftDelete",),
    ),
    Case(
        UNPROTECTED,
        "rights of its own",
        VAULT,
        vault(enableRbacAuthorization=False),
        ("properties.enableRbacAuthorization",),
    ),
    Case(
        UNPROTECTED,
        "for all",
        VAULT,
        vault(publicNetworkAccess="Enabled"),
        ("properties.publicNetworkAccess",),
    ),
    Case(
        UNPROTECTED,
        "for all where nothing is said",
        VAULT,
        without("publicNetworkAccess"),
        ("properties.publicNetworkAccess",),
    ),
    Case(
        UNPROTECTED,
        "for some",
        VAULT,
        vault(publicNetworkAccess="Enabled", networkAcls={"defaultAction": "Deny"}),
    ),
    Case(
        UNPROTECTED,
        "for all by its rules",
        VAULT,
        vault(publicNetworkAccess="Enabled", networkAcls={"defaultAction": "Allow"}),
        ("properties.publicNetworkAccess",),
    ),
    Case(UNPROTECTED, "unknown", VAULT, vault(enablePurgeProtection=UNKNOWN)),
    Case(ENDLESS, "ends", SECRET, {"properties": {"attributes": {"expires": 1_800_000_000}}}),
    Case(ENDLESS, "absent", SECRET, {"properties": {}}, ("properties.attributes.expires",)),
    Case(ENDLESS, "unknown", SECRET, {"properties": {"attributes": {"expires": UNKNOWN}}}),
)
