"""What the API server and webhooks refuse: in the bases, a bad value and its neighbour."""

from tests.unit.kubernetes_bases import BASES, POD, SELECTED, Object

__all__ = ["CASES", "ISVC"]

C = "spec.containers.0"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
VALUE: Object = {"type": "Value", "value": "1"}
HOOK = "admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
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


def mounted(way: str, *, privileged: bool) -> Object:
    container = {
        "name": "x",
        "image": "y",
        "securityContext": {"privileged": privileged},
        "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": way}],
    }
    return {"containers": [container], "volumes": [{"name": "v", "emptyDir": {}}]}


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
    # Names and labels.
    ("core/v1:ConfigMap", "metadata.name", "Upper", "lower"),
    ("core/v1:ConfigMap", "metadata.name", "a" * 254, "a" * 253),
    ("core/v1:Namespace", "metadata.name", "a" * 64, "a" * 63),
    ("core/v1:Namespace", "metadata.name", "a.b", "a-b"),
    ("core/v1:Service", "metadata.name", "1a", "a1"),
    ("batch/v1:CronJob", "metadata.name", "a" * 53, "a" * 52),
    ("core/v1:ConfigMap", "metadata.labels.a", "b c", "b_c"),
    ("core/v1:ConfigMap", "metadata.labels.a", "b" * 64, "b" * 63),
    ("core/v1:ConfigMap", "metadata.labels", {"a b": "c"}, {"x.io/a_b": "c"}),
    ("core/v1:ConfigMap", "metadata.annotations", {"/a": "c"}, {"A/a": "any thing"}),
    (
        "core/v1:Namespace",
        "metadata.labels",
        {"pod-security.kubernetes.io/enforce": "restrictd"},
        {"pod-security.kubernetes.io/enforce": "restricted"},
    ),
    # Containers.
    ("core/v1:Pod", "spec.containers", [], POD["spec"]["containers"]),
    ("core/v1:Pod", f"{C}.name", "A", "a"),
    ("core/v1:Pod", f"{C}.image", "", "y:1"),
    ("core/v1:Pod", f"{C}.imagePullPolicy", "IfNotpresent", "IfNotPresent"),
    (
        "core/v1:Pod",
        "spec.initContainers",
        [{"name": "x", "image": "y"}],
        [{"name": "z", "image": "y"}],
    ),
    ("core/v1:Pod", f"{C}.ports", [{"containerPort": 65536}], [{"containerPort": 65535}]),
    (
        "core/v1:Pod",
        f"{C}.ports",
        [{"containerPort": 1, "name": "a" * 16}],
        [{"containerPort": 1, "name": "a" * 15}],
    ),
    (
        "core/v1:Pod",
        f"{C}.ports",
        [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}],
        [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "b"}],
    ),
    ("core/v1:Pod", f"{C}.resources", {"limits": {"cpu": "1x"}}, {"limits": {"cpu": "1"}}),
    ("core/v1:Pod", f"{C}.resources", {"limits": {"cpu": "-1"}}, {"limits": {"cpu": 1}}),
    ("core/v1:Pod", f"{C}.resources", {"limits": {"cpus": "1"}}, {"limits": {"memory": "1Gi"}}),
    (
        "core/v1:Pod",
        f"{C}.resources",
        {"limits": {"cpu": "1"}, "requests": {"cpu": "1001m"}},
        {"limits": {"cpu": "1"}, "requests": {"cpu": "1000m"}},
    ),
    (
        "core/v1:Pod",
        f"{C}.resources",
        {"limits": {"nvidia.com/gpu": "2"}, "requests": {"nvidia.com/gpu": "1"}},
        {"limits": {"nvidia.com/gpu": 2}, "requests": {"nvidia.com/gpu": "2"}},
    ),
    (
        "core/v1:Pod",
        f"{C}.resources",
        {"requests": {"nvidia.com/gpu": "1"}},
        {"limits": {"nvidia.com/gpu": "1"}},
    ),
    ("core/v1:Pod", f"{C}.resources", {"limits": {"nvidia.com/gpu": "500m"}}, {"limits": {}}),
    ("core/v1:Pod", f"{C}.livenessProbe", {"periodSeconds": 1}, {"exec": {"command": ["a"]}}),
    (
        "core/v1:Pod",
        f"{C}.livenessProbe",
        {"tcpSocket": {"port": 1}, "httpGet": {"port": 1}},
        {"tcpSocket": {"port": 1}},
    ),
    (
        "core/v1:Pod",
        f"{C}.livenessProbe",
        {"tcpSocket": {"port": 1}, "successThreshold": 2},
        {"tcpSocket": {"port": 1}, "successThreshold": 1},
    ),
    (
        "core/v1:Pod",
        f"{C}.startupProbe",
        {"tcpSocket": {"port": 0}},
        {"tcpSocket": {"port": "http"}},
    ),
    (
        "core/v1:Pod",
        f"{C}.env",
        [{"name": "A", "value": "b", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    ),
    ("core/v1:Pod", f"{C}.env", [{"name": "A", "valueFrom": {}}], [{"name": "A"}]),
    ("core/v1:Pod", f"{C}.volumeMounts", [{"name": "v", "mountPath": "/a"}], []),
    (
        "core/v1:Pod",
        "spec.volumes",
        [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}],
        [{"name": "v", "emptyDir": {}}],
    ),
    ("core/v1:Pod", "spec.restartPolicy", "OnSuccess", "OnFailure"),
    ("core/v1:Pod", "spec.dnsPolicy", "None", "Default"),
    (
        "core/v1:Pod",
        "spec.tolerations",
        [{"key": "a", "operator": "Exists", "value": "b"}],
        [{"key": "a", "operator": "Exists"}],
    ),
    ("core/v1:Pod", "spec.tolerations", [{"value": "b"}], [{"operator": "Exists"}]),
    ("core/v1:Pod", "spec.securityContext", {"runAsUser": -1}, {"runAsUser": 0}),
    (
        "core/v1:Pod",
        f"{C}.securityContext",
        {"privileged": True, "allowPrivilegeEscalation": False},
        {"privileged": True},
    ),
    ("core/v1:Pod", "spec.preemptionPolicy", "never", "Never"),
    ("core/v1:Pod", "spec.securityContext.fsGroupChangePolicy", "always", "Always"),
    ("core/v1:Pod", "spec.securityContext.supplementalGroupsPolicy", "strict", "Strict"),
    ("core/v1:Pod", "spec.securityContext.supplementalGroups", [-1], [0]),
    ("core/v1:Pod", f"{C}.securityContext.procMount", "Unmasked", "Default"),
    ("core/v1:Pod", "spec.tolerations", [{"key": "a b"}], [{"key": "a"}]),
    (
        "core/v1:Pod",
        "spec.affinity",
        {"nodeAffinity": {PREFERRED: [{"weight": 101, "preference": {}}]}},
        {"nodeAffinity": {PREFERRED: [{"weight": 100, "preference": {}}]}},
    ),
    (
        "core/v1:Pod",
        f"{C}.livenessProbe",
        {"tcpSocket": {"port": 1}, "terminationGracePeriodSeconds": 0},
        {"tcpSocket": {"port": 1}, "terminationGracePeriodSeconds": 1, "periodSeconds": 0},
    ),
    (
        "core/v1:Pod",
        "spec.volumes",
        [{"name": "v", "hostPath": {"path": "/", "type": "Folder"}}],
        [{"name": "v", "hostPath": {"path": "/", "type": "Directory"}}],
    ),
    (
        "core/v1:Pod",
        "spec",
        mounted("Bidirectional", privileged=False),
        mounted("Bidirectional", privileged=True),
    ),
    # Workloads.
    ("core/v1:ReplicationController", "spec.selector", {"app": "y"}, {"app": "x"}),
    ("core/v1:ReplicationController", "spec.template.spec.dnsPolicy", "default", "Default"),
    ("apps/v1:Deployment", "spec.minReadySeconds", 600, 599),
    (
        "apps/v1:DaemonSet",
        "spec.updateStrategy",
        {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
        {"type": "OnDelete", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
    ),
    ("apps/v1:StatefulSet", "spec.serviceName", "a.b", "a-b"),
    (
        "apps/v1:StatefulSet",
        "spec.volumeClaimTemplates",
        [{"metadata": {"name": "v"}, "spec": {"accessModes": ["ReadWriteOnce"]}}],
        [{"metadata": {"name": "v"}, "spec": BASES["core/v1:PersistentVolumeClaim"]["spec"]}],
    ),
    ("batch/v1:Job", "spec.podReplacementPolicy", "failed", "Failed"),
    ("batch/v1:Job", "spec.backoffLimitPerIndex", 1, None),
    (
        "autoscaling/v2:HorizontalPodAutoscaler",
        "spec.metrics",
        [{"type": "Resource", "resource": {"name": "cpu", "target": VALUE}}],
        [{"type": "External", "external": {"metric": {"name": "a"}, "target": VALUE}}],
    ),
    ("apps/v1:Deployment", "spec.selector", {"matchLabels": {"app": "y"}}, SELECTED["selector"]),
    ("apps/v1:Deployment", "spec.selector", {}, SELECTED["selector"]),
    (
        "apps/v1:Deployment",
        "spec.selector",
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["y"]}]},
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "y"]}]},
    ),
    ("apps/v1:Deployment", "spec.replicas", -1, 0),
    ("apps/v1:Deployment", "spec.template.spec.restartPolicy", "Never", "Always"),
    (
        "apps/v1:Deployment",
        "spec.strategy",
        {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}},
        {"type": "Recreate"},
    ),
    (
        "apps/v1:Deployment",
        "spec.strategy",
        {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
        {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"}},
    ),
    (
        "apps/v1:Deployment",
        "spec.strategy",
        {"rollingUpdate": {"maxUnavailable": "101%"}},
        {"rollingUpdate": {"maxUnavailable": "100%"}},
    ),
    ("apps/v1:Deployment", "spec.progressDeadlineSeconds", 0, 1),
    (
        "apps/v1:DaemonSet",
        "spec.updateStrategy",
        {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}},
        {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
    ),
    ("apps/v1:StatefulSet", "spec.podManagementPolicy", "parallel", "Parallel"),
    ("batch/v1:Job", "spec.template.spec.restartPolicy", "Always", "OnFailure"),
    ("batch/v1:Job", "spec.backoffLimit", -1, 0),
    ("batch/v1:Job", "spec.completionMode", "Indexed", "NonIndexed"),
    ("batch/v1:Job", "spec.selector", {"matchLabels": {"a": "b"}}, None),
    ("batch/v1:CronJob", "spec.schedule", "0 24 * * *", "0 23 * * *"),
    ("batch/v1:CronJob", "spec.schedule", "0 3 * *", "*/5 0-6,8 * jan-mar mon"),
    ("batch/v1:CronJob", "spec.schedule", "@dayly", "@daily"),
    ("batch/v1:CronJob", "spec.concurrencyPolicy", "allow", "Forbid"),
    ("autoscaling/v2:HorizontalPodAutoscaler", "spec.minReplicas", 4, 3),
    ("autoscaling/v2:HorizontalPodAutoscaler", "spec.minReplicas", 0, 1),
    (
        "autoscaling/v2:HorizontalPodAutoscaler",
        "spec.metrics",
        [{"type": "Resource"}],
        [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 80},
                },
            }
        ],
    ),
    ("policy/v1:PodDisruptionBudget", "spec", {"minAvailable": 1, "maxUnavailable": 1}, {}),
    ("policy/v1:PodDisruptionBudget", "spec.maxUnavailable", "101%", "100%"),
    # Networks.
    ("core/v1:Service", "spec.type", "Loadbalancer", "LoadBalancer"),
    ("core/v1:Service", "spec.ports", [], [{"port": 1}]),
    ("core/v1:Service", "spec.ports", [{"port": 0}], [{"port": 65535}]),
    (
        "core/v1:Service",
        "spec.ports",
        [{"port": 1}, {"port": 2}],
        [{"port": 1, "name": "a"}, {"port": 2, "name": "b"}],
    ),
    (
        "core/v1:Service",
        "spec.ports",
        [{"port": 1, "name": "a"}, {"port": 1, "name": "b"}],
        [{"port": 1, "name": "a"}, {"port": 1, "name": "b", "protocol": "UDP"}],
    ),
    ("core/v1:Service", "spec.ports", [{"port": 1, "nodePort": 30000}], [{"port": 1}]),
    (
        "core/v1:Service",
        "spec",
        {"type": "NodePort", "ports": [{"port": 1, "nodePort": 29999}]},
        {"type": "NodePort", "ports": [{"port": 1, "nodePort": 30000}]},
    ),
    (
        "core/v1:Service",
        "spec",
        {"type": "ExternalName"},
        {"type": "ExternalName", "externalName": "a.example.com"},
    ),
    ("core/v1:Service", "spec.clusterIP", "10.0.0", "None"),
    ("core/v1:Service", "spec.externalTrafficPolicy", "Local", None),
    ("core/v1:Service", "spec.ipFamilyPolicy", "DualStack", "PreferDualStack"),
    ("core/v1:Service", "spec.ipFamilies", ["ipv4"], ["IPv4"]),
    ("discovery.k8s.io/v1:EndpointSlice", "addressType", "IPV4", "IPv4"),
    ("discovery.k8s.io/v1:EndpointSlice", "ports.0.protocol", "tcp", "TCP"),
    ("discovery.k8s.io/v1:EndpointSlice", "endpoints.0.addresses", ["10.0.0"], ["10.0.0.2"]),
    ("discovery.k8s.io/v1:EndpointSlice", "endpoints.0.addresses", [], ["10.0.0.2"]),
    # Webhooks.
    (HOOK, "webhooks.0.name", "example.com", "a.example.com"),
    (HOOK, "webhooks.0.sideEffects", "Some", "NoneOnDryRun"),
    (HOOK, "webhooks.0.failurePolicy", "Deny", "Ignore"),
    (HOOK, "webhooks.0.timeoutSeconds", 31, 30),
    (HOOK, "webhooks.0.rules.0.operations", ["PATCH"], ["UPDATE"]),
    (HOOK, "webhooks.0.rules.0.operations", ["*", "CREATE"], ["*"]),
    (HOOK, "webhooks.0.clientConfig", {}, {"service": {"name": "a", "namespace": "b"}}),
    (HOOK, "webhooks.0.admissionReviewVersions", ["v2"], ["v2", "v1"]),
    ("networking.k8s.io/v1:Ingress", "spec.rules.0.http.paths.0.path", "a", "/a"),
    ("networking.k8s.io/v1:Ingress", "spec.rules.0.http.paths.0.path", "/a//b", "/a/b"),
    ("networking.k8s.io/v1:Ingress", "spec.rules.0.http.paths.0.pathType", "prefix", "Exact"),
    (
        "networking.k8s.io/v1:Ingress",
        "spec.rules.0.http.paths.0.backend",
        {"service": {"name": "s", "port": {"number": 80, "name": "http"}}},
        {"service": {"name": "s", "port": {"name": "http"}}},
    ),
    ("networking.k8s.io/v1:Ingress", "spec.rules.0.host", "10.0.0.1", "*.example.com"),
    (
        "networking.k8s.io/v1:NetworkPolicy",
        "spec.ingress.0.from.0.ipBlock.cidr",
        "10.0.0.0",
        "10.0.0.0/8",
    ),
    (
        "networking.k8s.io/v1:NetworkPolicy",
        "spec.ingress.0.from.0.ipBlock.except",
        ["11.0.0.0/8"],
        ["10.2.0.0/16"],
    ),
    (
        "networking.k8s.io/v1:NetworkPolicy",
        "spec.ingress.0.ports",
        [{"port": 80, "endPort": 79}],
        [{"port": 80, "endPort": 80}],
    ),
    ("networking.k8s.io/v1:NetworkPolicy", "spec.policyTypes", ["ingress"], ["Ingress"]),
    # Access, configuration, storage.
    ("rbac.authorization.k8s.io/v1:Role", "rules.0.verbs", [], ["*"]),
    ("rbac.authorization.k8s.io/v1:Role", "rules.0.apiGroups", [], ["apps"]),
    (
        "rbac.authorization.k8s.io/v1:ClusterRoleBinding",
        "subjects.0",
        {"kind": "ServiceAccount", "name": "a"},
        {"kind": "User", "name": "a"},
    ),
    ("rbac.authorization.k8s.io/v1:ClusterRoleBinding", "roleRef.kind", "Role", "ClusterRole"),
    ("core/v1:ConfigMap", "data", {"a/b": "c"}, {"a_b-c.d": "c"}),
    ("core/v1:ConfigMap", "binaryData", {"a.b": "Yg=="}, {"b": "Yg=="}),
    ("core/v1:ConfigMap", "binaryData", {"b": "%"}, {"b": "Yg=="}),
    ("core/v1:Secret", "type", "kubernetes.io/tls", "Opaque"),
    ("core/v1:Secret", "type", "kubernetes.io/basic-auth", "example.com/own"),
    ("core/v1:Secret", "type", "kubernetes.io/service-account-token", "Opaque"),
    ("core/v1:ConfigMap", "data", {"a": "x" * (2**20 + 1)}, {"a": "x" * 2**20}),
    ("core/v1:ResourceQuota", "spec.scopes", ["besteffort"], ["NotBestEffort"]),
    ("core/v1:ResourceQuota", "spec.scopes", ["BestEffort", "NotBestEffort"], ["Terminating"]),
    ("core/v1:PersistentVolumeClaim", "spec.accessModes", ["ReadWrite"], ["ReadWriteMany"]),
    ("core/v1:PersistentVolumeClaim", "spec.resources.requests.storage", "0", "1"),
    ("storage.k8s.io/v1:StorageClass", "reclaimPolicy", "Recycle", "Retain"),
    ("scheduling.k8s.io/v1:PriorityClass", "value", 1_000_000_001, 1_000_000_000),
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
