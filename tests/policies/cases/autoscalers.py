"""Cases of rules about what scales pods."""

from typing import Any

from policies import Resource
from tests.policies.cases.resources import DEPLOYMENT, HPA, KSERVE, SCALED
from tests.policies.cases.table import UNKNOWN, Case, resource

CLASH = "resources/autoscaler-clash"
UNWIRED = "resources/autoscaler-unwired"
TARGET = "spec.scaleTargetRef.name"


def named(name: object, namespace: str = "models", **more: object) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, **more}}


def scaling(name: object, kind: object = "Deployment", namespace: str = "models") -> dict[str, Any]:
    return {
        **named("scaler", namespace),
        "spec": {"scaleTargetRef": {"kind": kind, "name": name}},
    }


def first(type_: str, properties: dict[str, Any]) -> tuple[Resource, ...]:
    return (resource("first", type_, properties),)


def server(name: object, namespace: str = "models", **spec: object) -> tuple[Resource, ...]:
    return first(DEPLOYMENT, {**named(name, namespace), "spec": spec})


def model(name: object, **annotations: object) -> tuple[Resource, ...]:
    given = {f"serving.kserve.io/{key}": value for key, value in annotations.items()}
    return first(KSERVE, {**named(name, annotations=given), "spec": {"predictor": {}}})


def clash(name: str, others: tuple[Resource, ...], *faults: str, target: object = "ranker") -> Case:
    return Case(CLASH, name, HPA, scaling(target), faults, others=others)


CASES = (
    clash("alone", ()),
    clash("nothing else of that name", first(HPA, scaling("other"))),
    clash("another one", first(SCALED, scaling("ranker")), TARGET),
    clash("another namespace", first(HPA, scaling("ranker", namespace="others"))),
    clash("another kind", first(HPA, scaling("ranker", "StatefulSet"))),
    clash("unknown", first(HPA, scaling(UNKNOWN))),
    Case(
        CLASH,
        "absent kind",
        SCALED,
        {**named("scaler"), "spec": {"scaleTargetRef": {"name": "fraud-predictor"}}},
        (TARGET,),
        others=model("fraud"),
    ),
    clash("KServe's", model("fraud"), TARGET, target="fraud-predictor"),
    clash(
        "KServe's, left alone",
        model("fraud", autoscalerClass="external"),
        target="fraud-predictor",
    ),
    clash("KServe's, perhaps", model("fraud", autoscalerClass=UNKNOWN), target="fraud-predictor"),
    clash("another model's", model("churn"), target="fraud-predictor"),
    Case(UNWIRED, "found", HPA, scaling("ranker"), others=server("ranker")),
    Case(UNWIRED, "a slip", HPA, scaling("ranker"), (TARGET,), others=server("rankr")),
    Case(UNWIRED, "nothing near", HPA, scaling("ranker"), others=server("rankr", "others")),
    Case(UNWIRED, "no server", HPA, scaling("ranker")),
    Case(
        UNWIRED,
        "a StatefulSet of that name",
        HPA,
        scaling("ranker"),
        (TARGET,),
        others=first("kubernetes:apps/v1:StatefulSet", named("ranker")),
    ),
    Case(UNWIRED, "a kind of others", HPA, scaling("ranker", "Rollout"), others=server("rankr")),
    Case(
        UNWIRED,
        "another kind of that name",
        HPA,
        scaling("ranker", "StatefulSet"),
        (TARGET,),
        others=server("ranker"),
    ),
    Case(UNWIRED, "unknown", HPA, scaling(UNKNOWN), others=server("ranker")),
    Case(UNWIRED, "unknown server", HPA, scaling("ranker"), others=server(UNKNOWN)),
)
