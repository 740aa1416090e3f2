"""What the stand-in of Google Cloud computes, refuses, updates, replaces and deletes."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.life import HalfDoneError
from sandbox.store import Fault
from tests.unit.sandbox_life import AUTONAMING, Made, Stack, urn

PROJECT, NUMBER, PLACE = "example-models", "210987654321", "europe-west1"
BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
ACCOUNT = "gcp:serviceaccount/account:Account"
MEMBER = "gcp:projects/iAMMember:IAMMember"
BINDING = "gcp:storage/bucketIAMBinding:BucketIAMBinding"
VERTEX = "gcp:vertex/aiEndpoint:AiEndpoint"
CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
SERVICE = "gcp:cloudrunv2/service:Service"
INVOKER = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
RING = "gcp:kms/keyRing:KeyRing"
KEY = "gcp:kms/cryptoKey:CryptoKey"
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"
SECRET = "gcp:secretmanager/secret:Secret"
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
FUNCTION = "gcp:cloudfunctionsv2/function:Function"
AT = {"location": PLACE}
TEMPLATE = {"containers": [{"image": "europe-docker.pkg.dev/p/r/i"}]}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "store.sqlite", {"project": PROJECT, "region": PLACE})


def service(gcp: Stack, name: str = "score", **more: object) -> Made:
    return gcp.create(SERVICE, name, name=name, location=PLACE, template=TEMPLATE, **more)


def cluster(gcp: Stack, **more: object) -> Made:
    given = {"name": "serving", "location": PLACE, "initialNodeCount": 1, **more}
    return gcp.create(CLUSTER, "c", **given)


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


def test_versions_of_secrets(gcp: Stack) -> None:
    secret = gcp.create(SECRET, "s", secretId="token", replication={"auto": {}})
    for number in ("1", "2"):
        made = gcp.create(SECRET_VERSION, number, secret=secret.id, secretData=number)
        assert (made.id, made.outputs["version"]) == (f"{secret.id}/versions/{number}", number)
    assert secret.outputs["name"] == f"projects/{NUMBER}/secrets/token"


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
            {"dashboardJson": "{}"},
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


# ---- references ----


def test_default_network_and_what_is_elsewhere(gcp: Stack) -> None:
    other = "projects/other/global/networks/vpc"
    own = f"projects/{NUMBER}/global/networks/default"
    for name, network in (("b", own), ("c", other)):
        gcp.create(VERTEX, name, displayName="e", location=PLACE, network=network)
    gcp.create(SUBNETWORK, "s", network="default", ipCidrRange="10.0.0.0/24")
    account = f"{NUMBER}-compute@developer.gserviceaccount.com"
    key = "projects/other/locations/x/keyRings/r/cryptoKeys/k"
    service(gcp, "a")
    gcp.create(
        SERVICE,
        "b",
        location=PLACE,
        template={"serviceAccount": account, "encryptionKey": key, **TEMPLATE},
    )
    agent = f"serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com"
    gcp.create(MEMBER, "m", project=PROJECT, role="roles/viewer", member=agent)


EMAIL = f"runner@{PROJECT}.iam.gserviceaccount.com"
WRONG = f"runnr@{PROJECT}.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (POOL, {"cluster": "servin", **AT}, r"cluster: Not found: .*clusters/servin.*did you mean"),
        (POOL, {"cluster": "serving", "location": "us-east1"}, "us-east1/clusters/serving"),
        (
            SUBNETWORK,
            {"network": "vpd", "ipCidrRange": "10.0.0.0/24"},
            'network "vpd" does not exist in project example-models; did you mean "vpc"',
        ),
        (
            SERVICE,
            {**AT, "template": {"serviceAccount": WRONG, **TEMPLATE}},
            f"did you mean.*{EMAIL}",
        ),
        (OBJECT, {"bucket": "modelz", "content": "x"}, 'bucket "modelz".*did you mean "models"'),
        (KEY, {"keyRing": f"projects/{PROJECT}/locations/x/keyRings/r"}, "key ring"),
        (TOPIC, {"kmsKeyName": "k"}, 'kmsKeyName: got "k"; use projects/<project>/locations'),
        (SUBSCRIPTION, {"topic": "tipp"}, 'topic "tipp".*did you mean "tip"'),
        (
            MEMBER,
            {"project": PROJECT, "role": "roles/viewer", "member": f"serviceAccount:{WRONG}"},
            f"member: service account {WRONG} does not exist",
        ),
        (
            MEMBER,
            {"project": PROJECT, "role": f"projects/{PROJECT}/roles/x", "member": "user:a@b.c"},
            "role: role .* does not exist",
        ),
        (
            INVOKER,
            {**AT, "name": "scor", "role": "roles/run.invoker", "member": "allUsers"},
            "name: .*services/scor does not exist; did you mean .*services/score",
        ),
        (
            ALERT,
            {
                "displayName": "a",
                "combiner": "OR",
                "conditions": [{"displayName": "c"}],
                "notificationChannels": [f"projects/{PROJECT}/notificationChannels/1"],
            },
            r"notificationChannels\[0\]: notification channel",
        ),
    ],
)
def test_what_is_not_there(gcp: Stack, token: str, inputs: dict[str, Any], message: str) -> None:
    cluster(gcp)
    service(gcp)
    gcp.create(NETWORK, "n", name="vpc")
    gcp.create(ACCOUNT, "a", accountId="runner")
    gcp.create(BUCKET, "b", name="models", location="EU")
    gcp.create(TOPIC, "t", name="tip")
    assert not gcp.problems(token, inputs)
    with pytest.raises(RefusedError, match=message):
        gcp.create(token, "it", **inputs)


def test_what_is_there(gcp: Stack) -> None:
    account = gcp.create(ACCOUNT, "a", accountId="runner")
    ring = gcp.create(RING, "r", name="r", location=PLACE)
    key = gcp.create(KEY, "k", name="k", keyRing=ring.id)
    network = gcp.create(NETWORK, "n", name="vpc")
    gcp.create(SUBNETWORK, "s", network=network.outputs["selfLink"], ipCidrRange="10.0.0.0/24")
    template = {"serviceAccount": account.outputs["email"], "encryptionKey": key.id, **TEMPLATE}
    gcp.create(SERVICE, "s", name="score", location=PLACE, template=template)
    member = account.outputs["member"]
    made = gcp.create(
        INVOKER, "i", name="score", location=PLACE, role="roles/run.invoker", member=member
    )
    at = f"projects/{PROJECT}/locations/{PLACE}/services/score"
    assert made.id == f"{at}/roles/run.invoker/{member}"
    # Granting again what is granted changes nothing.
    assert gcp.create(MEMBER, "1", project=PROJECT, role="roles/viewer", member=member).id == (
        gcp.create(MEMBER, "2", project=PROJECT, role="roles/viewer", member=member).id
    )


# ---- update or replace ----


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
        (SERVICE, {"template": {"timeout": "1s"}}, {"template": {"timeout": "2s"}}, False),
        (SERVICE, {"location": "a"}, {"location": "b"}, True),
        (KEY, {"purpose": "MAC"}, {"purpose": "ENCRYPT_DECRYPT"}, True),
    ],
)
def test_update_or_replace(
    gcp: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    assert bool(gcp.life.diff(urn(token, "x"), old, new, []).replacing) is replaces


# ---- reading, importing, deleting ----


@pytest.mark.parametrize(
    "imported",
    [
        f"projects/{PROJECT}/locations/{PLACE}/services/score",
        f"{PROJECT}/{PLACE}/score",
        f"{PLACE}/score",
    ],
)
def test_forms_of_imports(gcp: Stack, imported: str) -> None:
    made = service(gcp)
    read = gcp.life.read(made.urn, imported, {}, set())
    assert read is not None
    assert read.id == made.id
    assert read.inputs["template"] == TEMPLATE
    assert gcp.life.read(made.urn, f"{imported}x", {}, set()) is None


def test_a_grant_is_imported_with_blanks(gcp: Stack) -> None:
    made = gcp.create(MEMBER, "m", project=PROJECT, role="roles/viewer", member="allUsers")
    assert gcp.life.read(made.urn, f"{PROJECT} roles/viewer allUsers", {}, set()) is not None


def test_life(gcp: Stack) -> None:
    made = gcp.create(BUCKET, "b", location="eu")
    assert made.outputs["url"] == f"gs://{made.id}"
    changed = gcp.update(made, labels={"a": "b"})
    read = gcp.read(changed)
    assert read is not None
    assert read.inputs["labels"] == {"a": "b"}
    with pytest.raises(RefusedError, match="exists already"):
        gcp.create(BUCKET, "c", name=made.id, location="EU")
    gcp.delete(changed)
    assert gcp.read(changed) is None


def test_protection(gcp: Stack) -> None:
    made = service(gcp)
    with pytest.raises(RefusedError, match="deletionProtection: is true"):
        gcp.delete(made)
    gcp.delete(gcp.update(made, deletionProtection=False))
    topic = gcp.create(TOPIC, "t", deletionPolicy="PREVENT")
    with pytest.raises(RefusedError, match="deletionPolicy: is PREVENT"):
        gcp.delete(topic)


def test_a_bucket_goes_with_its_objects_when_forced(gcp: Stack) -> None:
    bucket = gcp.create(BUCKET, "b", location="EU")
    one = gcp.create(OBJECT, "o", bucket=bucket.id, name="a/b", content="x")
    assert one.id == f"{bucket.id}-a/b"
    with pytest.raises(RefusedError, match=r"holds 1 objects.*forceDestroy"):
        gcp.delete(bucket)
    gcp.delete(gcp.update(bucket, forceDestroy=True))
    assert gcp.read(one) is None


def test_what_goes_along_and_what_is_in_use(gcp: Stack) -> None:
    made = cluster(gcp, deletionProtection=False)
    pool = gcp.create(POOL, "p", cluster="serving", location=PLACE)
    network = gcp.create(NETWORK, "n", name="vpc")
    subnetwork = gcp.create(SUBNETWORK, "s", network=network.id, ipCidrRange="10.0.0.0/24")
    with pytest.raises(RefusedError, match="is being used by Subnetwork"):
        gcp.delete(network)
    gcp.delete(subnetwork)
    gcp.delete(network)
    gcp.delete(made)
    assert gcp.read(pool) is None
    one = service(gcp, deletionProtection=False)
    grant = gcp.create(
        INVOKER, "i", name="score", location=PLACE, role="roles/run.invoker", member="allUsers"
    )
    gcp.delete(one)
    assert gcp.read(grant) is None


def test_keys_are_never_gone(gcp: Stack) -> None:
    ring = gcp.create(RING, "r", name="r", location=PLACE)
    key = gcp.create(KEY, "k", name="k", keyRing=ring.id)
    assert key.outputs["primaries"][0]["state"] == "ENABLED"
    gcp.delete(key)
    gcp.delete(ring)
    with pytest.raises(RefusedError, match=r"exists already.*pulumi import"):
        gcp.create(RING, "r", name="r", location=PLACE)
    # What is left can be taken over, as the refusal says, but encrypts nothing.
    read = gcp.life.read(ring.urn, ring.id, {}, set())
    assert read is not None
    assert read.id == ring.id
    with pytest.raises(RefusedError, match=r"KMS key .* does not exist"):
        gcp.create(TOPIC, "t", kmsKeyName=key.id)


@pytest.mark.parametrize(
    ("live", "message"),
    [
        ({"trafficSplit": {"1": 100}}, ""),
        ({"trafficSplit": {"1": 90}}, "add up to 100, got 90"),
        ({"trafficSplit": {"2": 100}}, "2 is not deployed"),
        ({"trafficSplit": {"1": "x"}}, "a whole number"),
        ({"deployedModels": 1}, "a list"),
    ],
)
def test_drift_that_no_console_makes(gcp: Stack, live: dict[str, Any], message: str) -> None:
    made = gcp.create(VERTEX, "e", name="e", displayName="e", location=PLACE)
    row = gcp.store.get("gcp", VERTEX, made.id)
    assert row is not None
    deployed = {"deployedModels": [{"id": "1", "model": "m"}]}
    found = gcp.life.cloud.live_problems(row.replace(live={**deployed, **live}))
    assert [message in problem.reason for problem in found] == ([True] if message else [])


def test_states_that_are_passed(gcp: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0.00001")
    gcp.store.add_fault(Fault(CLUSTER, "create", "never_ready"))
    with pytest.raises(HalfDoneError, match="timeout while waiting"):
        cluster(gcp)
    row = gcp.store.list("gcp", CLUSTER)[0]
    assert row.live["status"] == "PROVISIONING"
    made = cluster(gcp, name="other")
    row = gcp.store.get("gcp", CLUSTER, made.id)
    assert row is not None
    assert row.live["status"] == "RUNNING"
