"""Cases of rules about registries of Google Cloud and Azure."""

from typing import Any

from tests.policies.cases.invokers import SHOP, member
from tests.policies.cases.table import UNKNOWN, Case

REPOSITORY = "gcp:artifactregistry/repository:Repository"
READER = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
REGISTRY = "azure-native:containerregistry:Registry"
OLD_REGISTRY = "azure-native:containerregistry/v20230701:Registry"
PUBLIC = "security/registry-public"
UNHARDENED = "security/registry-unhardened"

ROLE = "roles/artifactregistry.reader"
OWN_KEY = {"require_own_key": True}


def docker(*, fixed: object = True, **more: object) -> dict[str, Any]:
    return {"format": "DOCKER", "dockerConfig": {"immutableTags": fixed}, **more}


def premium(**more: object) -> dict[str, Any]:
    return {"sku": {"name": "Premium"}, **more}


CASES = (
    Case(PUBLIC, "a reader", READER, member(SHOP, ROLE)),
    Case(PUBLIC, "everybody", READER, member("allUsers", ROLE), ("member",)),
    Case(PUBLIC, "reader unknown", READER, member(UNKNOWN, ROLE)),
    Case(PUBLIC, "absent", REGISTRY, {}),
    Case(PUBLIC, "by Entra", REGISTRY, {"adminUserEnabled": False, "anonymousPullEnabled": False}),
    Case(PUBLIC, "an admin", OLD_REGISTRY, {"adminUserEnabled": True}, ("adminUserEnabled",)),
    Case(PUBLIC, "anybody", REGISTRY, {"anonymousPullEnabled": True}, ("anonymousPullEnabled",)),
    Case(UNHARDENED, "fixed tags", REPOSITORY, docker()),
    Case(
        UNHARDENED,
        "moving tags",
        REPOSITORY,
        docker(fixed=False),
        ("dockerConfig.immutableTags",),
    ),
    Case(
        UNHARDENED,
        "tags without a word",
        REPOSITORY,
        {"format": "docker", "mode": "STANDARD_REPOSITORY"},
        ("dockerConfig.immutableTags",),
    ),
    Case(UNHARDENED, "tags unknown", REPOSITORY, docker(fixed=UNKNOWN)),
    Case(UNHARDENED, "packages", REPOSITORY, {"format": "PYTHON"}),
    Case(UNHARDENED, "another's tags", REPOSITORY, docker(fixed=False, mode="REMOTE_REPOSITORY")),
    Case(
        UNHARDENED,
        "not scanned",
        REPOSITORY,
        docker(vulnerabilityScanningConfig={"enablementConfig": "DISABLED"}),
        ("vulnerabilityScanningConfig.enablementConfig",),
    ),
    Case(UNHARDENED, "no key of one's own", REPOSITORY, docker(), ("kmsKeyName",), OWN_KEY),
    Case(UNHARDENED, "a key of one's own", REPOSITORY, docker(kmsKeyName="k"), (), OWN_KEY),
    Case(UNHARDENED, "private", REGISTRY, premium(publicNetworkAccess="Disabled")),
    Case(
        UNHARDENED,
        "for all",
        REGISTRY,
        premium(publicNetworkAccess="Enabled"),
        ("publicNetworkAccess",),
    ),
    Case(UNHARDENED, "nothing said", REGISTRY, premium(), ("publicNetworkAccess",)),
    Case(UNHARDENED, "for some", REGISTRY, premium(networkRuleSet={"defaultAction": "Deny"})),
    Case(
        UNHARDENED,
        "for all by its rules",
        REGISTRY,
        premium(publicNetworkAccess="Enabled", networkRuleSet={"defaultAction": "Allow"}),
        ("publicNetworkAccess",),
    ),
    Case(UNHARDENED, "cannot be private", REGISTRY, {"sku": {"name": "Basic"}}),
    Case(
        UNHARDENED,
        "Microsoft's key",
        REGISTRY,
        premium(publicNetworkAccess="Disabled"),
        ("encryption.keyVaultProperties.keyIdentifier",),
        OWN_KEY,
    ),
)
