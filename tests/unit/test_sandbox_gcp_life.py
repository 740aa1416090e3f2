"""What resources of Google Cloud point to, and their life: changes, imports, deletions, states."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.clouds.gcp.kinds import KINDS
from sandbox.life import HalfDoneError
from sandbox.schema import Library, Property
from sandbox.store import Fault
from sandbox.wire import UNKNOWN
from tests.unit.sandbox_gcp import (
    ACCOUNT,
    ALERT,
    AT,
    BINDING,
    BUCKET,
    CLUSTER,
    FUNCTION,
    INVOKER,
    KEY,
    MEMBER,
    NETWORK,
    NUMBER,
    OBJECT,
    PLACE,
    POOL,
    PROJECT,
    RING,
    SERVICE,
    SUBNETWORK,
    SUBSCRIPTION,
    TEMPLATE,
    TOPIC,
    VERTEX,
    cluster,
    service,
)
from tests.unit.sandbox_life import Stack, urn


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "store.sqlite", {"project": PROJECT, "region": PLACE})


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
        (SUBSCRIPTION, {"topic": "events"}, 'topic "events" does not exist in .*; there is tip'),
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


@pytest.mark.parametrize(
    ("token", "inputs", "doubt"),
    [
        (OBJECT, {"bucket": "modelz", "content": "x"}, "bucket"),
        (OBJECT, {"bucket": "models", "content": "x"}, ""),
        (BINDING, {"bucket": "b/modelz", "role": "roles/viewer", "members": []}, "bucket"),
        (BINDING, {"bucket": "models", "role": "roles/viewer", "members": []}, ""),
    ],
)
def test_a_bucket_may_be_of_anybody(
    gcp: Stack, token: str, inputs: dict[str, Any], doubt: str
) -> None:
    gcp.create(BUCKET, "b", name="models", location="EU")
    made = gcp.create(token, "it", **inputs)
    told = gcp.life.doubts(made.urn, made.inputs, set())
    assert [each.path for each in told] == ([doubt] if doubt else [])
    assert all('it; did you mean "models"?' in each.reason for each in told)


def test_what_no_type_tells_of_may_be_there(gcp: Stack) -> None:
    """Pages of IAP, clusters of types without known ids, what Google makes beside a resource."""
    iap = "gcp:iap/webBackendServiceIamMember:WebBackendServiceIamMember"
    proc = "gcp:dataproc/clusterIAMMember:ClusterIAMMember"
    grant = {"role": "roles/viewer", "member": "allUsers"}
    gcp.create(iap, "i", webBackendService="be", **grant)
    gcp.create(proc, "p", cluster="c", **grant)
    policy = "gcp:pubsub/subscriptionIAMPolicy:SubscriptionIAMPolicy"
    made = gcp.create(policy, "s", subscription="s", policyData='{"bindings":[]}')
    assert gcp.life.doubts(made.urn, made.inputs, set()) == []
    source = {"storageSource": {"bucket": "sources", "object": "o"}}
    function = gcp.create(
        FUNCTION,
        "f",
        name="score_all",
        location=PLACE,
        buildConfig={"runtime": "python312", "source": source},
        serviceConfig={
            "secretEnvironmentVariables": [
                {"key": "K", "projectId": "other", "secret": "token", "version": "1"}
            ]
        },
    )
    gcp.create(INVOKER, "r", name="score-all", location=PLACE, **grant)
    with pytest.raises(RefusedError, match=r"secretVolumes\[0\].secret: secret \"token\""):
        gcp.update(
            function,
            serviceConfig={
                "secretVolumes": [{"mountPath": "/s", "projectId": PROJECT, "secret": "token"}]
            },
        )


@pytest.mark.parametrize(("automatic", "there"), [(None, True), (True, True), (False, False)])
def test_subnetworks_of_an_automatic_network(
    gcp: Stack, *, automatic: bool | None, there: bool
) -> None:
    gcp.create(NETWORK, "n", name="vpc", autoCreateSubnetworks=automatic)
    where = f"projects/{PROJECT}/regions/{PLACE}/subnetworks/vpc"
    if there:
        cluster(gcp, subnetwork=where, network="vpc")
    else:
        with pytest.raises(RefusedError, match=r"subnetwork .* does not exist"):
            cluster(gcp, subnetwork=where, network="vpc")


def test_numbers_of_endpoints(gcp: Stack) -> None:
    given = {"displayName": "e", "location": PLACE}
    made = gcp.create(VERTEX, "e", name="1234567890", **given)
    with pytest.raises(RefusedError, match=r"name: got 12345678901; .* up to 10 digits"):
        gcp.create(VERTEX, "f", name="12345678901", **given)
    # The service's own numbers are longer: an import names one.
    long = "1234567890123456789"
    assert gcp.problems(VERTEX, {"name": long, **given}) == []
    row = gcp.store.get("gcp", VERTEX, made.id)
    assert row is not None
    other = row.id.replace("1234567890", long)
    gcp.store.put(row.replace(id=other, name=long, inputs={**row.inputs, "name": long}))
    result = gcp.life.update(
        made.urn, other, {"name": long, **given}, {"name": long, **given}, set()
    )
    assert result.id == other


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


def test_a_function_stays_when_its_source_is_replaced(gcp: Stack) -> None:
    """The engine asks what depends on a resource that is deleted first, with unknown values."""
    old = {"buildConfig": {"runtime": "python312", "source": {"storageSource": {"object": "a"}}}}
    plan = gcp.life.diff(urn(FUNCTION, "f"), old, {"buildConfig": UNKNOWN}, [])
    assert [change.path for change in plan.changes] == ["buildConfig"]
    assert not plan.replacing


# ---- reading, importing, deleting ----


@pytest.mark.parametrize(
    "imported",
    [
        f"projects/{PROJECT}/locations/{PLACE}/services/score",
        f"{PROJECT}/{PLACE}/score",
        f"{PLACE}/score",
        f"projects/{NUMBER}/locations/{PLACE}/services/score",
        f"https://run.googleapis.com/v2/projects/{PROJECT}/locations/{PLACE}/services/score",
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


def test_a_grant_to_who_is_named_by_a_url_is_read(gcp: Stack) -> None:
    who = f"principalSet://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/p/*"
    made = gcp.create(MEMBER, "m", project=PROJECT, role="roles/viewer", member=who)
    assert gcp.read(made) is not None
    gcp.delete(made)
    assert gcp.read(made) is None


def test_what_is_there_stays_where_it_is(gcp: Stack) -> None:
    """Another region of the provider is for what is made from then on."""
    one = cluster(gcp)
    pool = gcp.create(POOL, "p", cluster="serving")
    subnetwork = gcp.create(SUBNETWORK, "s", network="default", ipCidrRange="10.0.0.0/24")
    assert pool.id.startswith(one.id)
    gcp.life.configure({"project": PROJECT, "region": "us-east1"})
    assert gcp.update(pool, nodeCount=2).outputs["location"] == PLACE
    changed = gcp.update(subnetwork, privateIpGoogleAccess=True)
    assert changed.outputs["region"] == PLACE
    read = gcp.read(changed)
    assert read is not None
    assert read.outputs["region"] == PLACE


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
    inside = cluster(gcp, name="in", subnetwork=subnetwork.id, deletionProtection=False)
    with pytest.raises(RefusedError, match="is being used by Cluster in"):
        gcp.delete(subnetwork)
    gcp.delete(inside)
    gcp.delete(subnetwork)
    way = {"destRange": "0.0.0.0/0", "nextHopGateway": "default-internet-gateway"}
    route = gcp.create("gcp:compute/route:Route", "r", network=network.id, **way)
    with pytest.raises(RefusedError, match="is being used by Route"):
        gcp.delete(network)
    gcp.delete(route)
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


def test_what_is_abandoned_stays(gcp: Stack) -> None:
    topic = gcp.create(TOPIC, "t", name="tip", deletionPolicy="ABANDON")
    gcp.delete(topic)
    gcp.create(SUBSCRIPTION, "s", topic=topic.id)
    with pytest.raises(RefusedError, match="exists already"):
        gcp.create(TOPIC, "t", name="tip")
    assert gcp.life.read(topic.urn, topic.id, {}, set()) is not None


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


def test_every_reference_is_a_path_of_the_sdk() -> None:
    library = Library("gcp")
    wrong: list[tuple[str, str]] = []
    for token, kind in KINDS.items():
        inputs = library.resource(token).inputs
        wrong += [(token, path) for path in kind.references if not _is_text(library, inputs, path)]
        for part in (*kind.parts, *kind.users):
            library.resource(part)
    assert wrong == []


def _is_text(library: Library, inputs: dict[str, Property], path: str) -> bool:
    declared = None
    properties: dict[str, Property] | None = inputs
    for name in path.split("."):
        if name == "[]":
            if declared is None or declared.kind != "array":
                return False
            declared = declared.of[0]
        elif properties is None or name not in properties:
            return False
        else:
            declared = properties[name].type
        nested = library.nested(declared.ref) if declared.kind == "ref" else None
        properties = nested.properties if nested else None
    return declared is not None and declared.kind == "string"


def test_an_update_replaces_a_default(gcp: Stack) -> None:
    made = gcp.create("gcp:storage/bucket:Bucket", "b", location="EU")
    assert made.outputs["storageClass"] == "STANDARD"
    assert gcp.update(made, storageClass="NEARLINE").outputs["storageClass"] == "NEARLINE"


def test_a_grant_with_another_condition_is_another_one(gcp: Stack) -> None:
    gcp.create(BUCKET, "b", name="models", location="EU")
    member = "gcp:storage/bucketIAMMember:BucketIAMMember"
    grant = {"bucket": "models", "role": "roles/storage.objectViewer", "member": "allUsers"}
    old, new = (
        gcp.create(
            member, name, **grant, condition={"title": "churn", "expression": f'"{name}" == ""'}
        )
        for name in ("old", "new")
    )
    assert old.id != new.id
    gcp.delete(old)
    assert gcp.read(new) is not None
    imported = "b/models roles/storage.objectViewer allUsers churn"
    assert gcp.life.read(new.urn, imported, {}, set()) is not None
