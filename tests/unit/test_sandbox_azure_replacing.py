"""What pulumi-azure-native replaces, updates, and makes nothing of."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox_life import Stack, urn
from tests.unit.test_sandbox_azure import CLUSTER, NATIVE, ROOT, WORKSPACE

ENVIRONMENT = f"{NATIVE}:machinelearningservices:EnvironmentVersion"
QUERY = f"{NATIVE}:monitor:ScheduledQueryRule"
VAULT_ID = f"{ROOT}/models/providers/Microsoft.KeyVault/vaults/models"
SSH = {"adminUsername": "azure", "ssh": {"publicKeys": [{"keyData": "one"}]}}
OTHER_SSH = {"adminUsername": "azure", "ssh": {"publicKeys": [{"keyData": "two"}]}}


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    return Stack(NATIVE, tmp_path / "store.sqlite")


@pytest.mark.parametrize(
    ("token", "before", "after", "planned"),
    [
        # Create-only at the top, one level below it, and no deeper.
        (
            ENVIRONMENT,
            {"properties": {"image": "a:1", "description": "one"}},
            {"properties": {"image": "a:2", "description": "two"}},
            {"properties.image": True, "properties.description": False},
        ),
        (CLUSTER, {"dnsPrefix": "a"}, {"dnsPrefix": "b"}, {"dnsPrefix": True}),
        (CLUSTER, {}, {"dnsPrefix": "b"}, {"dnsPrefix": True}),
        # An object that is listed replaces for all that is in it.
        (
            CLUSTER,
            {"linuxProfile": SSH},
            {"linuxProfile": OTHER_SSH},
            {"linuxProfile.ssh.publicKeys[0].keyData": True},
        ),
        # One that is not listed itself comes without a replacement, whatever is listed in it.
        (
            CLUSTER,
            {},
            {"networkProfile": {"serviceCidr": "10.1.0.0/16"}},
            {"networkProfile": False},
        ),
        # Items count in lists of the provider's own, not in those that the API marks.
        (
            CLUSTER,
            {"networkProfile": {"serviceCidrs": ["10.1.0.0/16"]}},
            {"networkProfile": {"serviceCidrs": ["10.2.0.0/16"]}},
            {"networkProfile.serviceCidrs[0]": True},
        ),
        (QUERY, {"scopes": ["/a"]}, {"scopes": ["/a", "/b"]}, {"scopes[1]": True}),
        # What is no longer given is left as it is; what is said to be off was off.
        (CLUSTER, {"nodeResourceGroup": "nodes"}, {"nodeResourceGroup": None}, {}),
        (CLUSTER, {}, {"disableLocalAccounts": False}, {}),
        (CLUSTER, {}, {"disableLocalAccounts": True}, {"disableLocalAccounts": False}),
        (CLUSTER, {}, {"resourceGroupName": "MODELS"}, {}),
        # Of ids, the case counts in names alone.
        (WORKSPACE, {"keyVault": VAULT_ID}, {"keyVault": VAULT_ID.replace("Groups", "groups")}, {}),
        (
            WORKSPACE,
            {"keyVault": VAULT_ID},
            {"keyVault": VAULT_ID.replace("vaults/models", "vaults/Models")},
            {"keyVault": False},
        ),
        (CLUSTER, {}, {"resourceGroupName": "other"}, {"resourceGroupName": True}),
    ],
)
def test_plans_as_the_provider(
    azure: Stack,
    token: str,
    before: dict[str, Any],
    after: dict[str, Any],
    planned: dict[str, bool],
) -> None:
    old = {"resourceGroupName": "models", **before}
    new = {name: value for name, value in {**old, **after}.items() if value is not None}
    plan = azure.life.diff(urn(token, "it"), old, new, [], state=old)
    assert {change.path: change.path in plan.replacing for change in plan.changes} == planned
