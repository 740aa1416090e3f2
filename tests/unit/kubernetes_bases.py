"""Objects that the API server takes, one of each kind that has rules."""

from typing import Any

__all__ = ["BASES", "POD", "SELECTED", "Object"]

Object = dict[str, Any]

POD: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "x"},
    "spec": {"containers": [{"name": "x", "image": "y"}]},
}
TEMPLATE: Object = {"metadata": {"labels": {"app": "x"}}, "spec": POD["spec"]}
SELECTED: Object = {"selector": {"matchLabels": {"app": "x"}}, "template": TEMPLATE}
BACKEND: Object = {"service": {"name": "s", "port": {"number": 80}}}
BASES: dict[str, Object] = {
    "core/v1:Pod": POD,
    "apps/v1:Deployment": {"apiVersion": "apps/v1", "kind": "Deployment", "spec": SELECTED},
    "apps/v1:DaemonSet": {"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": SELECTED},
    "apps/v1:StatefulSet": {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "spec": {**SELECTED, "serviceName": "s"},
    },
    "batch/v1:Job": {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "spec": {"template": {"spec": {**POD["spec"], "restartPolicy": "Never"}}},
    },
    "batch/v1:CronJob": {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "spec": {
            "schedule": "0 3 * * 1",
            "jobTemplate": {
                "spec": {"template": {"spec": {**POD["spec"], "restartPolicy": "Never"}}}
            },
        },
    },
    "autoscaling/v2:HorizontalPodAutoscaler": {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
            "maxReplicas": 3,
        },
    },
    "policy/v1:PodDisruptionBudget": {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "spec": {"selector": {"matchLabels": {"app": "x"}}},
    },
    "core/v1:Service": {
        "apiVersion": "v1",
        "kind": "Service",
        "spec": {"ports": [{"port": 80}], "selector": {"app": "x"}},
    },
    "networking.k8s.io/v1:Ingress": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "spec": {
            "rules": [
                {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}
            ]
        },
    },
    "networking.k8s.io/v1:NetworkPolicy": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "spec": {
            "podSelector": {},
            "ingress": [
                {
                    "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
                    "ports": [{"port": 80}],
                }
            ],
        },
    },
    "rbac.authorization.k8s.io/v1:Role": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    },
    "rbac.authorization.k8s.io/v1:ClusterRoleBinding": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "view",
        },
        "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}],
    },
    "core/v1:ConfigMap": {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a.b": "c"}},
    "core/v1:Secret": {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}},
    "core/v1:Namespace": {"apiVersion": "v1", "kind": "Namespace"},
    "core/v1:PersistentVolumeClaim": {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    },
    "storage.k8s.io/v1:StorageClass": {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "provisioner": "ebs.csi.aws.com",
    },
    "scheduling.k8s.io/v1:PriorityClass": {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "value": 1,
    },
    "core/v1:ReplicationController": {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "spec": {"selector": {"app": "x"}, "template": TEMPLATE},
    },
    "core/v1:ResourceQuota": {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "spec": {"hard": {"pods": "1"}, "scopes": ["BestEffort"]},
    },
    "discovery.k8s.io/v1:EndpointSlice": {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"]}],
        "ports": [{"port": 80}],
    },
    "admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration": {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "webhooks": [
            {
                "name": "check.models.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"url": "https://example.com"},
                "rules": [
                    {
                        "operations": ["CREATE"],
                        "apiGroups": ["apps"],
                        "apiVersions": ["*"],
                        "resources": ["deployments"],
                    }
                ],
            }
        ],
    },
    "serving.kserve.io/v1beta1:InferenceService": {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}}}},
    },
    "serving.kserve.io/v1alpha1:InferenceGraph": {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "InferenceGraph",
        "spec": {
            "nodes": {
                "root": {
                    "routerType": "Splitter",
                    "steps": [
                        {"name": "a", "serviceName": "a", "weight": 90},
                        {"name": "b", "serviceUrl": "http://b", "weight": 10},
                    ],
                }
            }
        },
    },
    "serving.kserve.io/v1alpha1:TrainedModel": {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "TrainedModel",
        "spec": {
            "inferenceService": "a",
            "model": {"storageUri": "s3://a/b", "framework": "onnx", "memory": "1Gi"},
        },
    },
    "mlops.seldon.io/v1alpha1:Model": {
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "Model",
        "spec": {"storageUri": "gs://a/b", "requirements": ["sklearn"], "memory": "100Ki"},
    },
    "mlops.seldon.io/v1alpha1:Experiment": {
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "Experiment",
        "spec": {
            "default": "a",
            "candidates": [{"name": "a", "weight": 1}],
            "mirror": {"name": "b", "percent": 1},
        },
    },
    "keda.sh/v1alpha1:ScaledObject": {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "spec": {
            "scaleTargetRef": {"name": "a"},
            "triggers": [
                {"type": "prometheus", "metricType": "AverageValue", "metadata": {"query": "up"}}
            ],
            "fallback": {"failureThreshold": 3, "replicas": 1},
        },
    },
    "serving.kserve.io/v1alpha2:LLMInferenceService": {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "spec": {
            "model": {"uri": "hf://a/b"},
            "router": {"route": {"group": "g", "weight": 1}, "gateway": {}},
            "prefill": {"parallelism": {"tensor": 2}},
        },
    },
    "networking.istio.io/v1:VirtualService": {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "spec": {
            "hosts": ["a"],
            "http": [{"route": [{"destination": {"host": "a"}, "weight": 1}]}],
        },
    },
}
