"""Charts of what a cluster with GPUs needs: where from, which version, which images.

Versions were looked up on the day of `read`, in the charts' own sources; that a registry serves
them was not tried from here. Values that components/kubernetes/add_ons sets were compared with the
`values.yaml` of these sources: tests/unit/chart_values.json has their paths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["CHARTS", "FOLDER_ANNOTATION", "Chart"]

# By which a ConfigMap says its dashboard's folder, where Grafana's sidecar is told this name: none
# by default (`sidecar.dashboards` in the values of the chart grafana 10.0.0, which
# kube-prometheus-stack 77.14.0 brings).
FOLDER_ANNOTATION: Final = "grafana_folder"
_READ: Final = "2026-11-26"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart at a version.

    `images` are the values that name a registry or an image, by their path: what a mirror's prefix
    is put before. `namespace` is where it is installed, with the Pod Security Standard `standard`
    that its pods can live with; kube-system is there and has none.
    """

    name: str
    repository: str
    """Address of a chart repository, or of OCI artifacts: `oci://…`."""
    version: str
    app_version: str
    source: str
    namespace: str
    standard: str = "baseline"
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    read: str = _READ


_NVCR: Final = "nvcr.io/nvidia"
_OPERATOR_IMAGES: Final = {
    **{
        f"{part}.repository": _NVCR
        for part in ("validator", "operator", "driver", "devicePlugin", "gfd", "nodeStatusExporter")
    },
    **{
        f"{part}.repository": f"{_NVCR}/cloud-native"
        for part in ("driver.manager", "dcgm", "migManager", "gds", "gdrcopy")
    },
    **{f"{part}.repository": f"{_NVCR}/k8s" for part in ("toolkit", "dcgmExporter")},
    "node-feature-discovery.image.repository": "registry.k8s.io/nfd/node-feature-discovery",
}
_KSERVE_SHARED: Final = {
    f"kserve.{part}.image": f"kserve/{image}"
    for part, image in (
        ("agent", "agent"),
        ("router", "router"),
        ("storage", "storage-initializer"),
        ("servingruntime.art", "art-explainer"),
    )
}
_RUNTIMES: Final = {
    "tensorflow": "tensorflow/serving",
    "mlserver": "docker.io/seldonio/mlserver",
    **{
        name: f"kserve/{name}"
        for name in (
            *("sklearnserver", "xgbserver", "huggingfaceserver", "pmmlserver"),
            *("predictiveserver", "paddleserver", "lgbserver", "autogluonserver"),
        )
    },
    "tritonserver": f"{_NVCR}/tritonserver",
    "torchserve": "pytorch/torchserve-kfs",
    "vllmserver": "vllm/vllm-openai",
}
# Of 2026-08-21, as v1.14.1 was released; the tag itself still has the chart of a release before.
_KARPENTER_SOURCE: Final = (
    "https://github.com/aws/karpenter-provider-aws/tree/1d927085dd81a9df9301e613f371dac5b4d16bfe/"
    "charts"
)
_KSERVE: Final = "oci://ghcr.io/kserve/charts"
_KSERVE_SOURCE: Final = "https://github.com/kserve/kserve/tree/v0.20.0/charts"


def _kserve(name: str, images: Mapping[str, str] | None = None) -> Chart:
    return Chart(
        name=name,
        repository=_KSERVE,
        version="v0.20.0",
        app_version="v0.20.0",
        source=f"{_KSERVE_SOURCE}/{name}",
        namespace="kserve",
        images=images or {},
    )


CHARTS: Final = {
    chart.name: chart
    for chart in (
        Chart(
            name="gpu-operator",
            repository="https://helm.ngc.nvidia.com/nvidia",
            version="v26.3.3",
            app_version="v26.3.3",
            source="https://github.com/NVIDIA/gpu-operator/tree/v26.3.3/deployments/gpu-operator",
            namespace="gpu-operator",
            standard="privileged",
            images=_OPERATOR_IMAGES,
        ),
        Chart(
            name="nvidia-device-plugin",
            repository="https://nvidia.github.io/k8s-device-plugin",
            version="0.19.3",
            app_version="0.19.3",
            source="https://github.com/NVIDIA/k8s-device-plugin/tree/v0.19.3/deployments/helm",
            namespace="nvidia-device-plugin",
            standard="privileged",
            images={"image.repository": f"{_NVCR}/k8s-device-plugin"},
        ),
        Chart(
            name="dcgm-exporter",
            repository="https://nvidia.github.io/dcgm-exporter/helm-charts",
            version="4.8.2",
            app_version="4.8.2",
            source="https://github.com/NVIDIA/dcgm-exporter/tree/4.5.3-4.8.2/deployment",
            namespace="dcgm-exporter",
            standard="privileged",
            images={"image.repository": f"{_NVCR}/k8s/dcgm-exporter"},
        ),
        Chart(
            name="cert-manager",
            repository="https://charts.jetstack.io",
            version="v1.17.0",
            app_version="v1.17.0",
            source="https://github.com/cert-manager/cert-manager/tree/v1.17.0/deploy/charts",
            namespace="cert-manager",
            images={
                **{
                    f"{part}.image.repository": f"quay.io/jetstack/cert-manager-{part}"
                    for part in ("webhook", "cainjector", "acmesolver", "startupapicheck")
                },
                "image.repository": "quay.io/jetstack/cert-manager-controller",
            },
        ),
        _kserve("kserve-crd"),
        _kserve(
            "kserve-resources",
            {
                **_KSERVE_SHARED,
                "kserve.controller.image": "kserve/kserve-controller",
                "kserve.controller.rbacProxyImage": "quay.io/brancz/kube-rbac-proxy:v0.18.0",
            },
        ),
        _kserve(
            "kserve-runtime-configs",
            {f"kserve.servingruntime.{name}.image": image for name, image in _RUNTIMES.items()},
        ),
        _kserve("kserve-llmisvc-crd"),
        _kserve(
            "kserve-llmisvc-resources",
            {**_KSERVE_SHARED, "kserve.llmisvc.controller.image": "kserve/llmisvc-controller"},
        ),
        Chart(
            name="keda",
            repository="https://kedacore.github.io/charts",
            version="2.17.0",
            app_version="2.17.0",
            source="https://github.com/kedacore/charts/tree/v2.17.0/keda",
            namespace="keda",
            images={
                f"image.{part}.registry": "ghcr.io"
                for part in ("keda", "metricsApiServer", "webhooks")
            },
        ),
        Chart(
            name="kube-prometheus-stack",
            repository="https://prometheus-community.github.io/helm-charts",
            version="77.14.0",
            app_version="v0.85.0",
            source="https://github.com/prometheus-community/helm-charts/tree/"
            "kube-prometheus-stack-77.14.0/charts/kube-prometheus-stack",
            namespace="monitoring",
            # The node exporter sees the host's processes and network.
            standard="privileged",
            images={
                **{
                    f"{part}.registry": "quay.io"
                    for part in (
                        "alertmanager.alertmanagerSpec.image",
                        "prometheusOperator.image",
                        "prometheusOperator.prometheusConfigReloader.image",
                        "prometheusOperator.thanosImage",
                        "prometheus.prometheusSpec.image",
                        "prometheus-node-exporter.image",
                        "grafana.sidecar.image",
                    )
                },
                **{
                    f"{part}.registry": "registry.k8s.io"
                    for part in (
                        "prometheusOperator.admissionWebhooks.patch.image",
                        "kube-state-metrics.image",
                    )
                },
                **{
                    f"grafana.{part}.registry": "docker.io"
                    for part in ("image", "downloadDashboardsImage", "initChownData.image")
                },
            },
        ),
        Chart(
            name="cluster-autoscaler",
            repository="https://kubernetes.github.io/autoscaler",
            version="9.59.0",
            app_version="1.35.0",
            source="https://github.com/kubernetes/autoscaler/tree/cluster-autoscaler-chart-9.59.0/"
            "cluster-autoscaler/charts/cluster-autoscaler",
            namespace="kube-system",
            images={"image.repository": "registry.k8s.io/autoscaling/cluster-autoscaler"},
        ),
        Chart(
            name="karpenter-crd",
            repository="oci://public.ecr.aws/karpenter",
            version="1.14.1",
            app_version="1.14.1",
            source=f"{_KARPENTER_SOURCE}/karpenter-crd",
            namespace="kube-system",
        ),
        Chart(
            name="karpenter",
            repository="oci://public.ecr.aws/karpenter",
            version="1.14.1",
            app_version="1.14.1",
            source=f"{_KARPENTER_SOURCE}/karpenter",
            namespace="kube-system",
            images={"controller.image.repository": "public.ecr.aws/karpenter/controller"},
        ),
    )
}
