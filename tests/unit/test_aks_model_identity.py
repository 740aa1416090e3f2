from typing import Any

import pulumi
import pytest

from components.azure.aks_model_identity import AksModelIdentity
from tests.unit.component_mocks import Recorded, record

_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model": "churn",
    "namespace": "models",
    "subscription_id": _SUBSCRIPTION,
    "resource_group": "models",
    "location": "westeurope",
    "oidc_issuer_url": "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/",
    "artifact_uris": ["https://examplemodels.blob.core.windows.net/artifacts/churn/2.1.0/"],
}
_CONTAINER = "https://examplemodels.blob.core.windows.net/artifacts"
_GRANT = "churn-identity-examplemodels-artifacts"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def _made(**changes: object) -> Recorded:
    return record(AksModelIdentity, "churn-identity", MINIMAL | changes)


def test_one_managed_identity_is_the_service_accounts() -> None:
    recorded = _made()
    credential = recorded.inputs["churn-identity-credential"]
    assert credential["subject"] == "system:serviceaccount:models:churn-identity"
    assert credential["issuer"] == MINIMAL["oidc_issuer_url"]
    assert credential["audiences"] == ["api://AzureADTokenExchange"]
    account = recorded.inputs["churn-identity-service-account"]
    assert account["metadata"]["annotations"] == {"azure.workload.identity/client-id": "client"}
    assert recorded.outputs == {"service_account_name": "churn-identity", "client_id": "client"}


def test_it_reads_and_lists_the_folder_of_its_versions_alone() -> None:
    """Pods of the version before load it until they are gone: Azure takes no second assignment."""
    assignment = _made().inputs[_GRANT]
    assert assignment["scope"] == (
        f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/models/providers/Microsoft.Storage"
        "/storageAccounts/examplemodels/blobServices/default/containers/artifacts"
    )
    assert assignment["principalId"] == "principal"
    assert assignment["principalType"] == "ServicePrincipal"
    assert assignment["roleDefinitionId"].endswith("/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1")
    assert assignment["conditionVersion"] == "2.0"
    assert assignment["condition"] == (
        f"((!(ActionMatches{{'{_BLOBS}/read'}} AND NOT SubOperationMatches{{'Blob.List'}})) OR "
        f"(@Resource[{_BLOBS}:path] StringStartsWith 'churn/')) AND "
        f"((!(ActionMatches{{'{_BLOBS}/read'}} AND SubOperationMatches{{'Blob.List'}})) OR "
        f"(@Request[{_BLOBS}:prefix] StringEquals 'churn' OR "
        f"@Request[{_BLOBS}:prefix] StringStartsWith 'churn/'))"
    )
    next_version = _made(artifact_uris=[f"{_CONTAINER}/churn/2.2.0/"])
    assert next_version.inputs[_GRANT] == assignment


@pytest.mark.parametrize("key", ["artifact_uris", "input_uris"])
def test_what_is_at_the_containers_root_is_read_alone(key: str) -> None:
    given: dict[str, Any] = {"artifact_uris": [], key: [f"{_CONTAINER}/churn-2.1.0"]}
    condition = _made(**given).inputs[_GRANT]["condition"]
    # A path without a slash is no beginning of others.
    assert f"@Resource[{_BLOBS}:path] StringEquals 'churn-2.1.0'" in condition
    assert "StringStartsWith 'churn-2.1.0'" not in condition
    assert f"@Resource[{_BLOBS}:path] StringStartsWith 'churn-2.1.0/'" in condition


def test_what_it_reads_beside_is_read_as_it_is_named() -> None:
    condition = _made(input_uris=[f"{_CONTAINER}/customers/november/"]).inputs[_GRANT]["condition"]
    assert "StringStartsWith 'churn/'" in condition
    assert "StringStartsWith 'customers/november/'" in condition
    assert "StringStartsWith 'customers/'" not in condition


def test_it_writes_below_its_outputs_by_a_grant_of_its_own() -> None:
    uri = "https://examplemodels.blob.core.windows.net/artifacts/scores/"
    recorded = _made(output_uris=[uri])
    read = recorded.inputs["churn-identity-examplemodels-artifacts"]
    write = recorded.inputs["churn-identity-examplemodels-artifacts/outputs"]
    assert "scores/" not in read["condition"]
    assert write["scope"] == read["scope"]
    assert write["roleDefinitionId"].endswith("/ba92f5b4-2d11-453d-a403-e96b0029c9fe")
    # What a condition does not name is allowed: each action that the role has on blobs is named.
    for action in ("write", "add/action", "delete", "move/action"):
        assert f"!(ActionMatches{{'{_BLOBS}/{action}'}})" in write["condition"]
        assert action not in read["condition"]
    assert f"OR (@Resource[{_BLOBS}:path] StringStartsWith 'scores/')" in write["condition"]


def test_storage_may_be_in_another_resource_group() -> None:
    recorded = _made(storage_resource_group="storage")
    scope = recorded.inputs["churn-identity-examplemodels-artifacts"]["scope"]
    assert "/resourceGroups/storage/" in scope
    assert recorded.inputs["churn-identity-identity"]["resourceGroupName"] == "models"


def test_an_artifact_elsewhere_needs_no_assignment() -> None:
    recorded = _made(artifact_uris=["hf://Qwen/Qwen2.5@abc", "https://example.com/model.onnx"])
    assert recorded.of("azure-native:authorization:RoleAssignment") == {}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"artifact_uris": ["https://examplemodels.blob.core.windows.net/artifacts"]},
            "artifact_uris: got 'https://examplemodels.blob.core.windows.net/artifacts'; use",
        ),
        # A quote would end the condition's text.
        ({"artifact_uris": ["https://x12.blob.core.windows.net/a/b'c"]}, "artifact_uris: got"),
        ({"oidc_issuer_url": "http://x"}, "oidc_issuer_url: got 'http://x'"),
        ({"location": ""}, "location: got ''"),
        ({"subscription_id": None}, "subscription_id: got None"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)
