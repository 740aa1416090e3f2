"""What the stand-in of Google Cloud computes, refuses, updates and replaces."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack, urn

BUCKET = "gcp:storage/bucket:Bucket"
ACCOUNT = "gcp:serviceaccount/account:Account"
MEMBER = "gcp:projects/iAMMember:IAMMember"
BINDING = "gcp:storage/bucketIAMBinding:BucketIAMBinding"
VERTEX = "gcp:vertex/aiEndpoint:AiEndpoint"


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "store.sqlite", {"project": "example-models"})


def test_another_project_than_meant(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r'Error 403.*did you mean "example-models"'):
        Stack("gcp", tmp_path / "store.sqlite", {"project": "example-model"})


def test_google_ids_and_links(gcp: Stack) -> None:
    bucket = gcp.create(BUCKET, "b", location="EU")
    assert bucket.outputs["url"] == f"gs://{bucket.id}"
    endpoint = gcp.create(VERTEX, "e", name="7", displayName="e", location="europe-west1")
    assert endpoint.id == "projects/example-models/locations/europe-west1/endpoints/7"
    account = gcp.create(ACCOUNT, "a", accountId="runner")
    email = "runner@example-models.iam.gserviceaccount.com"
    assert account.outputs["email"] == email
    assert account.outputs["member"] == f"serviceAccount:{email}"


def test_google_labels(tmp_path: Path) -> None:
    settings = {"project": "example-models", "defaultLabels": {"team": "risk"}}
    gcp = Stack("gcp", tmp_path / "store.sqlite", settings)
    made = gcp.create(BUCKET, "b", location="EU", labels={"a": "b"})
    assert made.outputs["effectiveLabels"] == {
        "team": "risk",
        "a": "b",
        "goog-pulumi-provisioned": "true",
    }


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (BUCKET, {"location": "EU"}, {"location": "US"}, True),
        (BUCKET, {"location": "EU"}, {"location": "EU", "labels": {"a": "b"}}, False),
        (VERTEX, {"displayName": "a"}, {"displayName": "b"}, False),
        (VERTEX, {"network": "a"}, {"network": "b"}, True),
        (MEMBER, {"member": "a"}, {"member": "b"}, True),
        (BINDING, {"members": ["a"], "role": "r"}, {"members": ["b"], "role": "r"}, False),
        (BINDING, {"members": ["a"], "role": "r"}, {"members": ["a"], "role": "s"}, True),
    ],
)
def test_google_update_or_replace(
    gcp: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    assert bool(gcp.life.diff(urn(token, "x"), old, new, []).replacing) is replaces


def test_google_life(gcp: Stack) -> None:
    made = gcp.create(BUCKET, "b", location="EU")
    changed = gcp.update(made, labels={"a": "b"})
    read = gcp.read(changed)
    assert read is not None
    assert read.inputs["labels"] == {"a": "b"}
    gcp.delete(changed)
    assert gcp.read(changed) is None
