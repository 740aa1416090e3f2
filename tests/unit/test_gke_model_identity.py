from typing import Any

import pulumi
import pytest

from components.gcp.gke_model_identity import GkeModelIdentity
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model": "churn",
    "namespace": "models",
    "project": "example-models",
    "artifact_uris": ["gs://example-artifacts/churn/2.1.0/"],
}
_PRINCIPAL = (
    "principal://iam.googleapis.com/projects/210987654321/locations/global/"
    "workloadIdentityPools/example-models.svc.id.goog/subject/ns/models/sa/churn-identity"
)


def _made(**changes: object) -> Recorded:
    return record(GkeModelIdentity, "churn-identity", MINIMAL | changes)


def test_the_pods_own_principal_reads_below_the_artifact() -> None:
    recorded = _made()
    member = recorded.inputs["churn-identity-example-artifacts"]
    assert member["bucket"] == "example-artifacts"
    assert (member["member"], member["role"]) == (_PRINCIPAL, "roles/storage.objectViewer")
    assert member["condition"]["expression"] == (
        "resource.name.startsWith("
        '"projects/_/buckets/example-artifacts/objects/churn/2.1.0/") || '
        'api.getAttribute("storage.googleapis.com/objectListPrefix", "")'
        '.startsWith("churn/2.1.0/")'
    )
    # No Google service account, so nothing to annotate.
    metadata = recorded.inputs["churn-identity-service-account"]["metadata"]
    assert not metadata.get("annotations")
    assert recorded.outputs["principal"] == _PRINCIPAL


def test_a_path_without_a_slash_is_no_beginning_of_others() -> None:
    recorded = _made(artifact_uris=["gs://example-artifacts/churn/2.1.0"])
    expression = recorded.inputs["churn-identity-example-artifacts"]["condition"]["expression"]
    objects = "projects/_/buckets/example-artifacts/objects/churn/2.1.0"
    listed = 'api.getAttribute("storage.googleapis.com/objectListPrefix", "")'
    assert expression.split(" || ") == [
        f'resource.name == "{objects}"',
        f'resource.name.startsWith("{objects}/")',
        f'{listed} == "churn/2.1.0"',
        f'{listed}.startsWith("churn/2.1.0/")',
    ]


def test_a_bucket_is_one_grant_however_many_artifacts() -> None:
    uris = ["gs://one/a/1/", "gs://one/a/2/", "gs://two/a/3/", "gs://one/a/1/", "hf://x/y@z"]
    members = _made(artifact_uris=uris).of("gcp:storage/bucketIAMMember:BucketIAMMember")
    assert set(members) == {"churn-identity-one", "churn-identity-two"}
    expression = members["churn-identity-one"]["condition"]["expression"]
    assert expression.count("resource.name.startsWith") == 2
    assert "a/3" not in expression


def test_it_writes_below_its_outputs_by_a_grant_of_its_own() -> None:
    recorded = _made(output_uris=["gs://example-artifacts/scores/"])
    members = recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember")
    read = members["churn-identity-example-artifacts"]
    write = members["churn-identity-example-artifacts/outputs"]
    assert (read["role"], write["role"]) == (
        "roles/storage.objectViewer",
        "roles/storage.objectUser",
    )
    assert "scores/" not in read["condition"]["expression"]
    assert write["condition"]["expression"] == (
        'resource.name.startsWith("projects/_/buckets/example-artifacts/objects/scores/") || '
        'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("scores/")'
    )


def test_an_artifact_elsewhere_needs_no_grant() -> None:
    recorded = _made(artifact_uris=["hf://Qwen/Qwen2.5@abc"])
    assert set(recorded.types) == {"churn-identity", "churn-identity-service-account"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"artifact_uris": ["gs://bucket"]}, "artifact_uris: got 'gs://bucket'; use gs://bucket/"),
        ({"output_uris": ["gs://bucket"]}, "output_uris: got 'gs://bucket'; use gs://bucket/path"),
        ({"project": ""}, "project: got ''"),
        ({"namespace": None}, "namespace: got None"),
        ({"model": None}, "model: got None"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)
