"""Security: stores of secrets and keys on Google Cloud and Azure."""

from typing import Final

from policies.google_grants import iam_types, public_grants
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

SECRET_GRANTS: Final = (
    *iam_types("secretmanager", "secretIam"),
    *iam_types("secretmanager", "regionalSecretIam"),
    *iam_types("kms", "cryptoKeyIAM"),
    *iam_types("kms", "keyRingIAM"),
)
VAULT: Final = "azure-native:keyvault:Vault"
VAULT_SECRET: Final = "azure-native:keyvault:Secret"  # noqa: S105 - a type, not a secret.


@resource_rule(
    "security/secret-public",
    severity=Severity.CRITICAL,
    types=SECRET_GRANTS,
    fix="Grant the role to the service account that reads the secret or uses the key.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def secret_public(view: View, _settings: NoSettings) -> Faults:
    """Anybody can read a secret, or use a key.

    Whoever has a Google account is anybody, too:
    https://cloud.google.com/iam/docs/principals-overview#all-authenticated-users
    """
    for grant in public_grants(view):
        yield grant.place.fault("named users, groups or service accounts", grant.shown)


@resource_rule(
    "security/key-vault-unprotected",
    severity=Severity.MEDIUM,
    types=(VAULT,),
    fix="Set enablePurgeProtection and enableRbacAuthorization to true, and publicNetworkAccess "
    "Disabled or networkAcls.defaultAction Deny.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AZURE_42", "CKV_AZURE_110", "CKV_AZURE_111", "CKV_AZURE_189"),
    level=Level.ADVISORY,
)
def key_vault_unprotected(view: View, _settings: NoSettings) -> Faults:
    """A key vault can be emptied for good, is open to the internet, or has rights of its own.

    What is encrypted by a key that is purged is gone. Where nothing is said, a vault can be purged,
    takes requests from everywhere, and asks its own access policies instead of Azure's roles.
    https://learn.microsoft.com/azure/key-vault/general/best-practices
    """
    vault = view.get("properties")
    kept = vault.get("enableSoftDelete")
    if kept.flag() is False:
        yield kept.fault("true")
    for key in ("enablePurgeProtection", "enableRbacAuthorization"):
        place = vault.get(key)
        if place.off:
            yield place.fault("true")
    access, rest = vault.get("publicNetworkAccess"), vault.get("networkAcls", "defaultAction")
    denied = rest.says("Deny") or rest.unknown
    if not denied and (access.absent or (access.text() or "disabled").lower() != "disabled"):
        yield access.fault("Disabled")


@resource_rule(
    "security/key-vault-secret-endless",
    severity=Severity.LOW,
    types=(VAULT_SECRET,),
    fix="Set properties.attributes.expires, and renew the secret before that.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AZURE_41",),
    level=Level.ADVISORY,
)
def key_vault_secret_endless(view: View, _settings: NoSettings) -> Faults:
    """A secret of a key vault never ends, so that nobody has to renew it.

    https://learn.microsoft.com/azure/key-vault/secrets/secrets-best-practices
    """
    ends = view.get("properties", "attributes", "expires")
    if ends.absent:
        yield ends.fault("a day, as seconds since 1970")


RULES = (
    secret_public,
    key_vault_unprotected,
    key_vault_secret_endless,
)
