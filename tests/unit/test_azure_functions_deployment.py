"""Packages and one deploy against an ARM and a Blob Storage that answer from a store."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    ReadRequest,
    UpdateRequest,
)

from provider.errors import HalfMadeError, ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from sandbox import eventual
from sandbox.store import Fault
from tests.unit.azure_clients import served
from tests.unit.azure_functions_cases import digest_of, package
from tests.unit.azure_ml_endpoints import QUICK
from tests.unit.sandbox_life import Made, Stack
from tests.unit.test_sandbox_azure import APP, IDENTITY, NATIVE, PLAN, ROLE, ROOT, STORAGE

_GROUP = f"{ROOT}/models/providers"
_ACCOUNT = f"{_GROUP}/Microsoft.Storage/storageAccounts/functions"
_CONTAINER_ID = f"{_ACCOUNT}/blobServices/default/containers/deployments"
_CONTAINER = f"{NATIVE}:storage:BlobContainer"
_BLOB = f"{NATIVE}:storage:Blob"
_WRITER = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
FIRST, SECOND = package("first"), package("second")
STORED: dict[str, object] = {
    "subscriptionId": ROOT.split("/")[2],
    "resourceGroupName": "models",
    "accountName": "functions",
    "containerName": "packages",
    "digest": digest_of(FIRST),
    "timeoutSeconds": 30,
}
PACKAGE: dict[str, object] = {**STORED, "path": FIRST}
DEPLOYED: dict[str, object] = {**STORED, "appName": "fraud-dev"}
_TYPES = {
    kind: f"urn:pulumi:dev::models::serving:index:AzureFunctions{kind}::fraud"
    for kind in ("Package", "Deployment")
}


class Cloud(Stack):
    """An app on a Flex Consumption plan, whose identity may write to its container."""

    def __init__(self, path: Path) -> None:
        super().__init__(NATIVE, path)
        place: dict[str, Any] = {"resourceGroupName": "models", "location": "westeurope"}
        self.create(
            STORAGE,
            "s",
            **place,
            accountName="functions",
            kind="StorageV2",
            sku={"name": "Standard_LRS"},
        )
        for name in ("packages", "deployments"):
            self.create(
                _CONTAINER,
                name,
                resourceGroupName="models",
                accountName="functions",
                containerName=name,
            )
        identity = self.create(IDENTITY, "i", **place)
        row = self.store.get(NATIVE, IDENTITY, identity.id)
        assert row is not None
        self.right: Made = self.create(
            ROLE,
            "r",
            scope=f"{_ACCOUNT}/blobServices/default/containers/deployments",
            principalId=row.outputs["principalId"],
            roleDefinitionId=f"/providers/Microsoft.Authorization/roleDefinitions/{_WRITER}",
        )
        sku = {"name": "FC1", "tier": "FlexConsumption"}
        plan = self.create(PLAN, "p", **place, name="p", sku=sku, reserved=True)
        storage = {
            "type": "blobContainer",
            "value": "https://functions.blob.core.windows.net/deployments",
            "authentication": {
                "type": "UserAssignedIdentity",
                "userAssignedIdentityResourceId": identity.id,
            },
        }
        self.app: Made = self.create(
            APP,
            "a",
            **place,
            name="fraud-dev",
            serverFarmId=plan.id,
            identity={"type": "UserAssigned", "userAssignedIdentities": [identity.id]},
            functionAppConfig={"deployment": {"storage": storage}},
        )

    def blobs(self) -> dict[str, str]:
        """Digests by container and name."""
        return {
            f"{row.inputs['containerName']}/{row.name}": "sha256:" + row.outputs["sha256"]
            for row in self.store.list(NATIVE, _BLOB)
        }

    def rule(self, operation: str, *, token: str = _BLOB, count: int = 1, **how: Any) -> None:  # noqa: ANN401
        """What goes wrong next."""
        self.store.add_fault(Fault(token=token, operation=operation, count=count, **how))


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv(eventual.VARIABLE, "0.001")
    made = Cloud(tmp_path / "store.sqlite")
    with served(made.store.path, monkeypatch):
        yield made
    made.store.close()


def create(kind: str, inputs: dict[str, object]) -> tuple[str, dict[str, Any]]:
    """Id and outputs of a new resource."""
    request = CreateRequest(_TYPES[kind], wrap_map(inputs), 0, preview=False)
    made = asyncio.run(ServingProvider(poll=QUICK).create(request))
    return str(made.resource_id), plain_map(made.properties)


def changes(kind: str, old: dict[str, object], new: dict[str, object]) -> dict[str, bool]:
    """Inputs that differ, each with whether it replaces."""
    request = DiffRequest(_TYPES[kind], "id", wrap_map(old), wrap_map(new), [])
    found = asyncio.run(ServingProvider().diff(request))
    detailed = found.detailed_diff or {}
    return {key: "REPLACE" in str(each.kind) for key, each in detailed.items()}


# ---- packages ----


def test_a_package_is_written_once_by_its_digest(cloud: Cloud) -> None:
    name = f"{digest_of(FIRST)[7:]}/released-package.zip"
    identity, outputs = create("Package", PACKAGE)
    assert outputs["blobName"] == name
    assert identity == f"{_ACCOUNT}/blobServices/default/containers/packages/blobs/{name}"
    assert cloud.blobs() == {f"packages/{name}": digest_of(FIRST)}
    create("Package", PACKAGE)
    assert len(cloud.store.events(operation="blob:BlockBlob_Upload")) == 1

    provider = ServingProvider(poll=QUICK)
    read = ReadRequest(_TYPES["Package"], identity, {}, wrap_map(PACKAGE))
    assert plain_map(asyncio.run(provider.read(read)).properties)["blobName"] == name
    delete = DeleteRequest(_TYPES["Package"], identity, wrap_map(outputs), 0)
    asyncio.run(provider.delete(delete))
    asyncio.run(provider.delete(delete))
    assert cloud.blobs() == {}
    assert not asyncio.run(provider.read(read)).resource_id


def test_a_right_that_does_not_hold_yet_is_waited_for(cloud: Cloud) -> None:
    how = {"mode": "fail", "message": "AuthorizationPermissionMismatch"}
    cloud.rule("Blob_GetProperties", count=3, **how)
    create("Package", PACKAGE)
    assert len(cloud.blobs()) == 1


def test_who_may_not_write_is_told_the_role(cloud: Cloud) -> None:
    cloud.rule("BlockBlob_Upload", count=1000, mode="fail", message="AuthorizationFailure")
    with pytest.raises(ProviderError, match=r"needs the role Storage Blob Data Contributor"):
        create("Package", {**PACKAGE, "timeoutSeconds": 1})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"path": SECOND}, "it was changed after Pulumi looked at it"),
        ({"path": "/nowhere.zip"}, "path: /nowhere.zip cannot be read"),
        ({"accountName": "others"}, "there is no storage account others"),
        ({"containerName": "others"}, "ContainerNotFound"),
    ],
)
def test_a_package_that_cannot_be_written(
    cloud: Cloud, changed: dict[str, object], told: str
) -> None:
    with pytest.raises(ProviderError, match=re.escape(told)):
        create("Package", {**PACKAGE, **changed})
    assert cloud.blobs() == {}


def test_where_a_package_lies_is_no_difference() -> None:
    assert changes("Package", PACKAGE, {**PACKAGE, "path": "/elsewhere.zip"}) == {}
    assert changes("Package", PACKAGE, {**PACKAGE, "digest": digest_of(SECOND)}) == {"digest": True}
    moved = {**DEPLOYED, "accountName": "others", "digest": digest_of(SECOND)}
    assert changes("Deployment", DEPLOYED, moved) == {"digest": False}
    assert changes("Deployment", DEPLOYED, {**DEPLOYED, "appName": "b-dev"}) == {"appName": True}


@pytest.mark.parametrize(
    ("kind", "changed", "told"),
    [
        ("Package", {"digest": "md5:1"}, "digest: got"),
        ("Package", {"path": None}, "path: got nothing"),
        ("Package", {"accountName": "Upper"}, "accountName: got"),
        ("Package", {"container": "a"}, "container: is no input"),
        ("Deployment", {"appName": "a"}, "appName: got"),
        ("Deployment", {"timeoutSeconds": 0}, "timeoutSeconds: got 0"),
        ("Deployment", {"subscriptionId": "mine"}, "subscriptionId: got"),
    ],
)
def test_wrong_inputs(kind: str, changed: dict[str, object], told: str) -> None:
    inputs = {**(PACKAGE if kind == "Package" else DEPLOYED), **changed}
    request = CheckRequest(_TYPES[kind], {}, wrap_map(inputs), b"")
    found = asyncio.run(ServingProvider().check(request))
    assert told in "\n".join(f"{f.property}: {f.reason}" for f in found.failures or [])


def test_what_is_not_known_yet_is_not_judged() -> None:
    inputs = {**DEPLOYED, "appName": UNKNOWN, "digest": UNKNOWN}
    request = CheckRequest(_TYPES["Deployment"], {}, wrap_map(inputs), b"")
    assert not asyncio.run(ServingProvider().check(request)).failures


# ---- one deploy ----


def test_an_app_takes_the_package_and_another(cloud: Cloud) -> None:
    create("Package", PACKAGE)
    identity, outputs = create("Deployment", DEPLOYED)
    assert identity.endswith("/sites/fraud-dev/extensions/onedeploy")
    assert outputs["status"] == "Succeeded"
    released = "deployments/released-package.zip"
    assert cloud.blobs()[released] == digest_of(FIRST)

    create("Package", {**PACKAGE, "digest": digest_of(SECOND), "path": SECOND})
    second = {**DEPLOYED, "digest": digest_of(SECOND)}
    updated = _update(identity, outputs, second)
    assert cloud.blobs()[released] == digest_of(SECOND)
    assert updated["deploymentId"] != outputs["deploymentId"]

    read = ReadRequest(_TYPES["Deployment"], identity, {}, wrap_map(second))
    seen = asyncio.run(ServingProvider(poll=QUICK).read(read))
    assert plain_map(seen.properties)["status"] == "Succeeded"
    cloud.delete(cloud.app)
    assert not asyncio.run(ServingProvider(poll=QUICK).read(read)).resource_id


@pytest.mark.parametrize(
    ("fault", "known", "digest"),
    [
        (None, None, digest_of(FIRST)),
        # Somebody handed over another package since.
        (None, "another", ""),
        ("silent_rollback", None, ""),
    ],
)
def test_a_refresh_says_when_it_is_open_what_runs(
    cloud: Cloud, fault: str | None, known: str | None, digest: str
) -> None:
    create("Package", PACKAGE)
    identity, outputs = create("Deployment", DEPLOYED)
    if fault:
        cloud.rule("WebApps_CreateOneDeployOperation", token=APP, mode=fault, message="No host.")
        with pytest.raises(ProviderError, match="No host"):
            create("Deployment", DEPLOYED)
    state = {**outputs, **({"deploymentId": known} if known else {})}
    read = ReadRequest(_TYPES["Deployment"], identity, wrap_map(state), wrap_map(DEPLOYED))
    seen = asyncio.run(ServingProvider(poll=QUICK).read(read))
    now = plain_map(seen.inputs)
    assert now["digest"] == digest
    assert now.keys() == DEPLOYED.keys()


@pytest.mark.parametrize(
    ("lost", "digest"),
    [
        # The blob, its container or the whole account, with all that is in them.
        (f"{_CONTAINER_ID}/blobs/", ""),
        (_CONTAINER_ID, ""),
        (_ACCOUNT, ""),
        ("", digest_of(FIRST)),
    ],
)
def test_an_app_whose_package_somebody_deleted_gets_it_again(
    cloud: Cloud, lost: str, digest: str
) -> None:
    create("Package", PACKAGE)
    identity, outputs = create("Deployment", DEPLOYED)
    for row in cloud.store.list(NATIVE):
        if lost and row.id.startswith(lost):
            cloud.store.remove(row)
    read = ReadRequest(_TYPES["Deployment"], identity, wrap_map(outputs), wrap_map(DEPLOYED))
    seen = asyncio.run(ServingProvider(poll=QUICK).read(read))
    assert plain_map(seen.inputs)["digest"] == digest


@pytest.mark.parametrize(
    ("refused", "token"),
    [
        ("Blob_GetProperties", _BLOB),
        ("StorageAccounts_GetProperties", f"{NATIVE}:storage:StorageAccount"),
    ],
)
def test_who_may_not_look_at_the_container_takes_the_package_to_be_there(
    cloud: Cloud, refused: str, token: str
) -> None:
    create("Package", PACKAGE)
    identity, outputs = create("Deployment", DEPLOYED)
    cloud.rule(refused, token=token, mode="fail", message="AuthorizationFailed: no")
    read = ReadRequest(_TYPES["Deployment"], identity, wrap_map(outputs), wrap_map(DEPLOYED))
    seen = asyncio.run(ServingProvider(poll=QUICK).read(read))
    assert plain_map(seen.inputs)["digest"] == digest_of(FIRST)


def test_an_update_that_fails_is_in_state_as_asked(cloud: Cloud) -> None:
    create("Package", PACKAGE)
    identity, outputs = create("Deployment", DEPLOYED)
    create("Package", {**PACKAGE, "digest": digest_of(SECOND), "path": SECOND})
    cloud.rule(
        "WebApps_CreateOneDeployOperation", token=APP, mode="silent_rollback", message="No host."
    )
    asked = {**DEPLOYED, "digest": digest_of(SECOND)}
    with pytest.raises(HalfMadeError, match="No host") as caught:
        _update(identity, outputs, asked)
    assert caught.value.resource_id == identity
    assert plain_map(caught.value.properties)["digest"] == digest_of(SECOND)


@pytest.mark.usefixtures("cloud")
def test_after_an_update_that_failed_before_it_began_no_refresh_takes_it_for_done() -> None:
    """The last deployment is a success then, and of the package before."""
    create("Package", PACKAGE)
    identity, outputs = create("Deployment", DEPLOYED)
    asked = {**DEPLOYED, "digest": digest_of(SECOND)}
    with pytest.raises(HalfMadeError, match="has no package") as caught:
        _update(identity, outputs, asked)
    read = ReadRequest(_TYPES["Deployment"], identity, caught.value.properties, wrap_map(asked))
    seen = asyncio.run(ServingProvider(poll=QUICK).read(read))
    assert plain_map(seen.inputs)["digest"] == ""


def _update(identity: str, state: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    request = UpdateRequest(
        _TYPES["Deployment"], identity, wrap_map(state), wrap_map(asked), 0, [], preview=False
    )
    return plain_map(asyncio.run(ServingProvider(poll=QUICK).update(request)).properties or {})


def test_a_package_that_is_not_there_is_not_handed_over(cloud: Cloud) -> None:
    with pytest.raises(ProviderError, match="has no package sha256:"):
        create("Deployment", DEPLOYED)
    assert cloud.store.events(operation="web:WebApps_CreateOneDeployOperation") == []


def test_an_app_that_may_not_write_says_why(cloud: Cloud) -> None:
    create("Package", PACKAGE)
    cloud.delete(cloud.right)
    with pytest.raises(ProviderError, match=r"is failed: BlobUploadFailedException.*first one"):
        # Half of the time it is tried again: rights take a while to hold.
        create("Deployment", {**DEPLOYED, "timeoutSeconds": 8})


def test_what_an_app_is_left_with_by_a_deployment_that_fails(cloud: Cloud) -> None:
    create("Package", PACKAGE)
    failing: dict[str, Any] = {"token": APP, "mode": "silent_rollback", "message": "No host.json."}
    for left in (
        r"No host\.json\. It was the app's first one: the app has no package",
        r"No host\.json\. The one before did not succeed either",
    ):
        cloud.rule("WebApps_CreateOneDeployOperation", **failing)
        with pytest.raises(ProviderError, match=left):
            create("Deployment", DEPLOYED)
        assert "deployments/released-package.zip" not in cloud.blobs()
    create("Deployment", DEPLOYED)

    create("Package", {**PACKAGE, "digest": digest_of(SECOND), "path": SECOND})
    cloud.rule("WebApps_CreateOneDeployOperation", **failing)
    with pytest.raises(ProviderError, match=r"The app goes on with the package that it had$"):
        create("Deployment", {**DEPLOYED, "digest": digest_of(SECOND)})
    assert cloud.blobs()["deployments/released-package.zip"] == digest_of(FIRST)


def test_an_app_whose_right_does_not_hold_yet_gets_the_package_again(cloud: Cloud) -> None:
    create("Package", PACKAGE)
    told = "Failed to upload because Azure Storage responded with Forbidden"
    operation = "WebApps_CreateOneDeployOperation"
    cloud.rule(operation, token=APP, count=2, mode="silent_rollback", message=told)
    assert create("Deployment", DEPLOYED)[1]["status"] == "Succeeded"
    assert cloud.blobs()["deployments/released-package.zip"] == digest_of(FIRST)
    assert len(cloud.store.events(operation=f"web:{operation}")) == 3


@pytest.mark.parametrize("mode", ["fail", "silent_rollback"])
@pytest.mark.parametrize("url", ["?sv=1&sig=se%2Fcret&se=2", "%3Fsv%3D1%26sig%3Dsecret%26se%3D2"])
def test_no_error_shows_the_signature(cloud: Cloud, mode: str, url: str) -> None:
    create("Package", PACKAGE)
    operation = "WebApps_CreateOneDeployOperation"
    told = f"BadRequest: Cannot download https://a/packages/b{url}"
    cloud.rule(operation, token=APP, mode=mode, message=told)
    with pytest.raises(ProviderError, match=r"Cannot download https://a/packages/b.*sv") as error:
        create("Deployment", DEPLOYED)
    assert "cret" not in str(error.value)


def test_a_deployment_that_fails_and_one_that_takes_too_long(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    create("Package", PACKAGE)
    operation = "WebApps_CreateOneDeployOperation"
    cloud.rule(operation, token=APP, mode="silent_rollback", message="No host.json.")
    with pytest.raises(ProviderError, match=r"is failed: No host\.json\. It was"):
        create("Deployment", DEPLOYED)
    monkeypatch.setenv(eventual.VARIABLE, "10")
    with pytest.raises(ProviderError, match="takes the package, and the time for it is over"):
        create("Deployment", {**DEPLOYED, "timeoutSeconds": 1})
    # Busy with that one.
    with pytest.raises(ProviderError, match="is busy with another change"):
        create("Deployment", {**DEPLOYED, "timeoutSeconds": 1})


@pytest.mark.usefixtures("cloud")
def test_an_app_that_is_not_there() -> None:
    create("Package", PACKAGE)
    with pytest.raises(ProviderError, match="ResourceNotFound"):
        create("Deployment", {**DEPLOYED, "appName": "others-dev"})
