"""Functions of pulumi-gcp that the stand-in answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack

PROJECT, NUMBER, PLACE = "example-models", "210987654321", "europe-west1"


@pytest.fixture
def gcp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    settings = {"project": PROJECT, "zone": f"{PLACE}-b"}
    return Stack("gcp", tmp_path / "store.sqlite", settings)


def ask(stack: Stack, token: str, **arguments: object) -> dict[str, Any]:
    answer, problems = stack.life.invoke(token, arguments)
    assert not problems, problems
    declared = stack.life.cloud.function(token)
    assert set(answer) == set(declared.results)
    return answer


def test_who_and_where(gcp: Stack) -> None:
    project = ask(gcp, "gcp:organizations/getProject:getProject")
    assert (project["projectId"], project["number"]) == (PROJECT, NUMBER)
    with pytest.raises(RefusedError, match='Project not found: example-model; did you mean "exa'):
        ask(gcp, "gcp:organizations/getProject:getProject", projectId="example-model")
    client = ask(gcp, "gcp:organizations/getClientConfig:getClientConfig")
    assert (client["project"], client["region"], client["zone"]) == (PROJECT, PLACE, f"{PLACE}-b")
    user = ask(gcp, "gcp:organizations/getClientOpenIdUserInfo:getClientOpenIdUserInfo")
    assert user["email"].endswith("@example-models.iam.gserviceaccount.com")


@pytest.mark.parametrize(
    ("token", "asked", "email"),
    [
        ("storage/getProject", {}, f"service-{NUMBER}@gs-project-accounts"),
        ("storage/getTransferProject", {}, f"project-{NUMBER}@storage-transfer-service"),
        ("bigquery/getDefault", {}, f"bq-{NUMBER}@bigquery-encryption"),
        (
            "accessapproval/getProject",
            {"projectId": PROJECT},
            f"service-p{NUMBER}@gcp-sa-accessapproval",
        ),
        ("accessapproval/getFolder", {"folderId": "12"}, "service-f12@gcp-sa-accessapproval"),
    ],
)
def test_the_accounts_that_services_act_as(
    gcp: Stack, token: str, asked: dict[str, str], email: str
) -> None:
    noun = token.rpartition("/")[2]
    found = ask(gcp, f"gcp:{token}ServiceAccount:{noun}ServiceAccount", **asked)
    whole = f"{email}.iam.gserviceaccount.com"
    assert whole in found.values()
    # A role can be granted to it, though nothing in the sandbox made it.
    gcp.create(
        "gcp:projects/iAMMember:IAMMember",
        "it",
        project=PROJECT,
        role="roles/viewer",
        member=f"serviceAccount:{whole}",
    )


def test_regions_and_zones(gcp: Stack) -> None:
    assert PLACE in ask(gcp, "gcp:compute/getRegions:getRegions")["names"]
    found = ask(gcp, "gcp:artifactregistry/getLocations:getLocations")
    assert PLACE in found["locations"]
    zones = ask(gcp, "gcp:compute/getZones:getZones")
    assert zones["names"] == [f"{PLACE}-b", f"{PLACE}-c", f"{PLACE}-d"]
    with pytest.raises(RefusedError, match="use europe-west1"):
        ask(gcp, "gcp:compute/getZones:getZones", region="europe-west11")


def test_versions_of_the_engine(gcp: Stack) -> None:
    token = "gcp:container/getEngineVersions:getEngineVersions"
    found = ask(gcp, token, location=PLACE)
    assert found["latestMasterVersion"] == found["validMasterVersions"][0]
    attached = ask(
        gcp,
        "gcp:container/getAttachedVersions:getAttachedVersions",
        location=PLACE,
        project=PROJECT,
    )
    assert attached["validVersions"][0].startswith("1.34.")
    older = ask(gcp, token, location=PLACE, versionPrefix="1.33.")
    assert [each[:5] for each in older["validMasterVersions"]] == ["1.33."]


def test_a_policy_document(gcp: Stack) -> None:
    bindings = [
        {"role": "roles/viewer", "members": ["user:b@c.d", "user:a@c.d"]},
        {"role": "roles/editor", "members": ["user:a@c.d"]},
    ]
    found = ask(gcp, "gcp:organizations/getIAMPolicy:getIAMPolicy", bindings=bindings)
    assert json.loads(found["policyData"]) == {
        "bindings": [
            {"members": ["user:a@c.d"], "role": "roles/editor"},
            {"members": ["user:a@c.d", "user:b@c.d"], "role": "roles/viewer"},
        ]
    }
    bucket = gcp.create("gcp:storage/bucket:Bucket", "b", location="EU")
    gcp.create(
        "gcp:storage/bucketIAMPolicy:BucketIAMPolicy",
        "p",
        bucket=bucket.id,
        policyData=found["policyData"],
    )


def test_what_is_there(gcp: Stack) -> None:
    cluster = gcp.create(
        "gcp:container/cluster:Cluster", "c", name="serving", location=PLACE, initialNodeCount=1
    )
    found = ask(gcp, "gcp:container/getCluster:getCluster", name="serving", location=PLACE)
    assert found["endpoint"] == cluster.outputs["endpoint"]
    assert found["masterAuths"] == [cluster.outputs["masterAuth"]]
    account = gcp.create("gcp:serviceaccount/account:Account", "a", accountId="runner")
    for given in ("runner", account.outputs["email"], account.id):
        found = ask(gcp, "gcp:serviceaccount/getAccount:getAccount", accountId=given)
        assert (found["email"], found["name"]) == (account.outputs["email"], account.id)
    bucket = gcp.create("gcp:storage/bucket:Bucket", "b", name="models", location="eu")
    assert ask(gcp, "gcp:storage/getBucket:getBucket", name="models")["url"] == "gs://models"
    ring = gcp.create("gcp:kms/keyRing:KeyRing", "r", name="r", location=PLACE)
    key = gcp.create("gcp:kms/cryptoKey:CryptoKey", "k", name="k", keyRing=ring.id)
    found = ask(gcp, "gcp:kms/getKMSKeyRing:getKMSKeyRing", name="r", location=PLACE)
    assert found["id"] == ring.id
    found = ask(gcp, "gcp:kms/getKMSCryptoKey:getKMSCryptoKey", name="k", keyRing=ring.id)
    assert found["id"] == key.id
    default = ask(gcp, "gcp:compute/getNetwork:getNetwork", name="default")
    assert len(default["subnetworksSelfLinks"]) == 2
    subnetwork = ask(gcp, "gcp:compute/getSubnetwork:getSubnetwork", name="default")
    assert subnetwork["ipCidrRange"] == "10.132.0.0/20"
    assert bucket.id == "models"


def test_secrets(gcp: Stack) -> None:
    secret = gcp.create(
        "gcp:secretmanager/secret:Secret", "s", secretId="token", replication={"auto": {}}
    )
    version = "gcp:secretmanager/secretVersion:SecretVersion"
    for text in ("old", "new"):
        gcp.create(version, text, secret=secret.id, secretData=text)
    token = "gcp:secretmanager/getSecretVersion:getSecretVersion"
    assert ask(gcp, token, secret="token")["secretData"] == "new"
    assert ask(gcp, token, secret=secret.id, version="1")["secretData"] == "old"
    with pytest.raises(RefusedError, match="was not found"):
        ask(gcp, token, secret="token", version="3")


@pytest.mark.parametrize(
    ("token", "arguments"),
    [
        ("gcp:container/getCluster:getCluster", {"name": "x", "location": PLACE}),
        ("gcp:storage/getBucket:getBucket", {"name": "x"}),
        ("gcp:serviceaccount/getAccount:getAccount", {"accountId": "x"}),
        ("gcp:compute/getNetwork:getNetwork", {"name": "x"}),
        ("gcp:secretmanager/getSecret:getSecret", {"secretId": "x"}),
        (
            "gcp:artifactregistry/getRepository:getRepository",
            {"repositoryId": "x", "location": PLACE},
        ),
    ],
)
def test_what_is_not_there(gcp: Stack, token: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="Error 404"):
        ask(gcp, token, **arguments)


def test_who_uses_the_keys_of_log_buckets(gcp: Stack) -> None:
    settings = ask(
        gcp, "gcp:logging/getProjectCmekSettings:getProjectCmekSettings", project=PROJECT
    )
    email = f"service-{NUMBER}@gcp-sa-logging.iam.gserviceaccount.com"
    assert (settings["serviceAccountId"], settings["kmsKeyName"]) == (email, None)
