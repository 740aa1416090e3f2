"""What a preview knows of Azure's answers, before and while a resource changes."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.wire import UNKNOWN
from tests.unit.sandbox_life import Stack
from tests.unit.test_sandbox_azure import CLUSTER, IDENTITY, NATIVE, VAULT, WORKSPACE

GROUP = {"resourceGroupName": "models"}
ISSUER = {"oidcIssuerProfile": {"enabled": True}}
POOL = {"name": "system", "mode": "System", "vmSize": "Standard_D4s_v5"}


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack(NATIVE, tmp_path / "store.sqlite")


@pytest.mark.parametrize(
    ("token", "given", "path", "known"),
    [
        # What the service adds to an object that is given.
        (CLUSTER, ISSUER, ("oidcIssuerProfile", "issuerURL"), UNKNOWN),
        (CLUSTER, ISSUER, ("oidcIssuerProfile", "enabled"), True),
        (CLUSTER, {"agentPoolProfiles": [POOL]}, ("agentPoolProfiles", 0, "eTag"), UNKNOWN),
        (CLUSTER, {"agentPoolProfiles": [POOL]}, ("agentPoolProfiles", 0, "name"), "system"),
        (
            VAULT,
            {"properties": {"sku": {"family": "A", "name": "standard"}, "tenantId": "t"}},
            ("properties", "vaultUri"),
            UNKNOWN,
        ),
        # Given as a list, answered as a map.
        (
            CLUSTER,
            {"identity": {"type": "UserAssigned", "userAssignedIdentities": [UNKNOWN]}},
            ("identity", "userAssignedIdentities"),
            UNKNOWN,
        ),
        (CLUSTER, {"tags": {"a": "b"}}, ("tags", "a"), "b"),
    ],
)
def test_previews_of_creations(
    azure: Stack, token: str, given: dict[str, Any], path: tuple[Any, ...], known: object
) -> None:
    found: Any = azure.preview(token, "it", **GROUP, **given).outputs
    for name in path:
        found = found[name]
    assert found == known


def test_previews_of_updates(azure: Stack) -> None:
    user = azure.create(IDENTITY, "i", **GROUP, resourceName="runner")
    identity = {"type": "UserAssigned", "userAssignedIdentities": [user.id]}
    made = azure.create(CLUSTER, "c", **GROUP, **ISSUER, identity=identity)
    issuer = made.outputs["oidcIssuerProfile"]["issuerURL"]
    # What does not change is known, as it is answered.
    same = azure.preview_update(made, tags={"a": "b"}).outputs
    assert same["oidcIssuerProfile"]["issuerURL"] == issuer
    assert list(same["identity"]["userAssignedIdentities"]) == [user.id]
    # What comes is not.
    plain = azure.create(CLUSTER, "d", **GROUP, oidcIssuerProfile={"enabled": False})
    assert azure.preview_update(plain, **ISSUER).outputs["oidcIssuerProfile"] == {
        "enabled": True,
        "issuerURL": UNKNOWN,
    }
    assert azure.update(plain, **ISSUER).outputs["oidcIssuerProfile"]["issuerURL"]


@pytest.mark.parametrize("kind", ["Model", "Environment", "Data", "Component", "Code"])
def test_a_first_version_needs_no_container(azure: Stack, kind: str) -> None:
    azure.create(WORKSPACE, "w", **GROUP, workspaceName="www")
    properties: dict[str, Any] = {
        "dataType": "uri_folder",
        "dataUri": "azureml://datastores/d/paths/p",
    }
    made = azure.create(
        f"{NATIVE}:machinelearningservices:{kind}Version",
        "it",
        **GROUP,
        workspaceName="www",
        name="fraud",
        version="1",
        properties=properties if kind == "Data" else {},
    )
    assert made.id.endswith("/fraud/versions/1")
