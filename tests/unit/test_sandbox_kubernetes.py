"""What the stand-in of Kubernetes computes, refuses, updates and replaces."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.diff import Plan
from sandbox.wire import UNKNOWN
from tests.unit.sandbox_life import Made, Stack, urn

INFERENCE_SERVICE = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return Stack("kubernetes", tmp_path / "store.sqlite", {"context": "serving-dev"})


def thing(kind: str, version: str, name: str | None = None, **parts: object) -> dict[str, Any]:
    metadata = {"name": name} if name else {}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


def deployment(**spec: object) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {"containers": [{"name": "x", "image": "y"}]},
    }
    given = {"selector": {"matchLabels": {"app": "x"}}, "template": template, **spec}
    return thing("Deployment", "apps/v1", "x", spec=given)


def service(uri: str, percent: int | None = None) -> dict[str, Any]:
    predictor: dict[str, Any] = {
        "model": {"modelFormat": {"name": "sklearn"}, "storageUri": uri},
    }
    if percent is not None:
        predictor["canaryTrafficPercent"] = percent
    return thing(
        "InferenceService", "serving.kserve.io/v1beta1", "churn", spec={"predictor": predictor}
    )


def changed_service(**predictor: object) -> dict[str, Any]:
    given = service("s3://a")
    given["spec"]["predictor"] |= predictor
    return given


def traffic(made: Made) -> dict[str, int]:
    found = made.outputs["status"]["components"]["predictor"]["traffic"]
    return {target["revisionName"][-5:]: target["percent"] for target in found}


def revisions(made: Made) -> tuple[str, str]:
    predictor = made.outputs["status"]["components"]["predictor"]
    names = (
        predictor.get("latestRolledoutRevision", ""),
        predictor.get("previousRolledoutRevision", ""),
    )
    return names[0][-5:], names[1][-5:]


# ---- clusters ----


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context": "serving-dve"}, 'context "serving-dve" does not exist.*mean "serving-dev"'),
        ({"kubeconfig": "contexts: [{name: other}]\ncurrent-context: other"}, 'context "other"'),
        ({"kubeconfig": "{no json"}, "the kubeconfig cannot be read"),
    ],
)
def test_another_cluster_than_meant(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        Stack("kubernetes", tmp_path / "store.sqlite", settings)


def test_the_context_of_a_kubeconfig(tmp_path: Path) -> None:
    text = "contexts: [{name: serving-prod}]\ncurrent-context: serving-prod"
    stack = Stack("kubernetes", tmp_path / "store.sqlite", {"kubeconfig": text})
    stack.create(NAMESPACE, "a", **thing("Namespace", "v1", "a"))
    assert stack.store.by_name("kubernetes", NAMESPACE, "a", account="serving-prod")
    other = Stack("kubernetes", tmp_path / "store.sqlite", {"context": "serving-dev"})
    assert other.create(NAMESPACE, "a", **thing("Namespace", "v1", "a")).id == "a"


# ---- objects ----


def test_an_object_gets_what_the_server_adds(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "x", **deployment(replicas=3))
    assert made.id == "default/x"
    metadata = made.outputs["metadata"]
    assert metadata["namespace"] == "default"
    assert re.fullmatch(r"[0-9a-f-]{36}", metadata["uid"])
    assert (metadata["generation"], metadata["resourceVersion"]) == (1, "1")
    assert made.outputs["status"]["readyReplicas"] == 3
    changed = cluster.update(made, spec={**made.inputs["spec"], "replicas": 4})
    after = changed.outputs["metadata"]
    assert (after["uid"], after["generation"]) == (metadata["uid"], 2)
    assert changed.outputs["status"]["readyReplicas"] == 4


def test_names_are_automatic(cluster: Stack) -> None:
    made = cluster.create(CONFIG_MAP, "Settings", data={"a": "b"})
    assert re.fullmatch(r"settings-[0-9a-f]{7}", made.inputs["metadata"]["name"])
    assert made.inputs["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    plan = cluster.life.diff(made.urn, made.inputs, {**made.inputs, "data": {"a": "c"}}, [])
    assert plan.replacing
    assert not plan.delete_first


def test_a_fixed_name_is_deleted_first(cluster: Stack) -> None:
    made = cluster.create(CONFIG_MAP, "c", metadata={"name": "fixed"}, data={"a": "b"})
    assert cluster.plan(made, data={"a": "c"}).delete_first


def test_namespaces_must_exist_and_take_their_content_with_them(cluster: Stack) -> None:
    where = {"metadata": {"name": "c", "namespace": "models"}}
    with pytest.raises(RefusedError, match='namespaces "models" not found in serving-dev'):
        cluster.create(CONFIG_MAP, "c", **where)
    space = cluster.create(NAMESPACE, "n", **thing("Namespace", "v1", "models"))
    made = cluster.create(CONFIG_MAP, "c", **where)
    assert made.id == "models/c"
    cluster.delete(space)
    assert cluster.read(made) is None


def test_a_preview_knows_the_name_and_not_the_uid(cluster: Stack) -> None:
    outputs = cluster.preview(CONFIG_MAP, "c", metadata={"name": "c"}).outputs
    assert outputs["metadata"] == {"namespace": "default", "name": "c"}
    deployed = cluster.preview(DEPLOYMENT, "x", **deployment())
    assert deployed.outputs["status"] is UNKNOWN


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        (DEPLOYMENT, deployment(selector={"matchLabels": {"app": "y"}}), "spec.template.metadata."),
        (CONFIG_MAP, {"metadata": {"name": "Upper_case"}}, "metadata.name"),
        (CONFIG_MAP, {"metadata": {"lables": {}}}, "metadata.lables"),
        (CONFIG_MAP, {"data": {"a": 1}}, 'data["a"]'),
        (INFERENCE_SERVICE, {**service("s3://a"), "apiVersion": "v1"}, "apiVersion"),
        (INFERENCE_SERVICE, {**service("s3://a"), "specs": {}}, "specs"),
        (INFERENCE_SERVICE, {**service("s3://a"), "spec": {}}, "spec.predictor"),
        (INFERENCE_SERVICE, service("s3://a", 101), "spec.predictor.canaryTrafficPercent"),
        (
            INFERENCE_SERVICE,
            changed_service(minReplicas=3, maxReplicas=1),
            "spec.predictor.minReplicas",
        ),
    ],
)
def test_what_is_refused(cluster: Stack, token: str, inputs: dict[str, Any], path: str) -> None:
    problems = cluster.problems(token, inputs)
    assert [problem.path[: len(path)] for problem in problems] == [path]


def test_a_kind_of_kubernetes_itself_that_does_not_exist(cluster: Stack) -> None:
    problems = cluster.problems("kubernetes:apps/v1:Deploiment", {})
    assert "did you mean kubernetes:apps/v1:Deployment" in problems[0].reason


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (DEPLOYMENT, {"spec": {"selector": {"a": 1}}}, {"spec": {"selector": {"a": 2}}}, True),
        (DEPLOYMENT, {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, False),
        (DEPLOYMENT, {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, True),
        (DEPLOYMENT, {"metadata": {"labels": {}}}, {"metadata": {"labels": {"a": "b"}}}, False),
        (
            INFERENCE_SERVICE,
            {"metadata": {"namespace": "a"}},
            {"metadata": {"namespace": "b"}},
            True,
        ),
        (INFERENCE_SERVICE, {"spec": {"predictor": {}}}, {"spec": {"predictor": {"x": 1}}}, False),
        ("kubernetes:batch/v1:Job", {"spec": {"template": 1}}, {"spec": {"template": 2}}, True),
    ],
)
def test_update_or_replace(
    cluster: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    assert bool(cluster.life.diff(urn(token, "x"), old, new, []).replacing) is replaces


SECRET = "kubernetes:core/v1:Secret"


@pytest.mark.parametrize(
    ("token", "settings", "immutable", "replaces"),
    [
        (CONFIG_MAP, {}, False, True),
        (CONFIG_MAP, {"enableConfigMapMutable": True}, False, False),
        (CONFIG_MAP, {"enableConfigMapMutable": True}, True, True),
        (SECRET, {}, False, True),
        (SECRET, {"enableSecretMutable": True}, False, False),
        (SECRET, {"enableConfigMapMutable": True}, False, True),
    ],
)
def test_settings_of_the_provider_say_what_content_replaces(
    cluster: Stack, token: str, settings: dict[str, Any], *, immutable: bool, replaces: bool
) -> None:
    cluster.life.configure({"context": "serving-dev", **settings})
    old, new = ({"data": {"a": value}, "immutable": immutable} for value in ("x", "y"))
    assert bool(cluster.life.diff(urn(token, "x"), old, new, []).replacing) is replaces


def test_a_fixed_name_in_another_namespace_is_made_first(cluster: Stack) -> None:
    def plan(namespace: str) -> Plan:
        old, new = (
            {"metadata": {"name": "a", "namespace": where}, "roleRef": role}
            for where, role in (("one", 1), (namespace, 2))
        )
        token = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
        return cluster.life.diff(urn(token, "a"), old, new, [])

    assert plan("one").delete_first
    assert plan("two").replacing
    assert not plan("two").delete_first


def test_another_cluster_replaces_everything_in_it(cluster: Stack) -> None:
    def replacing(old: dict[str, Any], new: dict[str, Any]) -> frozenset[str]:
        return cluster.life.diff_settings(old, new).replacing

    dev, prod = {"context": "serving-dev"}, {"context": "serving-prod"}
    assert replacing(dev, prod) == {"context"}
    assert replacing(dev, {**dev, "namespace": "models"}) == frozenset()
    assert replacing(dev, {"context": UNKNOWN}) == {"context"}


def test_what_exists_is_refused_unless_the_provider_may_take_it(cluster: Stack) -> None:
    cluster.create(CONFIG_MAP, "one", metadata={"name": "a"}, data={"a": "x"})
    with pytest.raises(RefusedError, match="exists already"):
        cluster.create(CONFIG_MAP, "two", metadata={"name": "a"}, data={"a": "y"})
    cluster.life.configure({"context": "serving-dev", "upsertExistingObjects": True})
    cluster.create(CONFIG_MAP, "two", metadata={"name": "a"}, data={"a": "y"})
    (row,) = cluster.store.list("kubernetes", CONFIG_MAP)
    assert row.inputs["data"] == {"a": "y"}


def test_a_helm_release_is_no_object(cluster: Stack) -> None:
    release = "kubernetes:helm.sh/v3:Release"
    made = cluster.create(release, "keda", chart="keda", name="keda", namespace="kube-system")
    assert made.id == "kube-system/keda"
    assert "metadata" not in made.inputs
    (doubt,) = cluster.life.doubts(made.urn, made.inputs, set())
    assert "keda is neither fetched nor rendered" in doubt.reason


# ---- KServe in Knative mode ----


def test_the_first_revision_gets_all_traffic(cluster: Stack) -> None:
    made = cluster.create(INFERENCE_SERVICE, "churn", **service("s3://1", 10))
    status = made.outputs["status"]
    assert status["url"] == "http://churn.default.example.com"
    conditions = {c["type"]: c["status"] for c in status["conditions"]}
    assert conditions["Ready"] == "True"
    assert traffic(made) == {"00001": 100}
    assert revisions(made) == ("00001", "")


def test_a_candidate_gets_its_share_until_it_is_promoted(cluster: Stack) -> None:
    stable = cluster.create(INFERENCE_SERVICE, "churn", **service("s3://1"))
    ten = cluster.update(stable, **service("s3://2", 10))
    assert traffic(ten) == {"00002": 10, "00001": 90}
    assert revisions(ten) == ("00001", "")
    fifty = cluster.update(ten, **service("s3://2", 50))
    assert traffic(fifty) == {"00002": 50, "00001": 50}
    promoted = cluster.update(fifty, **service("s3://2"))
    assert traffic(promoted) == {"00002": 100}
    assert revisions(promoted) == ("00002", "00001")
    next_one = cluster.update(promoted, **service("s3://3", 20))
    assert traffic(next_one) == {"00003": 20, "00002": 80}


def test_a_candidate_is_taken_back(cluster: Stack) -> None:
    stable = cluster.create(INFERENCE_SERVICE, "churn", **service("s3://1"))
    candidate = cluster.update(stable, **service("s3://2", 10))
    back = cluster.update(candidate, **service("s3://2", 0))
    assert traffic(back) == {"00002": 0, "00001": 100}


def test_a_share_on_what_is_rolled_out_goes_back_to_the_one_before(cluster: Stack) -> None:
    stable = cluster.create(INFERENCE_SERVICE, "churn", **service("s3://1"))
    promoted = cluster.update(stable, **service("s3://2"))
    pinned = cluster.update(promoted, **service("s3://2", 0))
    assert traffic(pinned) == {"00002": 0, "00001": 100}


def test_what_is_never_made_leaves_the_revision_before_it_serving(cluster: Stack) -> None:
    stable = cluster.create(INFERENCE_SERVICE, "churn", **service("s3://1"))
    wrong = service("s3://2", 10)
    wrong["spec"]["predictor"]["model"]["runtime"] = "nobody-has-it"
    broken = cluster.update(stable, **wrong)
    assert broken.outputs["status"]["conditions"][0]["reason"] == "RuntimeNotRecognized"
    assert traffic(broken) == {"00001": 100}
    repaired = cluster.update(broken, **service("s3://2", 10))
    assert traffic(repaired) == {"00002": 10, "00001": 90}


def test_tag_routing_gives_the_newest_revision_a_url(cluster: Stack) -> None:
    tagged = service("s3://a")
    tagged["metadata"]["annotations"] = {"serving.kserve.io/enable-tag-routing": "true"}
    made = cluster.create(INFERENCE_SERVICE, "churn", **tagged)
    (newest,) = made.outputs["status"]["components"]["predictor"]["traffic"]
    assert newest["tag"] == "latest"
    assert newest["url"].startswith("http://latest-churn-predictor.")


def test_a_canary_of_standard_mode_has_a_status(cluster: Stack) -> None:
    standard = service("s3://a")
    standard["metadata"]["annotations"] = {"serving.kserve.io/deploymentMode": "Standard"}
    model = {**standard["spec"]["predictor"]["model"], "name": "kserve-container"}
    canary = {"trafficPercent": 20, "predictor": {"name": "next", "model": model}}
    standard["spec"]["canary"] = [canary]
    status = cluster.create(INFERENCE_SERVICE, "churn", **standard).outputs["status"]
    assert status["canaryStatuses"] == [{"name": "next", "ready": True, "trafficPercent": 20}]
    assert "CanaryPredictorReady" in {each["type"] for each in status["conditions"]}


def test_labels_make_no_revision(cluster: Stack) -> None:
    stable = cluster.create(INFERENCE_SERVICE, "churn", **service("s3://1"))
    labelled = copy.deepcopy(service("s3://1"))
    labelled["metadata"]["labels"] = {"a": "b"}
    assert traffic(cluster.update(stable, **labelled)) == {"00001": 100}


def test_standard_mode_has_no_revisions(cluster: Stack) -> None:
    given = service("s3://1")
    given["metadata"]["annotations"] = {"serving.kserve.io/deploymentMode": "Standard"}
    made = cluster.create(INFERENCE_SERVICE, "churn", **given)
    assert made.outputs["status"]["deploymentMode"] == "Standard"
    assert "traffic" not in made.outputs["status"]["components"]["predictor"]


def test_a_slice_without_endpoints_is_taken(cluster: Stack) -> None:
    given = thing("EndpointSlice", "discovery.k8s.io/v1", "x", addressType="IPv4")
    assert cluster.problems("kubernetes:discovery.k8s.io/v1:EndpointSlice", given) == []


def test_how_deeply_kinds_are_checked(cluster: Stack) -> None:
    cloud = cluster.life.cloud
    assert INFERENCE_SERVICE in cloud.tokens()
    assert cloud.depth(INFERENCE_SERVICE).source.endswith(": schema, rules")
    route = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
    assert cloud.depth(route).source.endswith(": schema, CEL")
    assert cloud.depth("kubernetes:core/v1:PodList").source == "refused, as the provider does"
    gone = cloud.depth("kubernetes:batch/v1beta1:CronJob")
    assert gone.source == "not served by the cluster: refused when it is made"
    assert cloud.depth("kubernetes:extensions/v1beta1:Deployment").shape_only


POD_SPEC: dict[str, Any] = {"containers": [{"name": "x", "image": "y:1"}]}


def test_of_a_pod_only_the_image_may_change_and_the_way_out_is_said(cluster: Stack) -> None:
    made = cluster.create("kubernetes:core/v1:Pod", "x", **thing("Pod", "v1", "x", spec=POD_SPEC))
    other = {"containers": [{"name": "z", "image": "y:1"}]}
    with pytest.raises(RefusedError, match=r"spec\.containers\[0\]\.name: .* replace_on_changes="):
        cluster.update(made, **thing("Pod", "v1", "x", spec=other))
