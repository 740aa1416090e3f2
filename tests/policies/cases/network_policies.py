"""Cases of rules about NetworkPolicies."""

from typing import Any

from policies import Resource
from tests.policies.cases.resources import DEPLOYMENT, KSERVE, POD
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, resource

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
MISSING = "security/network-policy-missing"
OPEN = "security/network-policy-open"

# A selector of everything, and a rule or peer without a bound.
ALL: dict[str, Any] = {}
NOBODY: dict[str, Any] = {"to": []}
SERVER = {"app": "ranker", "tier": "server"}
LABELS = "spec.template.metadata.labels"


def server(labels: object = None, **metadata: object) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "models", **metadata},
        "spec": {"template": {"metadata": {"labels": SERVER if labels is None else labels}}},
    }


def policy(selector: object, namespace: object = "models", **spec: object) -> tuple[Resource, ...]:
    properties = {
        "metadata": {"namespace": namespace},
        "spec": {"podSelector": selector, **spec},
    }
    return (resource("policy", POLICY, properties),)


def lets(**spec: object) -> dict[str, Any]:
    return {"spec": {"podSelector": ALL, **spec}}


def missing(name: str, others: tuple[Resource, ...], *faults: str) -> Case:
    return Case(MISSING, name, DEPLOYMENT, server(), faults, others=others)


def expression(operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": "app", "operator": operator, "values": list(values)}]}


CASES = (
    missing("all of the namespace", policy(ALL)),
    missing("by its label", policy({"matchLabels": {"app": "ranker"}})),
    missing("no policy", (), LABELS),
    missing("another label", policy({"matchLabels": {"app": "other"}}), LABELS),
    missing("a label more", policy({"matchLabels": {**SERVER, "a": "b"}}), LABELS),
    missing("another namespace", policy(ALL, "others"), LABELS),
    missing("calls alone", policy(ALL, policyTypes=["Egress"]), LABELS),
    missing("both ways", policy(ALL, policyTypes=["Egress", "Ingress"])),
    missing("one of several", policy(expression("In", "other", "ranker"))),
    missing("none of several", policy(expression("In", "other")), LABELS),
    missing("all but others", policy(expression("NotIn", "other"))),
    missing("all but it", policy(expression("NotIn", "ranker")), LABELS),
    missing("whoever has a label", policy(expression("Exists"))),
    missing("whoever has none", policy(expression("DoesNotExist")), LABELS),
    missing("unknown selector", policy(UNKNOWN_OBJECT)),
    missing("unknown value", policy({"matchLabels": {"app": UNKNOWN}})),
    missing("unknown namespace of the policy", policy(ALL, UNKNOWN)),
    missing(
        "Cilium's",
        (
            resource(
                "policy",
                "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
                {"metadata": {"namespace": "models"}},
            ),
        ),
    ),
    missing(
        "of the cluster",
        (resource("p", "kubernetes:cilium.io/v2:CiliumClusterwideNetworkPolicy", {}),),
    ),
    Case(MISSING, "unknown labels", DEPLOYMENT, server(UNKNOWN_OBJECT)),
    Case(
        MISSING,
        "unknown label",
        DEPLOYMENT,
        server({"app": UNKNOWN}),
        others=policy({"matchLabels": {"app": "a"}}),
    ),
    Case(
        MISSING,
        "the default namespace",
        POD,
        {"metadata": {"labels": SERVER}, "spec": {"containers": []}},
        others=policy(ALL, "default"),
    ),
    Case(
        MISSING,
        "the node's network",
        POD,
        {"metadata": {"labels": SERVER}, "spec": {"hostNetwork": True}},
    ),
    Case(
        MISSING,
        "by KServe's label",
        KSERVE,
        {"metadata": {"name": "fraud", "namespace": "models"}, "spec": {"predictor": {}}},
        others=policy({"matchLabels": {"serving.kserve.io/inferenceservice": "fraud"}}),
    ),
    Case(
        MISSING,
        "another model of KServe's",
        KSERVE,
        {
            "metadata": {"name": "fraud", "namespace": "models"},
            "spec": {"predictor": {"labels": {"a": "b"}}},
        },
        ("spec.predictor.labels",),
        others=policy({"matchLabels": {"serving.kserve.io/inferenceservice": "churn"}}),
    ),
    Case(OPEN, "nothing goes in", POLICY, lets()),
    Case(OPEN, "absent rules", POLICY, {"spec": {}}),
    Case(OPEN, "everything goes in", POLICY, lets(ingress=[ALL]), ("spec.ingress[0]",)),
    Case(OPEN, "everything goes out", POLICY, lets(egress=[NOBODY]), ("spec.egress[0]",)),
    Case(OPEN, "a port for all", POLICY, lets(ingress=[{"ports": [{"port": 8080}]}])),
    Case(OPEN, "its own namespace", POLICY, lets(ingress=[{"from": [{"podSelector": ALL}]}])),
    Case(
        OPEN,
        "all namespaces",
        POLICY,
        lets(ingress=[{"from": [{"podSelector": ALL}, {"namespaceSelector": ALL}]}]),
        ("spec.ingress[0].from[1]",),
    ),
    Case(
        OPEN,
        "some pods of all namespaces",
        POLICY,
        lets(ingress=[{"from": [{"podSelector": {"a": "b"}, "namespaceSelector": ALL}]}]),
    ),
    Case(
        OPEN,
        "another group",
        "kubernetes:extensions/v1beta1:NetworkPolicy",
        lets(egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]),
    ),
    *(
        Case(
            OPEN,
            f"all addresses, {block}",
            POLICY,
            lets(egress=[{"to": [{"ipBlock": {"cidr": block}}]}]),
            ("spec.egress[0].to[0]",),
        )
        for block in ("0.0.0.0/0", "::/0")
    ),
    Case(
        OPEN,
        "all addresses but some",
        POLICY,
        lets(egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}]}]),
    ),
    Case(OPEN, "unknown", POLICY, lets(ingress=UNKNOWN)),
    Case(OPEN, "unknown peers", POLICY, lets(ingress=[{"from": UNKNOWN}])),
    Case(OPEN, "unknown rule", POLICY, lets(ingress=[UNKNOWN_OBJECT])),
    Case(OPEN, "unknown block", POLICY, lets(egress=[{"to": [{"ipBlock": {"cidr": UNKNOWN}}]}])),
)
