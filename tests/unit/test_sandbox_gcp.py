"""What the stand-in of Google Cloud names, computes and refuses by inputs alone."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_gcp import (
    ACCOUNT,
    AT,
    BINDING,
    BUCKET,
    CHANNEL,
    CLUSTER,
    FUNCTION,
    KEY,
    MEMBER,
    NETWORK,
    NUMBER,
    PLACE,
    POOL,
    PROJECT,
    REPOSITORY,
    RING,
    SECRET,
    SECRET_VERSION,
    SERVICE,
    SUBNETWORK,
    TEMPLATE,
    TOPIC,
    VERTEX,
    cluster,
    service,
)
from tests.unit.sandbox_life import AUTONAMING, Stack, urn


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "store.sqlite", {"project": PROJECT, "region": PLACE})


# ---- the provider ----


def test_another_project_than_meant(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r'Error 403.*did you mean "example-models"'):
        Stack("gcp", tmp_path / "store.sqlite", {"project": "example-model"})


def test_a_zone_tells_the_region(tmp_path: Path) -> None:
    gcp = Stack("gcp", tmp_path / "store.sqlite", {"zone": "europe-west1-b"})
    made = gcp.create(SUBNETWORK, "s", network="default", ipCidrRange="10.0.0.0/24")
    assert made.id.startswith(f"projects/{PROJECT}/regions/europe-west1/subnetworks/s-")


def test_without_a_region_nothing_regional(tmp_path: Path) -> None:
    gcp = Stack("gcp", tmp_path / "store.sqlite", {})
    with pytest.raises(RefusedError, match="Cannot determine region"):
        gcp.create(SUBNETWORK, "s", network="default", ipCidrRange="10.0.0.0/24")


def test_resources_of_another_project(gcp: Stack) -> None:
    with pytest.raises(RefusedError, match=r'Error 403.*"example-mod".*did you mean'):
        gcp.create(TOPIC, "t", project="example-mod")
    gcp.create(TOPIC, "n", project=NUMBER)
    project = "gcp:organizations/project:Project"
    made = gcp.create(project, "p", projectId="example-more", name="More")
    assert gcp.create(TOPIC, "t", project=made.inputs["projectId"]).id.startswith(
        "projects/example-more/topics/"
    )


# ---- names, ids, outputs ----


@pytest.mark.parametrize(
    ("token", "inputs", "expected"),
    [
        (BUCKET, {"name": "models", "location": "EU"}, "models"),
        (VERTEX, {**AT, "name": "7", "displayName": "e"}, "locations/europe-west1/endpoints/7"),
        (ACCOUNT, {"accountId": "runner"}, f"serviceAccounts/runner@{PROJECT}.iam.gserviceaccount"),
        (NETWORK, {"name": "vpc"}, "global/networks/vpc"),
        (RING, {**AT, "name": "r"}, "locations/europe-west1/keyRings/r"),
        (TOPIC, {"name": "tip"}, "topics/tip"),
        (SECRET, {"secretId": "s", "replication": {"auto": {}}}, "secrets/s"),
        (
            REPOSITORY,
            {**AT, "repositoryId": "r", "format": "DOCKER"},
            "locations/europe-west1/repositories/r",
        ),
        (FUNCTION, {**AT, "name": "f"}, "locations/europe-west1/functions/f"),
        (SERVICE, {**AT, "name": "s", "template": {}}, "locations/europe-west1/services/s"),
        (CHANNEL, {"type": "email"}, "notificationChannels/"),
        ("gcp:projects/service:Service", {"service": "run.googleapis.com"}, "/run.googleapis.com"),
    ],
)
def test_ids(gcp: Stack, token: str, inputs: dict[str, Any], expected: str) -> None:
    made = gcp.create(token, "it", **inputs)
    assert expected in made.id
    assert token == BUCKET or PROJECT in made.id


@pytest.mark.parametrize(
    ("token", "inputs", "name", "longest"),
    [
        (ACCOUNT, {}, "accountId", 30),
        (SERVICE, {**AT, "template": TEMPLATE}, "name", 50),
        (NETWORK, {}, "name", 63),
        (BUCKET, {"location": "EU"}, "name", 222),
    ],
)
def test_automatic_names(
    gcp: Stack, token: str, inputs: dict[str, Any], name: str, longest: int
) -> None:
    made = gcp.create(token, "runner", **inputs)
    assert made.inputs[name].startswith("runner-")
    added, _ = gcp.life.check(urn(token, "r" * 300), inputs, {}, AUTONAMING)
    assert len(added[name]) == longest


def test_outputs_of_a_cluster_and_its_pools(gcp: Stack) -> None:
    made = cluster(gcp)
    assert made.outputs["masterVersion"].startswith("1.34")
    assert made.outputs["masterAuth"]["clusterCaCertificate"]
    assert made.outputs["selfLink"].endswith(f"/v1/{made.id}")
    for name, given in (("p", "serving"), ("q", made.id)):
        pool = gcp.create(POOL, name, cluster=given, location=PLACE, nodeCount=2)
        assert pool.id == f"{made.id}/nodePools/{pool.inputs['name']}"
        assert pool.outputs["version"] == made.outputs["masterVersion"]
        assert len(pool.outputs["managedInstanceGroupUrls"]) == 1


def test_revisions_of_a_service(gcp: Stack) -> None:
    made = service(gcp)
    assert made.outputs["uri"] == f"https://score-{NUMBER}.{PLACE}.run.app"
    first = made.outputs["latestReadyRevision"]
    assert first.startswith(f"{made.id}/revisions/score-00001-")
    assert made.outputs["terminalConditions"][0]["state"] == "CONDITION_SUCCEEDED"
    labelled = gcp.update(made, labels={"a": "b"})
    assert labelled.outputs["latestReadyRevision"] == first
    assert labelled.outputs["generation"] == "2"
    changed = gcp.update(labelled, template={"containers": [{"image": "i:2"}]})
    assert "/score-00002-" in changed.outputs["latestReadyRevision"]
    # Traffic goes to revisions that are there.
    old = first.rpartition("/")[2]
    kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
    split = gcp.update(changed, traffics=[{"type": kind, "revision": old, "percent": 100}])
    assert split.outputs["trafficStatuses"][0]["revision"] == old
    with pytest.raises(RefusedError, match=r'Revision "score-9" does not exist'):
        gcp.update(split, traffics=[{"type": kind, "revision": "score-9", "percent": 100}])


def test_labels(tmp_path: Path) -> None:
    settings = {"project": PROJECT, "defaultLabels": {"team": "risk"}}
    gcp = Stack("gcp", tmp_path / "store.sqlite", settings)
    made = gcp.create(BUCKET, "b", location="EU", labels={"a": "b"})
    assert made.outputs["effectiveLabels"] == {
        "team": "risk",
        "a": "b",
        "goog-pulumi-provisioned": "true",
    }


def test_who_writes_to_a_sink(gcp: Stack) -> None:
    sink = "gcp:logging/projectSink:ProjectSink"
    made = gcp.create(sink, "s", destination="storage.googleapis.com/logs")
    agent = f"service-{NUMBER}@gcp-sa-logging.iam.gserviceaccount.com"
    assert made.outputs["writerIdentity"] == f"serviceAccount:{agent}"


@pytest.mark.parametrize(
    ("token", "inputs", "output", "expected"),
    [
        (
            "gcp:projects/serviceIdentity:ServiceIdentity",
            {"service": "aiplatform.googleapis.com"},
            "member",
            f"serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com",
        ),
        (
            "gcp:projects/serviceIdentity:ServiceIdentity",
            {"service": "run.googleapis.com"},
            "email",
            f"service-{NUMBER}@serverless-robot-prod.iam.gserviceaccount.com",
        ),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            {"databaseVersion": "POSTGRES_17", "settings": {"tier": "db-custom-2-7680"}},
            "serviceAccountEmailAddress",
            f"service-{NUMBER}@gcp-sa-cloud-sql.iam.gserviceaccount.com",
        ),
        (
            "gcp:redis/instance:Instance",
            {"memorySizeGb": 1},
            "persistenceIamIdentity",
            f"serviceAccount:service-{NUMBER}@cloud-redis.iam.gserviceaccount.com",
        ),
    ],
)
def test_who_a_service_acts_as(
    gcp: Stack, token: str, inputs: dict[str, Any], output: str, expected: str
) -> None:
    who = gcp.create(token, "it", **inputs).outputs[output]
    assert who == expected
    member = who if ":" in who else f"serviceAccount:{who}"
    gcp.create(MEMBER, "m", project=PROJECT, role="roles/viewer", member=member)


def test_who_a_connection_acts_as(gcp: Stack) -> None:
    token = "gcp:bigquery/connection:Connection"
    made = gcp.create(token, "c", location="EU", cloudResource={})
    who = made.outputs["cloudResource"]["serviceAccountId"]
    assert who.startswith(f"bqcx-{NUMBER}-")
    again = gcp.update(made, description="x")
    assert again.outputs["cloudResource"]["serviceAccountId"] == who
    assert "cloudResource" not in gcp.create(token, "d", location="EU", spark={}).outputs


def test_versions_of_secrets(gcp: Stack) -> None:
    secret = gcp.create(SECRET, "s", secretId="token", replication={"auto": {}})
    for number in ("1", "2"):
        made = gcp.create(SECRET_VERSION, number, secret=secret.id, secretData=number)
        assert (made.id, made.outputs["version"]) == (f"{secret.id}/versions/{number}", number)
    assert secret.outputs["name"] == f"projects/{NUMBER}/secrets/token"
    # A replacement makes the next one before the one before it goes, again and again.
    for number in ("3", "4"):
        replacing = gcp.create(SECRET_VERSION, number, secret=secret.id, secretData=number)
        gcp.delete(made)
        made = replacing
        assert made.outputs["version"] == number


# ---- constraints ----


@pytest.mark.parametrize(
    ("token", "good", "bad", "path"),
    [
        (BUCKET, {"labels": {"team": "a-1"}}, {"labels": {"Team": "a"}}, 'labels["Team"]'),
        (BUCKET, {"labels": {"t": "é"}}, {"labels": {"t": "É"}}, 'labels["t"]'),
        (BUCKET, {"labels": {"t": "a" * 63}}, {"labels": {"t": "a" * 64}}, 'labels["t"]'),
        (MEMBER, {"member": "allUsers"}, {"member": "allusers"}, "member"),
        (MEMBER, {"member": "user:a@b.c"}, {"member": "a@b.c"}, "member"),
        (MEMBER, {"member": "group:a@b.c"}, {"member": "groups:a@b.c"}, "member"),
        (MEMBER, {"role": "roles/run.invoker"}, {"role": "run.invoker"}, "role"),
        (BINDING, {"members": ["user:a@b.c"]}, {"members": ["user:a@b.c", "b"]}, "members[1]"),
        (
            SERVICE,
            {"traffics": [{"percent": 90}, {"percent": 10, "tag": "a"}]},
            {"traffics": [{"percent": 90}]},
            "traffics",
        ),
        (
            SERVICE,
            {"template": {"scaling": {"minInstanceCount": 2, "maxInstanceCount": 2}}},
            {"template": {"scaling": {"minInstanceCount": 3, "maxInstanceCount": 2}}},
            "template.scaling.minInstanceCount",
        ),
        (
            POOL,
            {"autoscaling": {"minNodeCount": 1, "maxNodeCount": 1}},
            {"autoscaling": {"minNodeCount": 2, "maxNodeCount": 1}},
            "autoscaling.minNodeCount",
        ),
        (CLUSTER, {"enableAutopilot": True}, {"initialNodeCount": 0}, "initialNodeCount"),
        (KEY, {"rotationPeriod": "86400s"}, {"rotationPeriod": "86399s"}, "rotationPeriod"),
        (
            KEY,
            {"purpose": "MAC"},
            {"purpose": "MAC", "rotationPeriod": "86400s"},
            "rotationPeriod",
        ),
        (VERTEX, {"network": "projects/1/global/networks/n"}, {"network": "n"}, "network"),
        (VERTEX, {"trafficSplit": '{"1": 100}'}, {"trafficSplit": '{"1": 99}'}, "trafficSplit"),
        (
            SUBNETWORK,
            {"ipCidrRange": "10.0.0.0/24"},
            {"ipCidrRange": "10.0.0.0/33"},
            "ipCidrRange",
        ),
        (
            "gcp:monitoring/dashboard:Dashboard",
            {"dashboardJson": '{"displayName": "it"}'},
            {"dashboardJson": "{"},
            "dashboardJson",
        ),
    ],
)
def test_both_sides_of_constraints(
    gcp: Stack, token: str, good: dict[str, Any], bad: dict[str, Any], path: str
) -> None:
    def paths(inputs: dict[str, Any]) -> list[str]:
        return [problem.path for problem in gcp.problems(token, inputs)]

    assert path not in paths(good)
    assert path in paths(bad)


@pytest.mark.parametrize("closed", [False, True])
def test_a_clusters_doors(gcp: Stack, *, closed: bool) -> None:
    """It has a private address, a name, and a public address unless that is kept out."""
    made = cluster(
        gcp,
        location="europe-west1",
        privateClusterConfig={"enablePrivateNodes": True, "enablePrivateEndpoint": closed},
        masterAuthorizedNetworksConfig={},
    )
    private = made.outputs["privateClusterConfig"]
    assert private["privateEndpoint"].startswith("10.")
    assert bool(private["publicEndpoint"]) is not closed
    assert made.outputs["endpoint"] == (
        private["privateEndpoint"] if closed else private["publicEndpoint"]
    )
    name = made.outputs["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"]
    assert name.endswith(f"-{NUMBER}.europe-west1.gke.goog")
