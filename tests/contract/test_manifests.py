"""Rules that every emitted Kubernetes object keeps; each test's docstring is the rule."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.kinds import Kinds
from tests.contract.emitted import ENVIRONMENTS, KUBERNETES, Emitted, Object, examples, of, variants
from tests.contract.manifest_judges import (
    Cluster,
    guardrails,
    pod_templates,
    second_opinion,
    unrestricted,
)
from tests.judges.corpora import kubernetes
from tests.judges.corpora.definitions import definitions
from tests.judges.emission import grave
from tests.judges.scanners import tools
from tests.judges.scanners.findings import by_kube_score

# Pods that do not meet the Pod Security Standard `restricted`, by component and kind, and why.
UNRESTRICTED: Mapping[tuple[str, str], str] = {
    ("LLMInferenceService", "LLMInferenceService"): (
        "KServe's preset for the container says it (config/llmisvcconfig); the one for experts on"
        " several nodes adds capabilities for RDMA"
    ),
}

# Findings that a set of arguments asks for, by component and set, and why.
ASKED_FOR: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("ModelServer", "no probe"): {
        "resources/readiness-missing": "a server that answers no probe was asked for"
    },
}

SOURCES = [*KUBERNETES, *ENVIRONMENTS]
each = pytest.mark.parametrize("source", SOURCES)


@pytest.fixture(autouse=True)
def no_kubeconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    found = Kinds()
    if not found.names(custom=True) or not definitions():
        pytest.skip("the Go modules that carry the definitions cannot be had")
    return found


def emitted(source: str) -> tuple[Emitted, ...]:
    return examples(source) if source in ENVIRONMENTS else of(source)


def by_variant(source: str) -> dict[str, list[Emitted]]:
    found: dict[str, list[Emitted]] = {}
    for one in emitted(source):
        found.setdefault(one.variant, []).append(one)
    return found


@each
def test_every_variant_emits_objects(source: str) -> None:
    """Each set of arguments makes objects, and each is registered as the type that it says."""
    assert set(by_variant(source)) == (
        {source} if source in ENVIRONMENTS else set(variants(source))
    )
    for one in emitted(source):
        assert kubernetes.token(one.object) == one.token


@each
def test_the_api_server_takes_every_object(source: str, kinds: Kinds, tmp_path: Path) -> None:
    """Strict schemas, rules in CEL and the API server's own rules; a kind without schema fails."""
    assert kinds.known
    for variant, objects in by_variant(source).items():
        folder = tmp_path / variant
        folder.mkdir()
        assert Cluster(folder).refuses(objects) == []


@each
def test_programs_that_are_not_ours_take_every_object(source: str, kinds: Kinds) -> None:
    """kubernetes-validate on built-in kinds, jsonschema on the definitions of custom ones."""
    assert kinds.known
    assert [text for one in emitted(source) for text in second_opinion(one)] == []


@each
def test_pods_are_restricted(source: str) -> None:
    """Every pod meets the Pod Security Standard `restricted`, or is listed with the reason."""
    found = {one.object["kind"]: texts for one in emitted(source) if (texts := unrestricted(one))}
    listed = {kind for name, kind in UNRESTRICTED if name == source}
    assert {kind: texts for kind, texts in found.items() if kind not in listed} == {}
    assert listed <= found.keys(), "entries that are not needed"


@each
def test_guardrails_have_nothing_to_say(source: str) -> None:
    """Defaults and examples keep all guardrails as prod configures them, examples as each does.

    What a set of arguments asks for against a rule is listed with the reason, and is found.
    """
    for variant, objects in by_variant(source).items():
        found = guardrails(objects, "dev" if variant == "dev" else "prod")
        rules = {one.partition(":")[0] for one in found}
        assert rules == ASKED_FOR.get((source, variant), {}).keys(), found


# What KServe 0.20 labels the pods of its objects with (pkg/constants/constants.go); None is the
# object's name.
POD_LABELS: Mapping[str, Mapping[str, str | None]] = {
    "InferenceService": {"serving.kserve.io/inferenceservice": None},
    "InferenceGraph": {"serving.kserve.io/inferencegraph": None},
    "LLMInferenceService": {
        "app.kubernetes.io/name": None,
        "app.kubernetes.io/part-of": "llminferenceservice",
    },
}


def pod_labels(objects: list[Emitted]) -> list[Mapping[str, str]]:
    """The labels of all pods that come of objects."""
    found: list[Mapping[str, str]] = []
    for one in objects:
        metadata = one.object["metadata"]
        if made := POD_LABELS.get(one.object["kind"]):
            own = {key: value or metadata["name"] for key, value in made.items()}
            found.append({**metadata.get("labels", {}), **own})
        templates = pod_templates(one.object)
        found += [metadata.get("labels", {}) for _, metadata, _ in templates]
    return found


@each
def test_selectors_select_pods(source: str) -> None:
    """Services, budgets and policies are for pods that are there, or for all of a namespace."""
    for variant, objects in by_variant(source).items():
        pods = pod_labels(objects)
        for one in objects:
            spec = one.object.get("spec", {})
            wanted = {
                "Service": spec.get("selector"),
                "NetworkPolicy": spec.get("podSelector", {}).get("matchLabels"),
                "PodDisruptionBudget": spec.get("selector", {}).get("matchLabels"),
            }.get(one.object["kind"])
            if wanted:
                assert any(wanted.items() <= labels.items() for labels in pods), (variant, one)


@each
def test_kube_score_finds_nothing_grave(source: str) -> None:
    """What is listed with a reason apart; `make judges` has checkov too, and builds both."""
    program = tools.built()
    if program is None:
        pytest.skip("kube-score is not built; `python -m tests.judges manifests` does it")
    groups = {
        source if variant == source else f"{source} {variant}": [one.object for one in objects]
        for variant, objects in by_variant(source).items()
    }
    findings, _ = by_kube_score(program, groups)
    assert grave(findings) == []


# ---- the judges themselves: what is wrong with an object is said ----

JUDGES: dict[str, Callable[[Emitted, Path], list[str]]] = {
    "cluster": lambda one, folder: Cluster(folder).refuses([one]),
    "second opinion": lambda one, _: second_opinion(one),
    "pod security": lambda one, _: unrestricted(one),
    "guardrails": lambda one, _: guardrails([one]),
}
BOTH = ("cluster", "second opinion")
DEPLOYMENT, PREDICTOR = "Deployment", "InferenceService"
POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
SERVED = ("spec", "predictor", "model")
# Kind, place, what is put there (ABSENT: nothing), and who says something.
ABSENT = object()
Case = tuple[str, tuple[str | int, ...], object, tuple[str, ...]]
WRONG: list[Case] = [
    (DEPLOYMENT, ("spec", "replica"), 3, BOTH),
    (DEPLOYMENT, ("spec", "replicas"), "3", BOTH),
    (DEPLOYMENT, ("spec", "template"), ABSENT, BOTH),
    (DEPLOYMENT, (*CONTAINER, "imagePullPolicy"), "always", ("cluster",)),
    (DEPLOYMENT, ("spec", "selector", "matchLabels"), {"app": "other"}, ("cluster",)),
    (DEPLOYMENT, (*CONTAINER, "resources", "limits", "nvidia.com/gpu"), "0.5", ("cluster",)),
    (DEPLOYMENT, (*CONTAINER, "resources", "requests", "cpu"), "64", ("cluster",)),
    (DEPLOYMENT, (*CONTAINER, "resources", "requests", "nvidia.com/gpu"), "1", ("cluster",)),
    ("HorizontalPodAutoscaler", ("spec", "minReplicas"), 99, ("cluster",)),
    ("PodDisruptionBudget", ("spec", "minAvailable"), 1, ("cluster",)),
    ("Service", ("spec", "ports", 0, "port"), 99999, ("cluster",)),
    ("Ingress", ("spec", "rules", 0, "host"), "a_b", ("cluster",)),
    (DEPLOYMENT, (*CONTAINER, "securityContext", "privileged"), True, ("pod security",)),
    (DEPLOYMENT, (*POD, "hostNetwork"), True, ("pod security", "guardrails")),
    (DEPLOYMENT, (*CONTAINER, "image"), "registry/server:latest", ("guardrails",)),
    (DEPLOYMENT, ("metadata", "name"), "Upper_case", ("cluster",)),
    (PREDICTOR, ("spec", "predictr"), {}, BOTH),
    (PREDICTOR, ("spec", "predictor", "maxReplicas"), "many", BOTH),
    (PREDICTOR, ("spec", "predictor", "scaleMetric"), "latency", BOTH),
    (PREDICTOR, (*SERVED, "modelFormat", "name"), ABSENT, BOTH),
    (PREDICTOR, ("spec", "predictor", "minReplicas"), 9, ("cluster",)),
    (PREDICTOR, (*SERVED, "securityContext", "runAsUser"), 0, ("pod security",)),
    (PREDICTOR, ("apiVersion",), "serving.kserve.io/v9", BOTH),
    (PREDICTOR, ("kind",), "Unheard", BOTH),
]


def changed(one: Emitted, path: tuple[str | int, ...], value: object) -> Emitted:
    found: Object = copy.deepcopy(one.object)
    place: Any = found
    for name in path[:-1]:
        place = place[name]
    if value is ABSENT:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return replace(one, object=found, token=kubernetes.token(found))


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]} {case[1][-1]}")
def test_what_is_wrong_is_said(case: Case, kinds: Kinds, tmp_path: Path) -> None:
    """Each judge speaks of the mistakes that are in its field."""
    assert kinds.known
    kind, path, value, judges = case
    good = next(one for name in KUBERNETES for one in of(name) if one.object["kind"] == kind)
    bad = changed(good, path, value)
    for judge in judges:
        assert JUDGES[judge](bad, tmp_path), judge


def test_an_object_that_is_there_twice_is_refused(kinds: Kinds, tmp_path: Path) -> None:
    """Two objects of one kind and name are one too many."""
    assert kinds.known
    one = of("InferenceService")[0]
    (found,) = Cluster(tmp_path).refuses([one, replace(one, resource="another")])
    assert "exists already" in found


@pytest.mark.parametrize("name", KUBERNETES)
def test_pods_are_found(name: str) -> None:
    """The search for pods finds those of every object that names a container."""
    for one in of(name):
        assert bool(list(pod_templates(one.object))) == ("'containers':" in str(one.object)) or (
            "modelFormat" in str(one.object)
        )
