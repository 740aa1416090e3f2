"""Custom resources by their own definitions: schemas, defaults, rules in CEL, versions served."""

import copy
from pathlib import Path
from typing import Any

import pytest

from sandbox import eventual
from sandbox.clouds.base import RefusedError
from sandbox.clouds.kubernetes.cel import Rules
from sandbox.kinds import Kinds
from sandbox.kinds.modules import MODULES
from sandbox.wire import UNKNOWN
from tests.unit.sandbox_life import Stack

DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
MODEL = "kubernetes:models.example.com/v1:Model"

SPEC: dict[str, Any] = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9},
        "kind": {"type": "string", "enum": ["Small", "Large"], "default": "Small"},
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5, "nullable": True},
        "port": {"x-kubernetes-int-or-string": True},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "share": {"type": "number"},
        "at": {"type": "string", "format": "date-time"},
        "zones": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "parts": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "weight": {"type": "integer", "default": 1},
                },
            },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
        "from": {
            "type": "object",
            "properties": {"s3": {"type": "string"}, "gs": {"type": "string"}},
            "oneOf": [{"required": ["s3"]}, {"required": ["gs"]}],
        },
        "region": {
            "type": "string",
            "x-kubernetes-validations": [
                {"rule": "self == oldSelf", "message": "region is immutable"}
            ],
        },
        "other-name": {"type": "string"},
    },
    "x-kubernetes-validations": [
        {
            "rule": "self.kind != 'Large' || self.size >= 5",
            "messageExpression": "'a Large one has 5 or more, got ' + string(self.size)",
            "fieldPath": ".size",
        },
        {"rule": "!has(self.other__dash__name) || self.other__dash__name != 'x'"},
        {"rule": "!has(self.share) || self.share <= 0.5", "message": "share is at most half"},
    ],
}


def definition(spec: dict[str, Any] = SPEC) -> dict[str, Any]:
    schema = {"type": "object", "required": ["spec"], "properties": {"spec": spec}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "models.models.example.com"},
        "spec": {
            "group": "models.example.com",
            "scope": "Namespaced",
            "names": {"kind": "Model", "plural": "models"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def model(**spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "models.example.com/v1",
        "kind": "Model",
        "metadata": {"name": "m"},
        "spec": {"size": 1, **spec},
    }


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv(eventual.VARIABLE, "0")
    return Stack("kubernetes", tmp_path / "store.sqlite", {"context": "serving-dev"})


@pytest.fixture
def cluster(bare: Stack) -> Stack:
    bare.create(DEFINITION, "models", **definition())
    return bare


@pytest.mark.parametrize(
    ("spec", "path", "reason"),
    [
        ({"size": 0}, "spec.size", "at least 1"),
        ({"size": 10}, "spec.size", "at most 9"),
        ({"size": "1"}, "spec.size", "a whole number"),
        ({"size": None}, "spec.size", "missing required property"),
        ({"kind": "small"}, "spec.kind", 'did you mean "Small"'),
        ({"name": "abcdef"}, "spec.name", "at most 5"),
        ({"name": "A"}, "spec.name", "must match ^[a-z]+$"),
        ({"port": 0.5}, "spec.port", "a whole number or a string"),
        ({"sise": 1}, "spec.sise", 'did you mean "size"'),
        ({"labels": {"a": 1}}, 'spec.labels["a"]', "use a string"),
        ({"at": "yesterday"}, "spec.at", "a time"),
        ({"zones": ["a", "a"]}, "spec.zones[1]", "duplicate value"),
        ({"parts": [{"name": "a"}, {"name": "a"}]}, "spec.parts[1]", "duplicate value"),
        ({"parts": [{"weight": 1}]}, "spec.parts[0].name", "missing required property"),
        ({"parts": [{"name": n} for n in "abc"]}, "spec.parts", "at most 2"),
        ({"from": {}}, "spec.from", "exactly one of s3, gs"),
        ({"from": {"s3": "a", "gs": "b"}}, "spec.from", "exactly one of s3, gs"),
        ({"kind": "Large", "size": 4}, "spec.size", "a Large one has 5 or more, got 4"),
        ({"other-name": "x"}, "spec", "failed rule"),
        ({"share": 1}, "spec", "share is at most half"),
    ],
)
def test_what_a_definition_refuses(
    cluster: Stack, spec: dict[str, Any], path: str, reason: str
) -> None:
    (problem,) = cluster.problems(MODEL, model(**spec))
    assert problem.path == path
    assert reason in problem.reason


@pytest.mark.parametrize(
    "spec",
    [
        {"size": 9},
        {"name": None},
        {"kind": None},
        {"port": 80},
        {"port": "http"},
        {"free": {"any": [{"thing": 1}]}},
        {"labels": {"a": "b"}},
        {"at": "2026-01-31T12:00:00Z"},
        {"zones": ["a", "b"]},
        {"parts": [{"name": "a"}, {"name": "b"}]},
        {"from": {"s3": "a"}},
        {"kind": "Large", "size": 5},
        {"other-name": "y"},
        {"share": 0.5},
        {"share": 0},
        {"size": UNKNOWN, "kind": "Large"},
        {"from": UNKNOWN, "zones": [UNKNOWN, "a", UNKNOWN]},
    ],
)
def test_what_a_definition_takes(cluster: Stack, spec: dict[str, Any]) -> None:
    assert cluster.problems(MODEL, model(**spec)) == []


def test_defaults_of_a_definition_are_outputs(cluster: Stack) -> None:
    made = cluster.create(MODEL, "m", **model(parts=[{"name": "a"}]))
    assert made.outputs["spec"]["kind"] == "Small"
    assert made.outputs["spec"]["parts"] == [{"name": "a", "weight": 1}]
    found = cluster.read(made)
    assert found is not None
    assert found.inputs == made.inputs


def test_rules_of_transition_judge_updates(cluster: Stack) -> None:
    made = cluster.create(MODEL, "m", **model(region="a"))
    assert cluster.update(made, spec={"size": 2, "region": "a"}).outputs["spec"]["size"] == 2
    with pytest.raises(RefusedError, match=r"spec\.region: region is immutable"):
        cluster.update(made, spec={"size": 1, "region": "b"})
    with pytest.raises(RefusedError, match=r"spec\.region: region is immutable"):
        cluster.preview_update(made, spec={"size": 1, "region": "b"})


def test_a_definition_as_the_sdk_spells_it(bare: Stack) -> None:
    spec = copy.deepcopy(SPEC)
    spec["properties"]["free"] = {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
    bare.create(DEFINITION, "models", **definition(spec))
    assert bare.problems(MODEL, model(free={"a": 1})) == []
    assert bare.problems(MODEL, model(freee={"a": 1}))


def test_what_a_program_has_defined_is_checked_deeper(bare: Stack) -> None:
    bare.create(DEFINITION, "models", **definition(SPEC))
    assert bare.problems(MODEL, model(size=1, region="a")) == []
    depth = bare.life.cloud.depth(MODEL)
    assert not depth.shape_only
    assert depth.source == "models.models.example.com of this cluster: schema, CEL"


def test_a_kind_that_nobody_defines_is_of_free_form(bare: Stack) -> None:
    assert bare.problems(MODEL, model(any={"thing": [1]})) == []
    assert bare.life.cloud.depth(MODEL).shape_only
    assert bare.create(MODEL, "m", **model(any=1)).outputs["spec"]["any"] == 1


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("name", "model.models.example.com", "metadata.name"),
        ("scope", "Everywhere", "spec.scope"),
        ("storage", False, "spec.versions"),
    ],
)
def test_definitions_that_are_wrong(bare: Stack, path: str, value: object, problem: str) -> None:
    given = definition()
    place: Any = {"name": given["metadata"], "scope": given["spec"]}.get(
        path, given["spec"]["versions"][0]
    )
    place[path] = value
    assert problem in [found.path for found in bare.problems(DEFINITION, given)]


# ---- kinds that the set-up has read ----


def known(path: str) -> None:
    kinds = Kinds()
    if kinds.get(*path.split("/")) is None:
        pytest.skip("the module with its definition could not be had at set-up")


PROJECTS: list[tuple[str, dict[str, Any], str]] = [
    (
        "serving.kserve.io/v1beta1:InferenceService",
        {"predictor": {"model": {"modelFormat": {"nam": "a"}}}},
        "spec.predictor.model.modelFormat",
    ),
    (
        "gateway.networking.k8s.io/v1:HTTPRoute",
        {"rules": [{"backendRefs": [{"name": "s"}]}]},
        "spec.rules[0].backendRefs[0]",
    ),
    (
        "gateway.networking.k8s.io/v1:HTTPRoute",
        {"rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "a"}}]}]},
        "spec.rules[0].matches[0].path",
    ),
    (
        "networking.istio.io/v1:DestinationRule",
        {
            "host": "a",
            "trafficPolicy": {
                "loadBalancer": {
                    "simple": "RANDOM",
                    "consistentHash": {"useSourceIp": True},
                }
            },
        },
        "spec.trafficPolicy.loadBalancer",
    ),
    (
        "monitoring.coreos.com/v1:PrometheusRule",
        {"groups": [{"name": "a", "interval": "5x", "rules": []}]},
        "spec.groups[0].interval",
    ),
    (
        "keda.sh/v1alpha1:ScaledObject",
        {"scaleTargetRef": {"name": "a"}, "triggers": [{"type": "cpu"}]},
        "spec.triggers[0].metadata",
    ),
    (
        "cert-manager.io/v1:Certificate",
        {"secretName": "a"},
        "spec.issuerRef",
    ),
    (
        "serving.knative.dev/v1:Service",
        {"template": {"spec": {"containers": [{"image": "a", "port": 80}]}}},
        "spec.template.spec.containers[0].port",
    ),
    ("nvidia.com/v1:ClusterPolicy", {"operator": {}, "drivers": {}}, "spec.drivers"),
]


@pytest.mark.parametrize(("token", "spec", "path"), PROJECTS)
def test_what_the_projects_definitions_refuse(
    bare: Stack, token: str, spec: dict[str, Any], path: str
) -> None:
    version, kind = token.split(":")
    known(f"{version}/{kind}")
    given = {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": spec}
    problems = bare.problems(f"kubernetes:{token}", given)
    assert any(problem.path.startswith(path) for problem in problems), problems


def test_a_version_that_is_not_served(bare: Stack) -> None:
    known("serving.kserve.io/v1beta1/InferenceService")
    given = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "InferenceService",
        "metadata": {"name": "x"},
    }
    message = 'no matches for kind "InferenceService" in version "serving.kserve.io/v1alpha2"'
    with pytest.raises(RefusedError, match=f"{message}; it is served as v1beta1"):
        bare.create("kubernetes:serving.kserve.io/v1alpha2:InferenceService", "x", **given)


def test_every_known_rule_can_be_judged() -> None:
    kinds, rules = Kinds(), Rules()
    texts = {
        text
        for name in kinds.names(custom=True)
        if (kind := kinds.get(*name)) is not None
        for text in rules.programs(kind.schema)
    }
    for text in sorted(texts):
        schema = {"x-kubernetes-validations": [{"rule": text}]}
        rules.problems({"a": "b"}, schema, {"a": "c"})
    assert rules.skipped == {}


def test_modules_are_pinned() -> None:
    text = (Path(__file__).parents[2] / "sandbox" / "kinds" / "go.sum").read_text()
    for module in MODULES:
        assert f"{module.path} {module.pinned()} h1:" in text
        assert f"{module.path} {module.pinned()}/go.mod h1:" in text


@pytest.mark.parametrize(
    ("alias", "found"), [("al2@v2026", True), ("al2", True), ("al2023@latest", False), ("@", False)]
)
def test_the_api_servers_own_find(alias: str, *, found: bool) -> None:
    schema = {"x-kubernetes-validations": [{"rule": "self.a.find('^[^@]+') == 'al2'"}]}
    assert (Rules().problems({"a": alias}, schema) == []) == found
