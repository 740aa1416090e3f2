"""What `serving render` takes from a preview: folders, order, and what it refuses to write."""

from collections.abc import Iterator
from typing import Any

import pytest

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.render_objects import Contents, WithheldSecret, contents

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "[secret]"
CANARY = "canary-5f2d"
PREFIX = "urn:pulumi:prod::model-serving::"
STACK = f"{PREFIX}pulumi:pulumi:Stack::model-serving-prod"
CHURN = f"{PREFIX}model-serving:index:InferenceService::churn"
NAMESPACE = f"{PREFIX}model-serving:index:ModelNamespace::models"
MODELS = {CHURN: "churn"}


def urn(kind: str, name: str) -> str:
    return f"{PREFIX}kubernetes:example.com/v1:{kind}::{name}"


def step(
    kind: str = "ConfigMap",
    name: str = "some",
    *,
    op: str = "create",
    manifest: dict[str, Any] | None = None,
    **state: Any,  # noqa: ANN401 - as the engine tells it
) -> dict[str, Any]:
    """One object of a preview, in namespace `models`."""
    inputs: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "models"},
    }
    return {
        "op": op,
        "urn": urn(kind, name),
        "newState": {
            "type": f"kubernetes:core/v1:{kind}",
            "custom": True,
            "parent": STACK,
            "inputs": inputs | (manifest or {}),
            **state,
        },
    }


def component(urn: str, **state: Any) -> dict[str, Any]:  # noqa: ANN401 - as the engine tells it
    kind = urn.split("::")[2]
    return {
        "op": "create",
        "urn": urn,
        "newState": {"type": kind, "custom": False, "parent": STACK, **state},
    }


def metadata(**more: object) -> dict[str, Any]:
    return {"metadata": {"name": "some", "namespace": "models", **more}}


def read(*steps: dict[str, Any], retained: bool = True) -> Contents:
    return contents(steps, MODELS, retained=retained)


def refused(*steps: dict[str, Any]) -> str:
    with pytest.raises(Failure) as said:
        read(*steps)
    assert said.value.code is Exit.ERROR
    assert CANARY not in str(said.value)
    return str(said.value)


def annotations(found: Contents) -> list[dict[str, str]]:
    return [o.manifest["metadata"].get("annotations", {}) for o in found.objects]


@pytest.mark.parametrize("op", ["same", "create", "update", "replace", "import"])
def test_what_remains_is_an_object(op: str) -> None:
    (found,) = read(step(op=op)).objects
    assert found.manifest["kind"] == "ConfigMap"


@pytest.mark.parametrize(
    "gone",
    [
        step(op="delete"),
        step(op="delete-replaced"),
        step(op="read"),
        step(op="same", external=True),
        {"op": "delete", "urn": urn("ConfigMap", "some"), "oldState": step()["newState"]},
        component(f"{PREFIX}kubernetes:helm.sh/v4:Chart::chart"),
        component(f"{PREFIX}kubernetes:helm.sh/v4:Chart::chart", inputs={"chart": "vllm"}),
    ],
)
def test_what_is_gone_or_not_applied_is_none(gone: dict[str, Any]) -> None:
    assert read(gone) == Contents((), ())


def test_charts_stay_with_pulumi() -> None:
    """An add-on of the cluster is no object: it is left out, and said."""
    release = "kubernetes:helm.sh/v3:Release"
    made = step()
    made["urn"] = f"{PREFIX}model-serving:index:ClusterAddOns${release}::keda"
    made["newState"] |= {"type": release, "inputs": {"chart": "keda"}}
    found = read(made, step())
    assert found.charts == ("keda",)
    assert len(found.objects) == 1


def test_an_object_that_only_gitops_applies_is_an_object_too() -> None:
    assert len(read(step(custom=False)).objects) == 1


@pytest.mark.parametrize(
    ("steps", "folder"),
    [
        ([component(CHURN), step(parent=CHURN)], "models/churn"),
        # Further down in the model's component.
        (
            [
                component(CHURN),
                component(f"{CHURN}-part", parent=CHURN),
                step(parent=f"{CHURN}-part"),
            ],
            "models/churn",
        ),
        # Something else of the model's name.
        (
            [component(f"{PREFIX}x:y:Z::churn"), step(parent=f"{PREFIX}x:y:Z::churn")],
            "namespaces/models",
        ),
        ([step()], "namespaces/models"),
        (
            [step("Namespace", "models", manifest={"metadata": {"name": "models"}})],
            "namespaces/models",
        ),
        ([step("ClusterRole", "r", manifest={"metadata": {"name": "r"}})], "cluster"),
    ],
)
def test_each_object_has_its_folder(steps: list[dict[str, Any]], folder: str) -> None:
    assert [o.folder for o in read(*steps).objects] == [folder]


def test_pulumis_own_annotations_are_left_out() -> None:
    asked = {"pulumi.com/waitFor": "condition=Ready", "serving.kserve.io/deploymentMode": "Knative"}
    (found,) = annotations(read(step(manifest=metadata(annotations=asked))))
    assert found == {"serving.kserve.io/deploymentMode": "Knative"}
    only_pulumi = {"pulumi.com/patchForce": "true"}
    (plain,) = read(step(manifest=metadata(annotations=only_pulumi))).objects
    assert "annotations" not in plain.manifest["metadata"]


WAVE = "argocd.argoproj.io/sync-wave"


def waves(*steps: dict[str, Any]) -> dict[str, str]:
    found = read(*steps).objects
    return {
        o.manifest["metadata"]["name"]: o.manifest["metadata"].get("annotations", {}).get(WAVE, "0")
        for o in found
    }


def in_churn(name: str, *needs: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    made = {"metadata": {"name": name, "namespace": "models"}}
    return step("ConfigMap", name, manifest=made, parent=CHURN, dependencies=list(needs), **more)


def test_waves_follow_what_an_update_waits_for() -> None:
    stash = f"{PREFIX}pulumi:index:Stash::between"
    found = waves(
        component(CHURN),
        in_churn("first"),
        in_churn("second", urn("ConfigMap", "first")),
        # By way of a resource that is no object, and by the longest of several ways.
        component(stash, custom=True, dependencies=[urn("ConfigMap", "second")]),
        in_churn("third", stash, urn("ConfigMap", "first")),
    )
    assert found == {"first": "0", "second": "1", "third": "2"}


def test_waves_see_what_the_component_around_depends_on() -> None:
    inner = f"{PREFIX}x:y:Inner::inner"
    found = waves(
        component(CHURN),
        component(inner, parent=CHURN, dependencies=[urn("ConfigMap", "first")]),
        in_churn("first"),
        in_churn("second") | {"newState": {**in_churn("second")["newState"], "parent": inner}},
    )
    assert found == {"first": "0", "second": "1"}


def test_who_depends_on_a_component_waits_for_all_of_it() -> None:
    inner = f"{PREFIX}x:y:Inner::inner"
    first = in_churn("first")
    first["newState"]["parent"] = inner
    found = waves(component(CHURN), component(inner, parent=CHURN), first, in_churn("last", inner))
    assert found == {"first": "0", "last": "1"}


def test_another_folder_makes_no_wave() -> None:
    """One model's object never waits for another model's."""
    found = waves(
        step("Namespace", "models", manifest={"metadata": {"name": "models"}}),
        component(CHURN, dependencies=[urn("Namespace", "models")]),
        in_churn("first"),
    )
    assert found == {"models": "0", "first": "0"}


def test_an_object_waits_for_no_sibling_by_depending_on_its_component() -> None:
    found = waves(component(CHURN), in_churn("first"), in_churn("second", CHURN))
    assert found == {"first": "0", "second": "0"}


PRUNE = "argocd.argoproj.io/sync-options"


@pytest.mark.parametrize(
    ("state", "retained", "kept"),
    [
        ({}, True, False),
        ({"protect": True}, True, True),
        ({"protect": True}, False, True),
        ({"retainOnDelete": True}, True, True),
        # In a hand-over everything is retained, which nobody asked for.
        ({"retainOnDelete": True}, False, False),
    ],
)
def test_what_pulumi_would_not_delete_is_not_pruned(
    state: dict[str, Any], *, retained: bool, kept: bool
) -> None:
    (found,) = annotations(read(step(**state), retained=retained))
    assert ("Prune=false" in found.get(PRUNE, "")) is kept
    assert ("kustomize.toolkit.fluxcd.io/prune" in found) is kept


def test_what_a_protected_environment_keeps_a_controller_may_prune() -> None:
    """Who takes it out of the folder is reviewed, and what is handed over is the controller's."""
    part = f"{CHURN.rpartition('::')[0]}$kubernetes:serving.kserve.io/v1beta1:InferenceService::c"
    (found,) = annotations(read(component(CHURN), step(parent=CHURN, protect=True) | {"urn": part}))
    assert PRUNE not in found


def test_a_patch_of_somebody_elses_object_is_merged_and_never_pruned() -> None:
    (found,) = annotations(
        read(step("ServiceAccount", type="kubernetes:core/v1:ServiceAccountPatch"))
    )
    assert "ServerSideApply=true" in found[PRUNE]
    assert found["kustomize.toolkit.fluxcd.io/ssa"] == "Merge"


def test_replicas_that_an_autoscaler_owns_are_left_out() -> None:
    spec: dict[str, Any] = {"spec": {"replicas": 2, "selector": {}}}
    (found,) = read(step("Deployment", manifest=spec, ignoreChanges=["spec.replicas"])).objects
    assert found.manifest["spec"] == {"selector": {}}
    (found,) = read(step("Deployment", manifest=spec)).objects
    assert found.manifest["spec"]["replicas"] == 2


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({"data": {"b": CANARY, "a": SECRET}}, ("a", "b")),
        ({"stringData": {"token": CANARY}, "data": {"a": CANARY}}, ("a", "token")),
        ({"data": SECRET}, ("all of data",)),
        ({"data": UNKNOWN}, ("all of data",)),
        ({"data": {"a": UNKNOWN}}, ("a",)),
    ],
)
def test_a_secret_with_values_is_withheld(values: dict[str, Any], keys: tuple[str, ...]) -> None:
    found = read(component(CHURN), step("Secret", manifest=values, parent=CHURN))
    assert found == Contents((), (WithheldSecret("models/churn", "some", "models", keys),))
    assert CANARY not in repr(found)


@pytest.mark.parametrize("values", [{}, {"data": {}}, {"type": "kubernetes.io/x"}])
def test_a_secret_without_values_is_an_object(values: dict[str, Any]) -> None:
    assert len(read(step("Secret", manifest=values)).objects) == 1


def test_a_secret_value_elsewhere_is_refused() -> None:
    said = refused(step(manifest={"data": {"a.b": ["x", SECRET]}}))
    assert "ConfigMap models/some: data['a.b'][1] is a secret" in said
    assert "fix: put the value into a Secret" in said


def unknown_steps() -> Iterator[Any]:
    role = f"{PREFIX}aws:iam/role:Role::churn-role"
    for op, waits in (("create", True), ("update", True), ("same", False)):
        yield pytest.param(
            {"op": op, "urn": role, "newState": {"type": "aws:iam/role:Role", "custom": True}},
            step(
                "ServiceAccount",
                manifest=metadata(annotations={"eks.amazonaws.com/role-arn": f"arn:{UNKNOWN}"}),
                propertyDependencies={"metadata": [role], "data": ["elsewhere"]},
            ),
            waits,
            id=op,
        )


@pytest.mark.parametrize(("role", "account", "waits"), list(unknown_steps()))
def test_a_value_that_is_not_known_yet_is_refused(
    role: dict[str, Any], account: dict[str, Any], *, waits: bool
) -> None:
    said = refused(role, account)
    place = "metadata.annotations['eks.amazonaws.com/role-arn']"
    assert f"ServiceAccount models/some: {place} is not known yet" in said
    assert ("waits for: aws:iam/role:Role churn-role" in said) is waits
    assert "serving up --env prod" in said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (step(manifest={"metadata": {"namespace": "models"}}), "metadata.name is made up anew"),
        (
            step(manifest=metadata(annotations={"pulumi.com/autonamed": "true"})),
            "metadata.name is made up anew",
        ),
        (
            step(type="kubernetes:helm.sh/v3:Release") | {"urn": urn("Release", "chart")},
            None,
        ),
    ],
)
def test_names_that_would_not_be_the_same_tomorrow(
    wrong: dict[str, Any], words: str | None
) -> None:
    if words is None:
        wrong["newState"]["inputs"] = {"chart": "vllm"}
        assert "is no Kubernetes object" in refused(wrong)
    else:
        assert words in refused(wrong)


def test_metadata_that_is_not_known_at_all() -> None:
    said = refused(step(manifest={"metadata": UNKNOWN}))
    assert said.startswith("1 problem;")
    assert "ConfigMap ?: metadata is not known yet" in said


def test_the_same_object_twice_is_refused() -> None:
    other = step() | {"urn": urn("ConfigMap", "other")}
    assert "ConfigMap models some: registered twice" in refused(step(), other)
    # Another version of the group is the same object, another group is not.
    of_group = {"apiVersion": "example.com/v1"}
    read(step(), other | {"newState": step(manifest=of_group)["newState"]})


def test_all_problems_are_told_at_once() -> None:
    said = refused(
        step("ConfigMap", "one", manifest={"data": {"a": SECRET}}),
        step("ConfigMap", "two", manifest={"data": {"a": UNKNOWN}}),
    )
    assert said.startswith("2 problems; nothing was written\n")
