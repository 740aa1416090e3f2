"""Cases of rules about budgets of disruptions."""

from typing import Any

from policies import Resource
from tests.policies.cases.resources import DEPLOYMENT, HPA, SCALED
from tests.policies.cases.table import UNKNOWN, Case, resource

BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
BLOCKED = "resources/disruption-blocked"
MISSING = "resources/disruption-budget-missing"

LABELS = {"app": "ranker"}
PLACE = {"namespace": "models", "name": "ranker"}


def budget(labels: object = None, **spec: object) -> dict[str, Any]:
    selector = {"matchLabels": LABELS if labels is None else labels}
    return {"metadata": PLACE, "spec": {"selector": selector, **spec}}


def server(**spec: object) -> dict[str, Any]:
    return {"metadata": PLACE, "spec": {"template": {"metadata": {"labels": LABELS}}, **spec}}


def stack(*replicas: object) -> tuple[Resource, ...]:
    """Servers with these numbers of replicas; None: nothing is said."""
    return tuple(
        resource(f"server-{index}", DEPLOYMENT, server(**({} if n is None else {"replicas": n})))
        for index, n in enumerate(replicas)
    )


def scaled(kind: str, **bounds: object) -> tuple[Resource, ...]:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "ranker"}, **bounds}
    return (resource("scaler", kind, {"metadata": PLACE, "spec": spec}),)


def blocked(name: str, spec: dict[str, Any], others: tuple[Resource, ...], *faults: str) -> Case:
    return Case(BLOCKED, name, BUDGET, budget(**spec), faults, others=others)


def lone(name: str, replicas: object, *faults: str, others: tuple[Resource, ...] = ()) -> Case:
    given = {} if replicas is None else {"replicas": replicas}
    return Case(MISSING, name, DEPLOYMENT, server(**given), faults, others=others)


LEAST = "spec.minAvailable"
MOST = "spec.maxUnavailable"

CASES = (
    blocked("one may go", {"maxUnavailable": 1}, ()),
    blocked("nothing said", {}, stack(3)),
    blocked("none may go", {"maxUnavailable": 0}, (), MOST),
    blocked("none of a hundred may go", {"maxUnavailable": "0%"}, (), MOST),
    blocked("a share may go", {"maxUnavailable": "25%"}, stack(1)),
    blocked("all stay", {"minAvailable": "100%"}, (), LEAST),
    blocked("half stay", {"minAvailable": "50%"}, stack(2)),
    blocked("half of one stays", {"minAvailable": "50%"}, stack(1), LEAST),
    blocked("as many as there are", {"minAvailable": 2}, stack(2), LEAST),
    blocked("one fewer", {"minAvailable": 1}, stack(2)),
    blocked("the only one", {"minAvailable": 1}, stack(None), LEAST),
    blocked("as many as both have", {"minAvailable": 3}, stack(2, 1), LEAST),
    blocked("fewer than both have", {"minAvailable": 2}, stack(2, 1)),
    blocked("servers of another stack", {"minAvailable": 2}, ()),
    blocked(
        "of an autoscaler",
        {"minAvailable": 2},
        (*stack(None), *scaled(HPA, minReplicas=3, maxReplicas=9)),
    ),
    blocked(
        "all of an autoscaler's",
        {"minAvailable": 3},
        (*stack(None), *scaled(HPA, minReplicas=3, maxReplicas=9)),
        LEAST,
    ),
    blocked(
        "one of KEDA's, which has none",
        {"minAvailable": 1},
        (*stack(None), *scaled(SCALED, maxReplicaCount=5)),
        LEAST,
    ),
    Case(
        BLOCKED, "other labels", BUDGET, budget({"app": "other"}, minAvailable=2), others=stack(2)
    ),
    blocked("unknown", {"minAvailable": UNKNOWN}, stack(2)),
    blocked("unknown replicas", {"minAvailable": 2}, stack(UNKNOWN)),
    lone("one replica", 1),
    lone("absent replicas", None),
    lone("two replicas", 2, "spec.replicas"),
    lone("two replicas and a budget", 2, others=(resource("b", BUDGET, budget()),)),
    lone(
        "another's budget",
        2,
        "spec.replicas",
        others=(resource("b", BUDGET, budget({"app": "other"})),),
    ),
    lone(
        "at least two",
        None,
        "spec.replicas",
        others=scaled(HPA, minReplicas=2, maxReplicas=9),
    ),
    lone("at least one", None, others=scaled(HPA, maxReplicas=9)),
    lone(
        "another's autoscaler",
        1,
        others=(
            resource(
                "scaler",
                HPA,
                {
                    "metadata": PLACE,
                    "spec": {
                        "scaleTargetRef": {"kind": "Deployment", "name": "other"},
                        "minReplicas": 2,
                    },
                },
            ),
        ),
    ),
    lone("unknown", UNKNOWN),
    lone("unknown labels of the budget", 2, others=(resource("b", BUDGET, budget(UNKNOWN)),)),
)
