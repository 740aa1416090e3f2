"""Azure ML's API in the sandbox, judged by the vendor's own clients over plain HTTP.

Azure's clients refuse to send a token without TLS unless a call says `enforce_https=False`; that
holds for the polling of long-running operations too.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, RetryPolicy
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.polling.arm_polling import ARMPolling

from sandbox import eventual
from sandbox.api import server
from sandbox.store import Fault
from tests.unit.sandbox_life import Made, Stack
from tests.unit.test_sandbox_azure import DEPLOYMENT, ENDPOINT, NATIVE, ROOT, WORKSPACE

VERSION = "2025-12-01"
SPACE = f"{ROOT}/models/providers/Microsoft.MachineLearningServices/workspaces/models-dev"
FRAUD = f"{SPACE}/onlineEndpoints/fraud"
NAMES = {"resourceGroupName": "models", "workspaceName": "models-dev", "endpointName": "fraud"}


class Credential:
    """A credential as azure-identity's are."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        del scopes, options
        return AccessToken("sandbox", int(time.time()) + 3600)


def pipeline(url: str, *policies: object) -> Any:  # noqa: ANN401 - its types are of no version
    made: Any = ARMPipelineClient(url, policies=list(policies))  # pyright: ignore[reportUnknownVariableType]
    return made


class Arm:
    """What a provider of one's own would use: azure-core and azure-mgmt-core alone."""

    def __init__(self, url: str) -> None:
        token = ARMChallengeAuthenticationPolicy(
            Credential(), "https://management.azure.com/.default"
        )
        # Without its retries an error would be waited for.
        retries: Any = RetryPolicy(retry_total=0)  # pyright: ignore[reportUnknownVariableType]
        self.client = pipeline(url, RequestIdPolicy(), HeadersPolicy(), retries, token)

    def send(self, method: str, path: str, body: object = None, **options: object) -> HttpResponse:
        request = HttpRequest(method, f"{path}?api-version={VERSION}", json=body)
        request.url = self.client.format_url(request.url)
        response = self.client.send_request(request, **{"enforce_https": False, **options})
        response.raise_for_status()
        return response

    def get(self, path: str) -> dict[str, Any]:
        return self.send("GET", path).json()

    def done(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Begin a long-running operation and wait for its end."""
        request = HttpRequest(method, f"{path}?api-version={VERSION}", json=body)
        request.url = self.client.format_url(request.url)
        options: dict[str, Any] = {"enforce_https": False}
        # A poller wants the response of the pipeline, not its end alone.
        first = self.client.send_request(request, _return_pipeline_response=True, **options)
        first.http_response.raise_for_status()
        poller: LROPoller[Any] = LROPoller(
            self.client, first, lambda end: end.http_response, ARMPolling(timeout=30, **options)
        )
        return poller.result()


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    # An update of a deployment takes some milliseconds: enough to be seen.
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0.0005")
    return Stack(NATIVE, tmp_path / "store.sqlite")


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    running = server.start(stack.store.path)
    yield running.url
    running.close()


@pytest.fixture
def arm(url: str) -> Arm:
    return Arm(url)


@pytest.fixture
def fraud(stack: Stack) -> Made:
    names = {"resourceGroupName": "models", "workspaceName": "models-dev"}
    stack.create(WORKSPACE, "w", **names, description="Models")
    made = stack.create(ENDPOINT, "e", **NAMES, properties={"authMode": "Key"}, tags={"a": "b"})
    for name in ("blue", "green"):
        stack.create(
            DEPLOYMENT,
            name,
            **NAMES,
            deploymentName=name,
            sku={"name": "Default", "capacity": 1},
            properties={"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"},
        )
    properties = {"authMode": "Key", "traffic": {"blue": 100}}
    return stack.update(made, properties=properties)


def share(arm: Arm, **traffic: int) -> Any:  # noqa: ANN401 - JSON
    document = arm.get(FRAUD)
    document["properties"]["traffic"] = traffic
    return arm.done("PUT", FRAUD, document)


# ---- reading ----


def test_what_pulumi_deployed_is_read(arm: Arm, fraud: Made) -> None:
    document = arm.get(FRAUD)
    assert document["id"] == fraud.id
    assert document["type"] == "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
    assert document["tags"] == {"a": "b"}
    assert document["location"] == "westeurope"
    assert document["properties"]["traffic"] == {"blue": 100}
    assert document["properties"]["mirrorTraffic"] == {}
    assert document["properties"]["scoringUri"] == fraud.outputs["properties"]["scoringUri"]
    assert arm.get(SPACE.upper())["properties"]["description"] == "Models"


@pytest.mark.usefixtures("fraud")
def test_lists(arm: Arm) -> None:
    for path, names in (
        (SPACE.rpartition("/")[0], ["models-dev", "serving"]),
        (f"{SPACE}/onlineEndpoints", ["fraud"]),
        (f"{FRAUD}/deployments", ["blue", "green"]),
    ):
        assert [item["name"] for item in arm.get(path)["value"]] == names


def test_keys_are_those_of_the_provider(stack: Stack, arm: Arm, fraud: Made) -> None:
    del fraud
    token = f"{NATIVE}:machinelearningservices:listOnlineEndpointKeys"
    answer, _ = stack.life.invoke(token, NAMES)
    assert arm.send("POST", f"{FRAUD}/listKeys").json() == answer


# ---- changing ----


def test_a_change_of_traffic_is_drift(stack: Stack, arm: Arm, fraud: Made) -> None:
    answer = share(arm, blue=90, green=10)
    assert answer.json()["properties"]["provisioningState"] == "Succeeded"
    read = stack.read(fraud)
    assert read is not None
    assert read.inputs["properties"]["traffic"] == {"blue": 90, "green": 10}
    # Nothing else has changed.
    assert {**read.inputs, "properties": fraud.inputs["properties"]} == {
        name: value for name, value in fraud.inputs.items() if not name.startswith("__")
    }


@pytest.mark.usefixtures("fraud")
def test_an_operation_takes_time(arm: Arm) -> None:
    document = arm.get(FRAUD)
    document["properties"]["traffic"] = {"green": 100}
    first = arm.send("PUT", FRAUD, document)
    assert first.status_code == 200
    assert first.json()["properties"]["provisioningState"] == "Updating"
    assert "/mfeOperationsStatus/" in first.headers["Azure-AsyncOperation"]
    assert float(first.headers["retry-after-ms"]) >= 20


def test_a_patch_changes_capacity(stack: Stack, arm: Arm, fraud: Made) -> None:
    del fraud
    blue = f"{FRAUD}/deployments/blue"
    arm.done("PATCH", blue, {"sku": {"capacity": 3}})
    row = stack.store.get(NATIVE, DEPLOYMENT, blue)
    assert row is not None
    assert row.inputs["sku"] == {"name": "Default", "capacity": 3}


def test_an_endpoint_of_a_client(stack: Stack, arm: Arm, fraud: Made) -> None:
    del fraud
    spam = f"{SPACE}/onlineEndpoints/spam"
    body = {
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {"authMode": "Key", "provisioningState": "Creating"},
    }
    answer = arm.done("PUT", spam, body)
    assert answer.json()["identity"]["principalId"]
    row = stack.store.get(NATIVE, ENDPOINT, spam)
    assert row is not None
    assert row.inputs["properties"] == {"authMode": "Key"}
    assert row.inputs["endpointName"] == "spam"
    arm.done("DELETE", spam)
    assert stack.store.get(NATIVE, ENDPOINT, spam) is None
    assert arm.send("DELETE", spam).status_code == 204


@pytest.mark.usefixtures("fraud")
def test_a_change_that_ends_failed_says_why(stack: Stack, arm: Arm) -> None:
    rule = Fault(ENDPOINT, "OnlineEndpoints_CreateOrUpdate", "silent_rollback", message="Why: so")
    stack.store.add_fault(rule)
    with pytest.raises(HttpResponseError, match="so"):
        share(arm, blue=50, green=50)
    found = arm.get(FRAUD)["properties"]
    assert (found["traffic"], found["provisioningState"]) == ({"blue": 100}, "Failed")
    assert share(arm, green=100).json()["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.usefixtures("fraud")
def test_one_change_at_a_time(stack: Stack, arm: Arm) -> None:
    stack.store.add_fault(Fault(ENDPOINT, "OnlineEndpoints_CreateOrUpdate", "never_ready"))
    document = arm.get(FRAUD)
    arm.send("PUT", FRAUD, document)
    tags: dict[str, Any] = {"tags": {}}
    for method, body in (("PUT", document), ("PATCH", tags), ("DELETE", None)):
        with pytest.raises(HttpResponseError, match="in progress"):
            arm.send(method, FRAUD, body)
    row = stack.store.get(NATIVE, ENDPOINT, FRAUD)
    assert row is not None
    stack.store.put(eventual.released(row))
    assert share(arm, green=100).json()["properties"]["traffic"] == {"green": 100}


@pytest.mark.usefixtures("fraud")
def test_what_a_deployment_is_made_of_is_read(stack: Stack, arm: Arm) -> None:
    place = {"resourceGroupName": "models", "workspaceName": "models-dev"}
    uri = "https://examplemodels.blob.core.windows.net/fraud/1/"
    for kind, folder, properties in (
        ("ModelVersion", "models", {"modelUri": uri, "modelType": "mlflow_model"}),
        ("EnvironmentVersion", "environments", {"image": "example.azurecr.io/fraud:1"}),
        ("DataVersion", "data", {"dataType": "uri_folder", "dataUri": uri}),
    ):
        token = f"{NATIVE}:machinelearningservices:{kind}"
        stack.create(token, "v", **place, name="fraud", version="1", properties=properties)
        versions = f"{SPACE}/{folder}/fraud/versions"
        assert arm.get(f"{versions}/1")["properties"].items() >= properties.items()
        assert [item["name"] for item in arm.get(versions)["value"]] == ["1"]


def test_a_token_as_app_service_gives_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - only here

    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "sandbox")
    found = DefaultAzureCredential().get_token("https://management.azure.com/.default")
    assert (found.token, found.expires_on > time.time() + 3600) == ("sandbox", True)


# ---- refusals ----


def shares(**traffic: int) -> dict[str, Any]:
    return {"location": "westeurope", "properties": {"authMode": "Key", "traffic": traffic}}


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "status"),
    [
        ("GET", f"{FRAUD}-2", None, "ResourceNotFound", 404),
        ("DELETE", f"{FRAUD}/deployments/blue", None, "UserError", 400),
        ("PUT", FRAUD, shares(blue=90), "UserError", 400),
        ("PUT", FRAUD, shares(red=100), "UserError", 400),
        ("PUT", FRAUD, shares(blue=150, green=-50), "UserError", 400),
        ("PUT", f"{FRAUD}2", {"properties": {}}, "LocationRequired", 400),
        ("PUT", f"{SPACE}x/onlineEndpoints/abc", shares(), "ParentResourceNotFound", 400),
        ("PATCH", FRAUD, {"properties": {}}, "BadRequest", 400),
        ("GET", FRAUD.replace("0001", "0002"), None, "SubscriptionNotFound", 404),
        ("GET", f"{SPACE}/jobs/x", None, "NotImplementedInSandbox", 404),
    ],
)
@pytest.mark.usefixtures("fraud")
def test_refusals(  # noqa: PLR0917 - the columns of the table
    arm: Arm, method: str, path: str, body: object, code: str, status: int
) -> None:
    with pytest.raises(HttpResponseError) as caught:
        arm.send(method, path, body)
    response: Any = caught.value.response
    assert (response.json()["error"]["code"], response.status_code) == (code, status)


@pytest.mark.usefixtures("fraud")
def test_a_token_is_asked_for_and_not_sent_in_the_open(arm: Arm, url: str) -> None:
    with pytest.raises(ServiceRequestError, match="non-TLS"):
        arm.send("GET", FRAUD, enforce_https=True)
    arm.client = pipeline(url, HeadersPolicy())
    request = HttpRequest("GET", f"{url}{FRAUD}?api-version={VERSION}")
    response = arm.client.send_request(request)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "AuthenticationFailed"


@pytest.mark.usefixtures("fraud")
def test_rules_hit_calls(stack: Stack, arm: Arm) -> None:
    stack.store.add_fault(Fault(ENDPOINT, "OnlineEndpoints_Get", "fail", message="Gone: no"))
    with pytest.raises(HttpResponseError, match="Gone"):
        arm.get(FRAUD)
    assert arm.get(FRAUD)["name"] == "fraud"
    last = stack.store.events(operation="azureml:*")[-2:]
    assert [(event.operation, event.outcome) for event in last] == [
        ("azureml:OnlineEndpoints_Get", "Gone"),
        ("azureml:OnlineEndpoints_Get", "ok"),
    ]


# ---- the client that azure-ai-ml has inside ----


# Its schemas are written for the next version of their library, which says so.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("fraud")
def test_the_generated_client(url: str) -> None:
    from azure.ai.ml._restclient.arm_ml_service import (  # noqa: PLC0415 - takes seconds
        MachineLearningServicesMgmtClient,
    )

    subscription = SPACE.split("/")[2]
    client: Any = MachineLearningServicesMgmtClient(Credential(), subscription, base_url=url)
    names = ("models", "models-dev", "fraud")
    found = client.online_endpoints.get(*names, enforce_https=False)
    assert dict(found.properties.traffic) == {"blue": 100}
    found.properties.traffic = {"blue": 50, "green": 50}
    poller = client.online_endpoints.begin_create_or_update(*names, found, enforce_https=False)
    assert dict(poller.result().properties.traffic) == {"blue": 50, "green": 50}
    listed = client.online_deployments.list(*names, enforce_https=False)
    assert [item.name for item in listed] == ["blue", "green"]
    with pytest.raises(ResourceNotFoundError):
        client.online_deployments.get(*names, "red", enforce_https=False)


# Its schemas are written for the next version of their library, which says so.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("fraud")
def test_the_high_level_client_reads(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.ai.ml import MLClient  # noqa: PLC0415 - takes seconds

    monkeypatch.setenv("ARM_CLOUD_METADATA_URL", f"{url}/metadata/endpoints?api-version=2019-05-01")
    monkeypatch.setenv("AZUREML_CURRENT_CLOUD", "sandbox")
    client: Any = MLClient(Credential(), SPACE.split("/")[2], "models", "models-dev")
    assert client.online_endpoints.get("fraud").traffic == {"blue": 100, "green": 0}
    # Its updates ask for the workspace first, which it does over TLS only.
    with pytest.raises(ServiceRequestError, match="non-TLS"):
        client.workspaces.get("models-dev")
