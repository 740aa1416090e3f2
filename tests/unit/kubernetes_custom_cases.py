"""What the webhooks of KServe, Seldon, KEDA and Istio refuse: a bad value and its neighbour."""

from tests.unit.kubernetes_bases import Object

__all__ = ["CASES"]

ISVC = "serving.kserve.io/v1beta1:InferenceService"
KEDA_OBJECT = "keda.sh/v1alpha1:ScaledObject"
LLM = "serving.kserve.io/v1alpha2:LLMInferenceService"
GRAPH = "serving.kserve.io/v1alpha1:InferenceGraph"
TRAINED = "serving.kserve.io/v1alpha1:TrainedModel"
SELDON = "mlops.seldon.io/v1alpha1:Model"
EXPERIMENT = "mlops.seldon.io/v1alpha1:Experiment"
_SEQUENCE = {"routerType": "Sequence", "steps": [{"serviceName": "a"}]}
STANDARD: Object = {"serving.kserve.io/deploymentMode": "Standard"}
KEDA: Object = {**STANDARD, "serving.kserve.io/autoscalerClass": "keda"}
MODEL: Object = {"model": {"modelFormat": {"name": "a"}}}
# The schema wants a name of a canary's model; the webhook takes none of the stable one.
NAMED: Object = {"model": {"modelFormat": {"name": "a"}, "name": "m"}}
QUERY: Object = {"metric": {"query": "a"}, "target": {"type": "Value", "value": "1"}}


def scaled(metric: Object) -> Object:
    spec = {"predictor": {**MODEL, "autoScaling": {"metrics": [metric]}}}
    return {"metadata": {"name": "x", "annotations": KEDA}, "spec": spec}


def own_image(protocol: str) -> Object:
    variable = {"name": "PROTOCOL", "value": protocol}
    return {"containers": [{"name": "kserve-container", "image": "a", "env": [variable]}]}


def canaries(*percents: int, **predictor: object) -> Object:
    shares = [
        {"trafficPercent": percent, "predictor": {**NAMED, "name": f"c{index}", **predictor}}
        for index, percent in enumerate(percents)
    ]
    metadata = {"name": "x", "annotations": STANDARD}
    return {"metadata": metadata, "spec": {"predictor": MODEL, "canary": shares}}


# Kind, path, a value that is refused, its neighbour that is not.
CASES: list[tuple[str, str, object, object]] = [
    # Several models at once: KServe's graphs and trained models, Seldon's definitions.
    (GRAPH, "metadata.name", "1a", "a1"),
    (GRAPH, "spec.nodes.root.steps.1.weight", 9, 10),
    (GRAPH, "spec.nodes.root.steps.1.weight", None, 10),
    (GRAPH, "spec.nodes.root.steps.1.name", "a", "c"),
    (GRAPH, "spec.nodes.root.steps.0.nodeName", "root", ""),
    (GRAPH, "spec.nodes.root.routerType", "Random", "Splitter"),
    (GRAPH, "spec.nodes", {"start": {"routerType": "Sequence"}}, {"root": _SEQUENCE}),
    (TRAINED, "spec.model.storageUri", "pvc://a/b", "https://a/b"),
    (TRAINED, "spec.model.memory", "much", "2Gi"),
    (SELDON, "spec.storageUri", None, "s3://a/b"),
    (SELDON, "spec.memory", "much", "1Gi"),
    (SELDON, "spec.requirements", "sklearn", ["sklearn"]),
    (SELDON, "spec.replicas", "two", 2),
    (EXPERIMENT, "spec.candidates.0.weight", None, 100),
    (EXPERIMENT, "spec.mirror.percent", "all", 100),
    # KServe and Istio.
    ("serving.kserve.io/v1beta1:InferenceService", "metadata.name", "a.b", "a-b"),
    ("serving.kserve.io/v1beta1:InferenceService", "spec.predictor.minReplicas", -1, 0),
    (
        "serving.kserve.io/v1beta1:InferenceService",
        "spec.predictor",
        {"model": {"modelFormat": {"name": "a"}}, "sklearn": {}},
        {"sklearn": {}},
    ),
    (
        "serving.kserve.io/v1beta1:InferenceService",
        "spec.predictor",
        {"minReplicas": 1},
        {"containers": [{"name": "kserve-container", "image": "a"}]},
    ),
    (
        "serving.kserve.io/v1beta1:InferenceService",
        "metadata.annotations",
        {"serving.kserve.io/autoscalerClass": "hpaa"},
        {"serving.kserve.io/autoscalerClass": "hpa"},
    ),
    (ISVC, "spec.predictor.canaryTrafficPercent", 101, 100),
    (ISVC, "spec.predictor", own_image("grpc-v2"), own_image("v2")),
    (ISVC, "spec.predictor.logger", {"mode": "al"}, {"mode": "all"}),
    (ISVC, "spec.predictor.logger", {"mode": "all", "storage": {"path": "a"}}, {"mode": "all"}),
    (ISVC, "", canaries(60, 41), canaries(60, 40)),
    (ISVC, "", canaries(10, maxReplicas=2), canaries(10, minReplicas=1)),
    (ISVC, "", canaries(10, minReplicas=2), canaries(10, minReplicas=1)),
    (ISVC, "", canaries(10, 10, name="c"), canaries(10, name="c")),
    (
        ISVC,
        "",
        scaled({"type": "External", "external": {**QUERY, "metric": {"query": ""}}}),
        scaled({"type": "External", "external": QUERY}),
    ),
    (KEDA_OBJECT, "spec.fallback.replicas", -1, 0),
    (KEDA_OBJECT, "spec.triggers.0.metricType", "Value", "AverageValue"),
    (
        KEDA_OBJECT,
        "spec",
        {"scaleTargetRef": {"name": "a"}, "triggers": []},
        {"scaleTargetRef": {"name": "a"}, "triggers": [{"type": "cpu", "metadata": {}}]},
    ),
    (
        KEDA_OBJECT,
        "spec.triggers",
        [
            {"type": "kafka", "name": "a", "metricType": "AverageValue", "metadata": {}},
            {"type": "kafka", "name": "a", "metricType": "AverageValue", "metadata": {}},
        ],
        [
            {"type": "kafka", "name": "a", "metricType": "AverageValue", "metadata": {}},
            {"type": "kafka", "name": "b", "metricType": "AverageValue", "metadata": {}},
        ],
    ),
    (
        KEDA_OBJECT,
        "spec.triggers.0",
        {
            "type": "cron",
            "metricType": "AverageValue",
            "useCachedMetrics": True,
            "metadata": {},
        },
        {
            "type": "kafka",
            "metricType": "AverageValue",
            "useCachedMetrics": True,
            "metadata": {},
        },
    ),
    (LLM, "spec.router.route", {"group": "g"}, {"group": "g", "weight": 0}),
    (LLM, "spec.router.route", {"weight": 1}, {}),
    (
        LLM,
        "spec.router.route",
        {"group": "g", "weight": 1, "http": {"refs": [{"name": "a"}]}},
        {"group": "g", "weight": 1, "http": {}},
    ),
    (
        LLM,
        "spec.router",
        {"route": {"group": "g", "weight": 1}, "ingress": {}},
        {"route": {}, "ingress": {}},
    ),
    (
        LLM,
        "spec.router",
        {"route": {"http": {"refs": [{"name": "a"}]}}, "gateway": {}},
        {"route": {"http": {"refs": [{"name": "a"}]}}, "gateway": {"refs": [{"name": "b"}]}},
    ),
    (LLM, "spec.router.scheduler", {"replicas": 0}, {"replicas": 1}),
    (LLM, "spec.router.scheduler", {"config": {}}, {"config": {"ref": {"name": "a", "key": "b"}}}),
    (LLM, "spec.parallelism", {"data": 2}, {"data": 2, "dataLocal": 1}),
    (LLM, "spec.parallelism", {"data": 2, "dataLocal": 1, "pipeline": 2}, {"pipeline": 2}),
    (LLM, "spec.prefill.parallelism", {"dataLocal": 2}, {"data": 2, "dataLocal": 2}),
    (
        LLM,
        "spec",
        {"model": {"uri": "hf://a/b"}, "worker": {"containers": []}},
        {
            "model": {"uri": "hf://a/b"},
            "worker": {"containers": []},
            "parallelism": {"pipeline": 2},
        },
    ),
    ("networking.istio.io/v1:VirtualService", "spec", {"hosts": ["a"]}, None),
    (
        "networking.istio.io/v1:VirtualService",
        "spec.http.0",
        {"redirect": {"uri": "/"}, "rewrite": {"uri": "/"}},
        {"redirect": {"uri": "/"}},
    ),
    ("networking.istio.io/v1:VirtualService", "spec.http.0.route.0.weight", -1, 0),
    ("networking.istio.io/v1:VirtualService", "spec.http.0.route", [], None),
]
