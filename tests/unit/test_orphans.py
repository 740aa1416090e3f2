"""Which tagged objects are told of: the environment's own that the state does not know.

The clouds are the sandbox's, asked by each vendor's own client.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core import PipelineClient

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.orphaned import amazon, azure, google
from delivery.orphans import find
from sandbox.store import Fault, Row, Store
from stacks.settings.environment import Environment
from tests.unit.http_answers import serving
from tests.unit.sandbox_api import ACCOUNT, REGION, answering, put

OURS = {"model-serving:environment": "dev", "model-serving:model": "fraud"}
MODEL = "aws:sagemaker/model:Model"
ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with answering(tmp_path, monkeypatch) as store:
        yield store


def make(store: Store, arn: str, tags: dict[str, str], token: str = MODEL) -> None:
    put(store, token, arn, outputs={"arn": arn, "tagsAll": tags})


def site(account: str = ACCOUNT) -> Environment:
    aws = {"account_id": account, "region": REGION}
    kubernetes = {"context": "serving-dev"}
    return Environment.model_validate({"targets": {"aws": aws, "kubernetes": kubernetes}})


def clouds(*wanted: str) -> Environment:
    """A site of these alone."""
    azure = {"subscription_id": SUBSCRIPTION, "resource_group": "models", "location": "westeurope"}
    targets = {"gcp": {"project": PROJECT}, "azure": azure}
    return Environment.model_validate({"targets": {key: targets[key] for key in wanted}})


SUBSCRIPTION, PROJECT = "00000000-0000-0000-0000-000000000001", "example-models"
ROLE = "aws:iam/role:Role"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/fraud"
CASES = {
    "ours": (ARN + "lost", OURS, MODEL, True),
    "known to the state": (ARN + "known", OURS, MODEL, False),
    "known by another spelling": (LOGS, OURS, "aws:cloudwatch/logGroup:LogGroup", False),
    "of another environment": (
        ARN + "a",
        OURS | {"model-serving:environment": "prod"},
        MODEL,
        False,
    ),
    "without our tags": (ARN + "b", {"environment": "dev"}, MODEL, False),
    "of a node group": (ARN + "c", OURS | {"eks:nodegroup-name": "x"}, MODEL, False),
    "of a service of AWS": (ARN + "d", OURS | {"aws:autoscaling:groupName": "x"}, MODEL, False),
    "a record of a run": (ARN.replace("model/", "transform-job/") + "e", OURS, MODEL, False),
    "a role, which the API does not answer": (f"arn:aws:iam::{ACCOUNT}:role/f", OURS, ROLE, False),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_nobody_knows_is_told(store: Store, case: str) -> None:
    arn, tags, token, told = CASES[case]
    make(store, arn, tags, token)
    state = [{"id": "known", "outputs": {"arn": ARN + "known"}}, {"outputs": {"arn": f"{LOGS}:*"}}]
    found = find(site(), "dev", state)
    assert [(each.id, each.type, each.name, each.model) for each in found.orphans] == (
        [(arn, "sagemaker:model", "lost", "fraud")] if told else []
    )
    assert found.not_looked_at == [
        "Kubernetes: kubectl get all,isvc -A -l model-serving/environment=dev"
    ]


def test_every_page_is_read(store: Store) -> None:
    for number in range(120):
        make(store, f"{ARN}{number}", OURS)
    assert len(amazon.tagged(ACCOUNT, REGION, "dev")) == 120


def test_another_account_is_not_looked_at(store: Store) -> None:
    make(store, ARN + "lost", OURS)
    with pytest.raises(
        Failure, match=f"for AWS account {ACCOUNT}, and the environment is in 9"
    ) as no:
        find(site("999999999999"), "dev", [])
    assert no.value.code is Exit.AUTHENTICATION


# ---- Google Cloud ----

LABELS = {"model-serving-environment": "dev", "model-serving-model": "fraud"}
PLACE = f"projects/{PROJECT}/locations/europe-west4"
ENDPOINT, SERVICE = "gcp:vertex/aiEndpoint:AiEndpoint", "gcp:cloudrunv2/service:Service"
VERTEX_MODEL, BUCKET = "gcp:vertex/model:Model", "gcp:storage/bucket:Bucket"
CLUSTER = "gcp:container/cluster:Cluster"
BATCH_JOB = "gcp:vertex/batchPredictionJob:BatchPredictionJob"
# By what it is: type, id, labels, and what the state has as id; whether it is told.
ON_GOOGLE = {
    "ours": (ENDPOINT, f"{PLACE}/endpoints/1", LABELS, "", True),
    "known to the state": (SERVICE, f"{PLACE}/services/s", LABELS, f"{PLACE}/services/s", False),
    "known by the project's number": (
        SERVICE,
        f"{PLACE}/services/s",
        LABELS,
        "projects/123/locations/europe-west4/services/s",
        False,
    ),
    "a model known by its version": (
        VERTEX_MODEL,
        f"{PLACE}/models/7",
        LABELS,
        f"{PLACE}/models/7@2",
        False,
    ),
    "a bucket": (BUCKET, "fraud-models", LABELS, "", True),
    "a bucket known to the state": (BUCKET, "fraud-models", LABELS, "fraud-models", False),
    "a cluster of one zone": (
        CLUSTER,
        f"projects/{PROJECT}/zones/europe-west4-a/clusters/c",
        LABELS,
        f"projects/{PROJECT}/locations/europe-west4-a/clusters/c",
        False,
    ),
    "of another environment": (
        ENDPOINT,
        f"{PLACE}/endpoints/1",
        LABELS | {"model-serving-environment": "dev-2"},
        "",
        False,
    ),
    "made by GKE": (CLUSTER, f"{PLACE}/clusters/c", LABELS | {"goog-gke-node": ""}, "", False),
    "a key, which nobody can delete": (
        "gcp:kms/cryptoKey:CryptoKey",
        f"{PLACE}/keyRings/r/cryptoKeys/k",
        LABELS,
        "",
        False,
    ),
    "a record of a run": (BATCH_JOB, f"{PLACE}/batchPredictionJobs/1", LABELS, "", False),
}


def on_google(store: Store, token: str, name: str, labels: dict[str, str]) -> None:
    outputs = {"effectiveLabels": labels}
    row = Row("gcp", token, name, PROJECT, name=name.rpartition("/")[2], outputs=outputs)
    store.put(row)


@pytest.mark.parametrize("case", ON_GOOGLE)
def test_on_google_cloud_only_what_nobody_knows_is_told(store: Store, case: str) -> None:
    token, name, labels, known, told = ON_GOOGLE[case]
    on_google(store, token, name, labels)
    found = find(clouds("gcp"), "dev", [{"id": known, "outputs": {}}])
    assert [(each.id.partition(".com/")[2], each.name, each.model) for each in found.orphans] == (
        [(name, name.rpartition("/")[2], "fraud")] if told else []
    )
    assert found.looked_at == [
        f"Google Cloud project {PROJECT}, but for alert policies, and deployments within endpoints"
    ]
    assert not found.not_looked_at


def test_every_page_of_google_cloud_is_read(store: Store) -> None:
    for number in range(1200):
        on_google(store, ENDPOINT, f"{PLACE}/endpoints/{number}", LABELS)
    assert len(google.tagged(PROJECT, "dev")) == 1200


# ---- Azure ----

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
SPACE = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/w"
ONLINE = "azure-native:machinelearningservices:OnlineEndpoint"
VERSION = "azure-native:machinelearningservices:ModelVersion"
ON_AZURE = {
    "ours": (ONLINE, f"{SPACE}/onlineEndpoints/fraud", OURS, "", True),
    "known to the state": (
        ONLINE,
        f"{SPACE}/onlineEndpoints/fraud",
        OURS,
        f"{SPACE}/onlineEndpoints/fraud",
        False,
    ),
    "known in another case": (
        ONLINE,
        f"{SPACE}/onlineEndpoints/fraud",
        OURS,
        f"{SPACE}/onlineendpoints/FRAUD",
        False,
    ),
    "of another environment": (
        ONLINE,
        f"{SPACE}/onlineEndpoints/fraud",
        OURS | {"model-serving:environment": "prod"},
        "",
        False,
    ),
    "made by AKS": (
        "azure-native:network:PublicIPAddress",
        f"{GROUP}/Microsoft.Network/publicIPAddresses/p",
        OURS | {"aks-managed-cluster-name": "c"},
        "",
        False,
    ),
    "a version, which is not tracked": (VERSION, f"{SPACE}/models/m/versions/1", OURS, "", False),
}


def on_azure(store: Store, token: str, name: str, tags: dict[str, str]) -> None:
    place = {} if token == VERSION else {"location": "westeurope"}
    store.put(Row("azure-native", token, name, SUBSCRIPTION, inputs={"tags": tags, **place}))


@pytest.mark.parametrize("case", ON_AZURE)
def test_on_azure_only_what_nobody_knows_is_told(store: Store, case: str) -> None:
    token, name, tags, known, told = ON_AZURE[case]
    on_azure(store, token, name, tags)
    found = find(clouds("azure"), "dev", [{"id": known, "outputs": {}}])
    kind = "microsoft.machinelearningservices/workspaces/onlineendpoints"
    assert [(each.id, each.type, each.name, each.model) for each in found.orphans] == (
        [(name, kind, "fraud", "fraud")] if told else []
    )
    assert found.looked_at == [
        f"Azure subscription {SUBSCRIPTION}, but for versions of models, data and environments"
    ]
    assert not found.not_looked_at


def test_every_page_of_azure_is_read(store: Store) -> None:
    for number in range(2100):
        on_azure(store, ONLINE, f"{SPACE}/onlineEndpoints/{number}", OURS)
    assert len(azure.tagged(SUBSCRIPTION, "dev")) == 2100


class Anybody:
    """A client of Azure without a login."""

    def send_request(self, request: Any, **_: object) -> Any:  # noqa: ANN401 - azure-core's
        return PipelineClient[Any, Any](base_url="", policies=[]).send_request(request)


ANSWERS: dict[str, tuple[int, bytes, str]] = {
    "Azure's": (403, b'{"error": {"code": "Denied", "message": "not\\n you"}}', "Denied: not you"),
    "a login's": (401, b'{"error": "invalid_token"}', "invalid_token: Unauthorized"),
    "a proxy's page": (403, b"<html>no</html>", "403: Forbidden"),
    "nothing": (403, b"", "403: Forbidden"),
    "a page that is none": (200, b"<html>log in</html>", "it answers with no JSON object"),
    "a page that is a list": (200, b"[]", "it answers with no JSON object"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_azure_does_not_answer_so_is_told(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """None of it counts as an empty list."""
    status, body, says = ANSWERS[case]
    with serving(lambda _: (status, body)) as url:
        monkeypatch.setattr("provider.azure.clients.manager", lambda: (url, Anybody()))
        with pytest.raises(Failure, match="Azure cannot be asked: ") as told:
            azure.tagged(SUBSCRIPTION, "dev")
    assert str(told.value).splitlines()[0] == f"Azure cannot be asked: {says}"


REFUSALS = {
    "gcp": (
        Fault(
            "gcp:cloudasset/searchAllResources:searchAllResources",
            "SearchAllResources",
            "fail",
            code="PERMISSION_DENIED",
            message="Cloud Asset API has not been used in project 7 before or it is disabled.",
        ),
        (
            "--query=labels.model-serving-environment=dev --scope=projects/<project> "
            "(Google Cloud cannot be asked: PERMISSION_DENIED: Cloud Asset API has not been used"
        ),
    ),
    "azure": (
        Fault(
            "azure-native:resourcegraph:Resources",
            "Resources",
            "fail",
            message="AuthorizationFailed: no",
        ),
        (
            "Azure: az resource list --tag model-serving:environment=dev "
            "(Azure cannot be asked: AuthorizationFailed: no fix: log in (`az login`)"
        ),
    ),
}


@pytest.mark.parametrize("cloud", REFUSALS)
def test_a_cloud_that_refuses_is_told_and_the_other_is_looked_at(store: Store, cloud: str) -> None:
    on_google(store, ENDPOINT, f"{PLACE}/endpoints/1", LABELS)
    on_azure(store, ONLINE, f"{SPACE}/onlineEndpoints/fraud", OURS)
    fault, says = REFUSALS[cloud]
    store.add_fault(fault)
    found = find(clouds("gcp", "azure"), "dev", [])
    assert [each.vendor for each in found.orphans] == [{"gcp": "azure", "azure": "gcp"}[cloud]]
    (said,) = found.not_looked_at
    assert says in said
