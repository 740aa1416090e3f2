"""What the API server makes of an object: defaults, who owns its fields, what must stay."""

import copy
from pathlib import Path
from typing import Any

import pytest

from sandbox import eventual
from sandbox.clouds.base import RefusedError
from sandbox.clouds.kubernetes.defaults import filled
from sandbox.console.drift import DriftError, changed
from sandbox.store import Row
from tests.unit.sandbox_life import Made, Stack

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SERVICE = "kubernetes:core/v1:Service"
VIRTUAL_SERVICE = "kubernetes:networking.istio.io/v1:VirtualService"


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"context": "serving-dev"}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> Stack:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv(eventual.VARIABLE, "0")
    return Stack("kubernetes", tmp_path / "store.sqlite", settings)


def deployment(**spec: object) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    }
    given = {"selector": {"matchLabels": {"app": "x"}}, "template": template, **spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": given,
    }


def row(cluster: Stack, made: Made) -> Row:
    token = made.urn.split("::")[2]
    found = cluster.store.get("kubernetes", token, made.id)
    assert found is not None
    return found


def drift(cluster: Stack, made: Made, path: str, value: object, manager: str = "") -> None:
    cluster.store.put(changed(row(cluster, made), path, value, manager))


def test_what_the_server_refuses_nobody_can_set_by_hand(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment())
    with pytest.raises(DriftError, match=r"spec\.replicas: got -1; use at least 0"):
        drift(cluster, made, "spec.replicas", -1)
    labels = {"matchLabels": {"app": "y"}}
    with pytest.raises(DriftError, match=r"spec\.selector: field is immutable"):
        drift(cluster, made, "spec.selector", labels)
    drift(cluster, made, "spec.replicas", 0)


def refreshed(cluster: Stack, made: Made) -> Made:
    found = cluster.read(made)
    assert found is not None
    return Made(made.urn, made.id, found.inputs, found.outputs)


# ---- defaults ----


@pytest.mark.parametrize(
    ("kind", "group", "given", "path", "value"),
    [
        ("Deployment", "apps", {"spec": {}}, "spec.replicas", 1),
        ("Deployment", "apps", {"spec": {"replicas": 0}}, "spec.replicas", 0),
        ("Deployment", "apps", {"spec": {}}, "spec.strategy.rollingUpdate.maxSurge", "25%"),
        (
            "Deployment",
            "apps",
            {"spec": {"strategy": {"type": "Recreate"}}},
            "spec.strategy.rollingUpdate",
            None,
        ),
        ("StatefulSet", "apps", {"spec": {}}, "spec.podManagementPolicy", "OrderedReady"),
        ("DaemonSet", "apps", {"spec": {}}, "spec.updateStrategy.rollingUpdate.maxUnavailable", 1),
        ("Job", "batch", {"spec": {}}, "spec.backoffLimit", 6),
        ("Job", "batch", {"spec": {}}, "spec.completions", 1),
        ("Job", "batch", {"spec": {"parallelism": 2}}, "spec.completions", None),
        ("CronJob", "batch", {"spec": {}}, "spec.concurrencyPolicy", "Allow"),
        ("HorizontalPodAutoscaler", "autoscaling", {"spec": {}}, "spec.minReplicas", 1),
        ("Service", "", {"spec": {}}, "spec.type", "ClusterIP"),
        ("Service", "", {"spec": {"type": "NodePort"}}, "spec.externalTrafficPolicy", "Cluster"),
        ("Service", "", {"spec": {}}, "spec.externalTrafficPolicy", None),
        ("Secret", "", {}, "type", "Opaque"),
        ("Secret", "", {"stringData": {"a": "b"}}, "data.a", "Yg=="),
        ("NetworkPolicy", "networking.k8s.io", {"spec": {}}, "spec.policyTypes", ["Ingress"]),
        ("StorageClass", "storage.k8s.io", {}, "volumeBindingMode", "Immediate"),
        ("StatefulSet", "apps", {"spec": {}}, "spec.updateStrategy.rollingUpdate.partition", 0),
        (
            "StatefulSet",
            "apps",
            {"spec": {"updateStrategy": {"type": "RollingUpdate"}}},
            "spec.updateStrategy.rollingUpdate",
            None,
        ),
        ("Job", "batch", {"spec": {"backoffLimitPerIndex": 1}}, "spec.backoffLimit", 2**31 - 1),
        (
            "Job",
            "batch",
            {"metadata": {}, "spec": {"template": {"metadata": {"labels": {"a": "b"}}}}},
            "metadata.labels.a",
            "b",
        ),
        (
            "ReplicationController",
            "",
            {"spec": {"template": {"metadata": {"labels": {"a": "b"}}}}},
            "spec.selector.a",
            "b",
        ),
        (
            "HorizontalPodAutoscaler",
            "autoscaling",
            {"spec": {"behavior": {"scaleUp": {"selectPolicy": "Min"}}}},
            "spec.behavior.scaleDown.selectPolicy",
            "Max",
        ),
        (
            "LimitRange",
            "",
            {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}},
            "spec.limits",
            [
                {
                    "type": "Container",
                    "max": {"cpu": "1"},
                    "default": {"cpu": "1"},
                    "defaultRequest": {"cpu": "1"},
                }
            ],
        ),
        (
            "Service",
            "",
            {"spec": {"externalIPs": ["192.0.2.1"]}},
            "spec.externalTrafficPolicy",
            "Cluster",
        ),
        (
            "EndpointSlice",
            "discovery.k8s.io",
            {"ports": [{"port": 1}]},
            "ports",
            [{"port": 1, "name": "", "protocol": "TCP"}],
        ),
    ],
)
def test_what_the_server_fills_in(
    kind: str, group: str, given: dict[str, Any], path: str, value: object
) -> None:
    before = copy.deepcopy(given)
    found: Any = filled(kind, group, given)
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    assert found == value
    assert given == before


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("web:1", "IfNotPresent"),
        ("registry:5000/web", "Always"),
        ("registry:5000/web:1", "IfNotPresent"),
        ("web@sha256:0", "IfNotPresent"),
    ],
)
def test_how_images_are_pulled(image: str, policy: str) -> None:
    pod = {"spec": {"containers": [{"name": "x", "image": image}]}}
    assert filled("Pod", "", pod)["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_defaults_are_in_outputs_and_not_in_inputs(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment())
    assert made.outputs["spec"]["replicas"] == 1
    container = made.outputs["spec"]["template"]["spec"]["containers"][0]
    assert container["terminationMessagePolicy"] == "File"
    assert "replicas" not in made.inputs["spec"]
    again = refreshed(cluster, made)
    assert again.inputs == made.inputs
    assert not cluster.plan(again).changes


def test_a_service_keeps_its_address_and_ports(cluster: Stack) -> None:
    spec = {"type": "NodePort", "ports": [{"port": 80}], "selector": {"app": "x"}}
    made = cluster.create(SERVICE, "s", metadata={"name": "s"}, spec=spec)
    port = made.outputs["spec"]["ports"][0]
    assert (port["protocol"], port["targetPort"]) == ("TCP", 80)
    assert 30000 <= port["nodePort"] <= 32767
    labelled = cluster.update(made, metadata={"name": "s", "labels": {"a": "b"}})
    assert labelled.outputs["spec"] == made.outputs["spec"]
    with pytest.raises(RefusedError, match=r"spec\.clusterIP: field is immutable"):
        cluster.update(made, spec={**spec, "clusterIP": "10.100.255.1"})


# ---- who owns a field ----


def test_replicas_of_an_autoscaler_stay(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment())
    drift(cluster, made, "spec.replicas", 5, "kube-controller-manager")
    assert row(cluster, made).outputs["status"]["readyReplicas"] == 5
    again = refreshed(cluster, made)
    assert not cluster.plan(again).changes
    spec = {**made.inputs["spec"], "minReadySeconds": 3}
    after = cluster.update(again, spec=spec)
    assert after.outputs["spec"]["replicas"] == 5
    assert after.outputs["spec"]["minReadySeconds"] == 3


def test_replicas_that_the_program_gives_too_are_a_conflict(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment(replicas=2))
    drift(cluster, made, "spec.replicas", 5, "kube-controller-manager")
    again = refreshed(cluster, made)
    assert again.inputs["spec"]["replicas"] == 5
    message = (
        r'Apply failed with 1 conflict: conflict with "kube-controller-manager" with subresource'
        r' "scale" using apps/v1: \.spec\.replicas.*pulumi\.com/patchForce'
    )
    wanted = deployment(replicas=2)["spec"]
    with pytest.raises(RefusedError, match=message):
        cluster.update(again, spec=wanted)
    with pytest.raises(RefusedError, match=message):
        cluster.preview_update(again, spec=wanted)
    annotations = {"pulumi.com/patchForce": "true"}
    metadata = {"name": "web", "annotations": annotations}
    assert cluster.update(again, spec=wanted, metadata=metadata).outputs["spec"]["replicas"] == 2


def test_ignored_replicas_are_left_to_their_owner(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment(replicas=2))
    drift(cluster, made, "spec.replicas", 5, "kube-controller-manager")
    inputs = copy.deepcopy(made.inputs)
    inputs["spec"]["minReadySeconds"] = 3
    result = cluster.life.update(
        made.urn, made.id, made.inputs, inputs, set(), ignored=["spec.replicas"]
    )
    assert result.outputs["spec"]["replicas"] == 5
    assert result.outputs["spec"]["minReadySeconds"] == 3


def routes(first: int, **metadata: object) -> dict[str, Any]:
    shares = zip(("a", "b"), (first, 100 - first), strict=True)
    route = [{"destination": {"host": host}, "weight": weight} for host, weight in shares]
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "web", **metadata},
        "spec": {"hosts": ["web"], "http": [{"route": route}]},
    }


def test_an_ignored_list_is_left_to_whoever_changed_it(cluster: Stack) -> None:
    made = cluster.create(VIRTUAL_SERVICE, "web", **routes(90))
    drift(cluster, made, "spec.http[0].route[0].weight", 70, "rollouts")
    inputs = routes(90, labels={"team": "search"})
    result = cluster.life.update(
        made.urn, made.id, made.inputs, inputs, set(), ignored=["spec.http"]
    )
    assert result.outputs["spec"]["http"][0]["route"][0]["weight"] == 70
    assert result.outputs["metadata"]["labels"]["team"] == "search"


def test_an_ignored_item_of_a_list_is_not_left_alone(cluster: Stack) -> None:
    made = cluster.create(VIRTUAL_SERVICE, "web", **routes(90))
    drift(cluster, made, "spec.http[0].route[0].weight", 70, "rollouts")
    inputs = routes(90, labels={"team": "search"})
    with pytest.raises(RefusedError, match=r'conflict with "rollouts".*: \.spec\.http;'):
        cluster.life.update(
            made.urn,
            made.id,
            made.inputs,
            inputs,
            set(),
            ignored=["spec.http[0].route[0].weight"],
        )
    with pytest.raises(RefusedError, match="unable to parse field to ignore"):
        cluster.life.update(
            made.urn, made.id, made.inputs, inputs, set(), ignored=["spec.hosts.first"]
        )


def test_an_ignored_map_that_both_have_fields_in_is_kept_as_it_is(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment())
    drift(cluster, made, 'spec.template.metadata.labels["by"]', "somebody", "injector")
    inputs = deployment(minReadySeconds=3)
    inputs["spec"]["template"]["metadata"]["labels"] = {"app": "x", "by": "us"}
    result = cluster.life.update(
        made.urn, made.id, made.inputs, inputs, set(), ignored=["spec.template.metadata.labels"]
    )
    labels = result.outputs["spec"]["template"]["metadata"]["labels"]
    assert labels == {"app": "x", "by": "somebody"}
    assert result.outputs["spec"]["minReadySeconds"] == 3


@pytest.mark.parametrize("settings", [{"context": "serving-dev", "enableServerSideApply": False}])
def test_without_server_side_apply_nobody_is_asked(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment(replicas=2))
    drift(cluster, made, "spec.replicas", 5, "kube-controller-manager")
    drift(cluster, made, "metadata.labels", {"by": "hand"}, "somebody")
    after = cluster.update(made, spec={**made.inputs["spec"], "replicas": 3})
    assert after.outputs["spec"]["replicas"] == 3
    marked = {"app.kubernetes.io/managed-by": "pulumi"}
    assert made.inputs["metadata"]["labels"] == marked
    assert after.outputs["metadata"]["labels"] == {"by": "hand", **marked}


def test_what_another_client_of_the_user_did_is_repaired(cluster: Stack) -> None:
    made = cluster.create(CONFIG_MAP, "c", metadata={"name": "c"}, data={"a": "1", "b": "1"})
    drift(cluster, made, 'data["a"]', "2")
    again = refreshed(cluster, made)
    assert cluster.paths(again, data={"a": "1", "b": "1"}) == {"data.a": True}
    cluster.life.configure({"context": "serving-dev", "enableConfigMapMutable": True})
    assert cluster.update(again, data={"a": "1"}).outputs["data"] == {"a": "1"}


def test_what_the_program_gives_up_goes_and_what_others_added_stays(cluster: Stack) -> None:
    cluster.life.configure({"context": "serving-dev", "enableConfigMapMutable": True})
    made = cluster.create(CONFIG_MAP, "c", metadata={"name": "c"}, data={"a": "1", "b": "1"})
    drift(cluster, made, 'data["c"]', "3", "other")
    after = cluster.update(made, data={"a": "2"})
    assert after.outputs["data"] == {"a": "2", "c": "3"}
    assert row(cluster, after).inputs["data"] == {"a": "2"}


def test_lists_of_named_items_are_merged_and_others_replaced(cluster: Stack) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment())
    spec = copy.deepcopy(made.outputs["spec"]["template"]["spec"])
    spec["containers"].append({"name": "sidecar", "image": "sidecar:1"})
    drift(cluster, made, "spec.template.spec.containers", spec["containers"], "injector")
    wanted = deployment()["spec"]
    wanted["template"]["spec"]["containers"][0] |= {"image": "web:2", "args": ["a"]}
    after = cluster.update(made, spec=wanted)
    containers = {c["name"]: c for c in after.outputs["spec"]["template"]["spec"]["containers"]}
    assert containers.keys() == {"web", "sidecar"}
    assert containers["web"]["image"] == "web:2"
    wanted["template"]["spec"]["containers"][0]["args"] = ["b"]
    again = cluster.update(after, spec=wanted)
    first = again.outputs["spec"]["template"]["spec"]["containers"][0]
    assert first["args"] == ["b"]


def test_a_container_that_goes_takes_its_defaults_along(cluster: Stack) -> None:
    given = deployment()
    given["spec"]["template"]["spec"]["containers"].append({"name": "old", "image": "old:1"})
    made = cluster.create(DEPLOYMENT, "web", **given)
    after = cluster.update(made, spec=deployment()["spec"])
    containers = after.outputs["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in containers] == ["web"]


def test_what_exists_is_applied_to_when_the_provider_may(cluster: Stack) -> None:
    made = cluster.create(CONFIG_MAP, "one", metadata={"name": "a"}, data={"a": "x"})
    drift(cluster, made, 'data["b"]', "y", "other")
    cluster.life.configure({"context": "serving-dev", "upsertExistingObjects": True})
    with pytest.raises(RefusedError, match=r'conflict with "other" using v1: \.data\.b'):
        cluster.create(CONFIG_MAP, "two", metadata={"name": "a"}, data={"b": "z"})
    merged = cluster.create(CONFIG_MAP, "three", metadata={"name": "a"}, data={"c": "z"})
    assert merged.outputs["data"] == {"b": "y", "c": "z"}


# ---- patches ----


def test_a_patch_owns_its_fields_and_leaves_the_rest(cluster: Stack) -> None:
    made = cluster.create(CONFIG_MAP, "c", metadata={"name": "c"}, data={"a": "1"})
    patch = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "annotations": {"x": "y"}},
        "data": {"b": "2"},
    }
    patched = cluster.create(f"{CONFIG_MAP}Patch", "p", **patch)
    assert row(cluster, made).outputs["data"] == {"a": "1", "b": "2"}
    assert row(cluster, made).outputs["metadata"]["uid"] == made.outputs["metadata"]["uid"]
    assert refreshed(cluster, patched).inputs["data"] == {"b": "2"}
    after = cluster.update(patched, data={"b": "3"})
    assert row(cluster, made).outputs["data"] == {"a": "1", "b": "3"}
    conflicting = {**patch, "data": {"a": "9"}}
    with pytest.raises(RefusedError, match="Apply failed with 1 conflict"):
        cluster.create(f"{CONFIG_MAP}Patch", "q", **conflicting)
    cluster.delete(after)
    left = row(cluster, made).outputs
    assert left["data"] == {"a": "1"}
    assert "annotations" not in left["metadata"]


def test_a_patch_names_its_object(cluster: Stack) -> None:
    problems = cluster.problems(f"{CONFIG_MAP}Patch", {"data": {"a": "b"}})
    assert [problem.path for problem in problems] == ["metadata.name"]


# ---- what must stay ----


@pytest.mark.parametrize(
    ("token", "before", "after", "path"),
    [
        (
            "kubernetes:core/v1:PersistentVolumeClaim",
            {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
            {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            r'spec\.resources\.requests\["storage"\]',
        ),
        (
            "kubernetes:core/v1:PersistentVolumeClaim",
            {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
            {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "3Gi"}},
                "volumeMode": "Block",
            },
            r"spec\.volumeMode",
        ),
    ],
)
def test_an_update_of_what_must_stay_is_refused(
    cluster: Stack, token: str, before: dict[str, Any], after: dict[str, Any], path: str
) -> None:
    made = cluster.create(token, "x", metadata={"name": "x"}, spec=before)
    with pytest.raises(RefusedError, match=path):
        cluster.update(made, spec=after)
    with pytest.raises(RefusedError, match=path):
        cluster.preview_update(made, spec=after)


def test_a_claim_may_grow(cluster: Stack) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    token = "kubernetes:core/v1:PersistentVolumeClaim"
    made = cluster.create(token, "x", metadata={"name": "x"}, spec=spec)
    grown = {**spec, "resources": {"requests": {"storage": "2Gi"}}}
    assert cluster.update(made, spec=grown).outputs["spec"]["resources"] == grown["resources"]


def test_a_repeated_item_is_refused_by_an_apply(cluster: Stack) -> None:
    given = deployment()
    env = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    given["spec"]["template"]["spec"]["containers"][0]["env"] = env
    made = cluster.create(DEPLOYMENT, "web", **given)
    changed_spec = copy.deepcopy(given["spec"])
    changed_spec["replicas"] = 2
    with pytest.raises(RefusedError, match=r"env\[1\]: duplicate value"):
        cluster.update(made, spec=changed_spec)
