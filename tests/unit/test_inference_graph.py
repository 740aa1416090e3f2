from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_graph import InferenceGraph
from facts.inference_graphs import Node, Step, faults
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "namespace": "models",
    "nodes": [{"name": "root", "steps": [{"service": "churn"}]}],
    "kserve_version": "0.20.0",
}
ROOT: dict[str, Any] = {
    "name": "root",
    "router": "sequence",
    "steps": [
        {"name": "features", "url": "http://features.shop.svc.cluster.local/enrich"},
        {
            "name": "choice",
            "node": "by-country",
            "data": "$response",
            "dependency": "hard",
            "map_predictions_to_instances": True,
            "condition": "predictions",
        },
        {"name": "votes", "node": "all"},
        {"node": "share", "data": "$request", "dependency": "soft"},
    ],
}
NODES: list[dict[str, Any]] = [
    ROOT,
    {
        "name": "by-country",
        "router": "switch",
        "steps": [
            {"service": "churn-de", "condition": 'instances.#(country=="de")'},
            {"service": "churn", "condition": "instances"},
        ],
    },
    {
        "name": "all",
        "router": "ensemble",
        "steps": [
            {"name": "a", "service": "churn"},
            {"name": "b", "service": "fraud", "dependency": "hard"},
        ],
    },
    {
        "name": "share",
        "router": "splitter",
        "steps": [{"service": "churn", "weight": 90.0}, {"service": "churn-next", "weight": 10}],
    },
]
FULL: dict[str, Any] = MINIMAL | {
    "description": "x",
    "min_replicas": 0,
    "max_replicas": 6,
    "latency_p95_ms": 400,
    "error_rate_percent": 2,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml platform"},
    "nodes": NODES,
    "cpu": 1.5,
    "memory_mib": 512,
    "scale_metric": "rps",
    "scale_target": 200,
    "timeout_seconds": 45,
    "read_timeout_seconds": 10,
    "write_timeout_seconds": 40,
    "idle_timeout_seconds": 90,
    "step_timeout_seconds": 20,
    "egress": ["shop:8080"],
    "storage_cidrs": ["10.0.0.0/16"],
    "mesh": "istio_sidecar",
    "ingress_namespace": "gateways",
    "metrics_namespace": "metrics",
    "node_selector": {"kubernetes.io/arch": "arm64"},
    "spread_over_nodes": True,
    "deployment_mode": "knative",
    "service_account_name": "router",
    "ready_timeout_seconds": 120,
}
STANDARD: dict[str, Any] = MINIMAL | {
    "deployment_mode": "standard",
    "max_replicas": 3,
    "callers": ["web/checkout"],
    "mesh": "istio_ambient",
}
MANIFESTS = {"standard": STANDARD, "old": MINIMAL | {"kserve_version": "0.15.2"}}


def _graph(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["risk-inference-graph"]


def _spec(args: dict[str, Any]) -> dict[str, Any]:
    return _graph(record(InferenceGraph, "risk", args))["spec"]


def test_every_argument() -> None:
    recorded = record(InferenceGraph, "risk", FULL)
    metadata, spec = _graph(recorded)["metadata"], _graph(recorded)["spec"]
    assert (metadata["name"], metadata["namespace"]) == ("risk", "models")
    assert metadata["labels"]["model-serving/model"] == "risk"
    assert metadata["labels"]["model-serving/cost-centre"] == "ml-platform"
    assert "model-serving/model-version" not in metadata["labels"]
    assert metadata["annotations"] == {
        "serving.kserve.io/deploymentMode": "Knative",
        "pulumi.com/waitFor": "condition=Ready",
    }
    assert (spec["minReplicas"], spec["maxReplicas"]) == (0, 6)
    assert (spec["scaleMetric"], spec["scaleTarget"], spec["timeout"]) == ("rps", 200, 45)
    amounts = {"cpu": "1.5", "memory": "512Mi"}
    assert spec["resources"] == {"requests": amounts, "limits": amounts}
    assert spec["routerTimeouts"] == {
        "serverRead": 10,
        "serverWrite": 40,
        "serverIdle": 90,
        "serviceClient": 20,
    }
    assert spec["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    assert spec["serviceAccountName"] == "router"
    (preferred,) = spec["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    labels = preferred["podAffinityTerm"]["labelSelector"]["matchLabels"]
    assert labels == {"serving.kserve.io/inferencegraph": "risk"}
    assert recorded.outputs["url"] == "http://risk.models.svc.cluster.local"
    assert recorded.outputs["endpoint_name"] == "risk"
    assert recorded.outputs["status"]["calls"] == [
        "churn",
        "churn-de",
        "churn-next",
        "fraud",
        "http://features.shop.svc.cluster.local/enrich",
    ]


def test_nodes_in_kserves_spelling() -> None:
    nodes = _spec(FULL)["nodes"]
    assert {name: node["routerType"] for name, node in nodes.items()} == {
        "root": "Sequence",
        "by-country": "Switch",
        "all": "Ensemble",
        "share": "Splitter",
    }
    assert nodes["root"]["steps"] == [
        {"name": "features", "serviceUrl": "http://features.shop.svc.cluster.local/enrich"},
        {
            "name": "choice",
            "nodeName": "by-country",
            "data": "$response",
            "condition": "predictions",
            "dependency": "Hard",
            "mapPredictionsToInstances": True,
        },
        {"name": "votes", "nodeName": "all"},
        {"nodeName": "share", "data": "$request", "dependency": "Soft"},
    ]
    assert nodes["share"]["steps"][0] == {"serviceName": "churn", "weight": 90}


def test_the_least() -> None:
    recorded = record(InferenceGraph, "risk", MINIMAL)
    spec = _graph(recorded)["spec"]
    assert spec.keys() == {
        "nodes",
        "minReplicas",
        "maxReplicas",
        "scaleMetric",
        "resources",
        "routerTimeouts",
    }
    # A step that never answers must not hold a request for ever, which is what KServe does.
    assert spec["routerTimeouts"]["serviceClient"] == 60
    metric = recorded.outputs["latency_metric"]
    assert 'pod=~"risk-[0-9]+-deployment-.*"' in metric["query"]


def test_standard_mode() -> None:
    recorded = record(InferenceGraph, "risk", STANDARD)
    assert _graph(recorded)["spec"]["scaleMetric"] == "cpu"
    assert "affinity" in _graph(recorded)["spec"]
    assert recorded.outputs["latency_metric"]["source"] == "none"
    assert "affinity" not in _spec(STANDARD | {"max_replicas": 1})
    assert "affinity" not in _spec(STANDARD | {"spread_over_nodes": False})


@pytest.mark.parametrize(
    ("version", "mode", "spelling", "timeouts"),
    [
        ("0.15.2", "standard", "RawDeployment", False),
        ("0.16.0", "standard", "Standard", True),
        ("0.15.2", "knative", "Serverless", False),
        ("0.20.0", "knative", "Knative", True),
    ],
)
def test_each_release_is_spelt_its_own_way(
    version: str, mode: str, spelling: str, *, timeouts: bool
) -> None:
    args = MINIMAL | {"kserve_version": version, "deployment_mode": mode}
    graph = _graph(record(InferenceGraph, "risk", args))
    assert graph["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == spelling
    assert ("routerTimeouts" in graph["spec"]) == timeouts


def _policy(args: dict[str, Any]) -> dict[str, Any]:
    return record(InferenceGraph, "risk", args).inputs["risk-network-policy"]["spec"]


def _reached(policy: dict[str, Any]) -> list[tuple[Any, list[float]]]:
    return [(rule["to"][0], [p["port"] for p in rule["ports"]]) for rule in policy["egress"]]


def test_the_router_reaches_what_it_calls() -> None:
    inside = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateways"}}}
    policy = _policy(FULL)
    assert policy["podSelector"] == {"matchLabels": {"serving.kserve.io/inferencegraph": "risk"}}
    # By Knative's local gateway, since that is the address of a service inside the cluster.
    assert (inside, [8080]) in _reached(policy)
    assert (inside, [8081]) in _reached(policy)
    shop = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}
    assert (shop, [8080]) in _reached(policy)
    assert not any(443 in ports for _, ports in _reached(policy))

    called = {
        "key": "serving.kserve.io/inferenceservice",
        "operator": "In",
        "values": ["churn"],
    }
    direct = _reached(_policy(STANDARD))[-1]
    assert direct == (
        {"podSelector": {"matchExpressions": [called]}},
        [8080, 8081, 9000, 9081, 15008],
    )
    https = _policy(MINIMAL | _nodes({"url": "https://features.example.com/enrich"}))
    assert any(ports == [443] for _, ports in _reached(https))


def test_callers_are_let_in_by_name() -> None:
    recorded = record(InferenceGraph, "risk", STANDARD)
    rights = recorded.inputs["risk-authorization-policy"]["spec"]
    assert rights["selector"] == {"matchLabels": {"serving.kserve.io/inferencegraph": "risk"}}
    (source,) = rights["rules"][0]["from"]
    assert source["source"]["principals"] == ["cluster.local/ns/web/sa/checkout"]
    assert "risk-authorization-policy" not in record(InferenceGraph, "risk", MINIMAL).types


def _nodes(*steps: dict[str, Any], router: str = "sequence", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    others = [{"name": name, **node} for name, node in more.items()]
    return {"nodes": [{"name": "root", "router": router, "steps": list(steps)}, *others]}


A, B = {"service": "a"}, {"service": "b"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"nodes": []}, "nodes: got []; use a list with at least one item"),
        ({"nodes": ["root"]}, "nodes[0]: got 'root'; use a map with name, router, steps"),
        ({"nodes": [{"steps": [A]}]}, "nodes[0].name: got None; use a name that no other"),
        (_nodes(A) | {"nodes": 2 * _nodes(A)["nodes"]}, "nodes[1].name: got 'root'; use a name"),
        ({"nodes": [{"name": "start", "steps": [A]}]}, "nodes: got 'start'; use a node named root"),
        (_nodes(A, router="random"), "nodes[0].router: got 'random'; use one of ensemble, "),
        (_nodes(), "nodes[root].steps: got []; use a list with at least one item"),
        (_nodes({}), "nodes[root].steps[0]: got 'none'; use exactly one of node, service, url"),
        (_nodes(A | {"url": "http://x/y"}), "got 'service and url'; use exactly one of"),
        (_nodes({"servce": "a"}), "nodes[root].steps[0].servce: got 'a'; use service"),
        (_nodes({"service": "A B"}), "steps[0].service: got 'A B'; use the name of an"),
        (_nodes({"url": "churn/predict"}), "steps[0].url: got 'churn/predict'; use a URL"),
        (_nodes({"node": "late"}), "steps[0].node: got 'late'; use one of root"),
        (_nodes(A | {"name": ""}), "steps[0].name: got ''; use a text that is not empty"),
        (_nodes(A | {"name": "x"}, B | {"name": "x"}), "steps[1].name: got 'x'; use a name that"),
        (_nodes(A | {"data": "$response"}), "steps[0].data: got '$response'; use $request, or"),
        (_nodes(A, B | {"data": "$response.x"}), "steps[1].data: got '$response.x'; use one of"),
        (_nodes(A | {"condition": "x"}), "steps[0].condition: got 'x'; use it from the second"),
        (_nodes(A | {"weight": 5}), "weight: got 5; use it in a splitter node only"),
        (_nodes(A | {"dependency": "firm"}), "dependency: got 'firm'; use one of soft, hard"),
        (_nodes(A, router="switch"), "steps[0].condition: got None; use a condition on each step"),
        (
            _nodes(A | {"condition": "x", "data": "$request"}, router="switch"),
            "steps[0].data: got '$request'; use it in a sequence node only: a switch does not",
        ),
        (_nodes(A | {"condition": "x"}, router="ensemble"), "use it in a switch or sequence node"),
        (
            _nodes(A | {"weight": 100, "dependency": "hard"}, router="splitter"),
            "dependency: got 'hard'; use it in a sequence or ensemble node only",
        ),
        (
            _nodes(A | {"map_predictions_to_instances": True}, router="ensemble"),
            "map_predictions_to_instances: got True; use it in a sequence node only",
        ),
        (
            _nodes(A | {"map_predictions_to_instances": 1}),
            "map_predictions_to_instances: got 1; use true or false",
        ),
        (
            _nodes(A | {"weight": 50}, B, router="splitter"),
            "steps[1].weight: got None",
        ),
        (
            _nodes(A | {"weight": 50}, B | {"weight": 49}, router="splitter"),
            "nodes[root].steps: got 'weights of 99 in sum'; use weights of 100 in sum",
        ),
        (
            _nodes(A | {"weight": -1}, router="splitter"),
            "weight: got -1; use a whole number",
        ),
        (_nodes(A | {"weight": 101}, router="splitter"), "weight: got 101; use a whole number"),
        (_nodes({"node": "root"}), "steps[0].node: got 'root → root'; use steps that lead on"),
        (
            _nodes({"node": "x"}, x={"steps": [{"node": "y"}]}, y={"steps": [A, {"node": "x"}]}),
            "nodes[y].steps[1].node: got 'x → y → x'; use steps that lead on",
        ),
        (_nodes(A, spare={"steps": [B]}), "nodes[spare]: got 'spare, which no request reaches'"),
        (
            _nodes(A | {"map_predictions_to_instances": True}) | {"kserve_version": "0.15.2"},
            "nodes[root].map_predictions_to_instances: got 'true'; use KServe 0.16 or newer",
        ),
        ({"kserve_version": "0.15.2", "step_timeout_seconds": 9}, "use KServe 0.16 or newer"),
        ({"kserve_version": "new"}, "kserve_version: got 'new'"),
        ({"step_timeout_seconds": 61}, "step_timeout_seconds: got 61; use at most write_timeout"),
        ({"deployment_mode": "raw"}, "deployment_mode: got 'raw'; use one of knative, standard"),
        ({"deployment_mode": "standard", "min_replicas": 0}, "min_replicas: got 0; use at least 1"),
        ({"deployment_mode": "standard", "timeout_seconds": 5}, "use write_timeout_seconds"),
        ({"deployment_mode": "standard", "scale_metric": "rps"}, "use one of cpu, memory"),
        ({"deployment_mode": "standard", "scale_target": 101}, "scale_target: got 101"),
        ({"scale_metric": "cpu"}, "scale_metric: got 'cpu'; use one of concurrency, rps"),
        ({"cpu": 0}, "cpu: got 0; use a number from 0.05 to 64"),
        ({"memory_mib": 1}, "memory_mib: got 1"),
        ({"ready_timeout_seconds": 5}, "ready_timeout_seconds: got 5"),
        ({"spread_over_nodes": "yes"}, "spread_over_nodes: got 'yes'; use true or false"),
        ({"node_selector": {"arch": 1}}, "node_selector: got"),
        ({"callers": ["web/checkout"]}, "use deployment_mode standard: with Knative every"),
        ({"egress": ["shop"]}, "egress: got 'shop'; use namespace:port"),
        ({"mesh": "linkerd"}, "mesh: got 'linkerd'; use one of"),
        (_nodes({"url": "http://a.b/c"}), "egress: got None; use namespace:port of what http://a"),
        ({"namespace": ""}, "namespace: got ''"),
        ({"tags": {"cost centre": "x"}}, "tags: got 'cost centre'; use keys that a Kubernetes"),
        ({"model_uri": "s3://x"}, "model_uri: no such argument"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(InferenceGraph, "risk", MINIMAL | change)
    assert problem in str(caught.value)


def test_a_diamond_is_no_cycle() -> None:
    way = Node("sequence", [Step({"node": "end"})])
    nodes = {
        "root": Node("ensemble", [Step({"node": "a"}), Step({"node": "b"})]),
        "a": way,
        "b": way,
        "end": Node("sequence", [Step({"service": "x"})]),
    }
    assert list(faults(nodes, ("node", "service"))) == []
