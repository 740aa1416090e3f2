import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
import yaml

from components.kubernetes.cluster_add_ons import ClusterAddOns
from components.kubernetes.objects import record_only
from facts.add_ons import CHARTS
from facts.pools.sharing import plugin_config, sharing
from sandbox.kinds.modules import versions
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {"cluster": "eks"}
FULL: dict[str, Any] = {
    "cluster": "eks",
    "gpu_software": "operator",
    "shared_pools": [
        {"time_slices": 4},
        {"time_slices": 4, "mig_profile": "1g.10gb"},
        {"mig_profile": "3g.40gb"},
    ],
    "pool_taints": ["nvidia.com/gpu=present:NoSchedule", "team=search:NoExecute"],
    "dcgm_exporter": True,
    "prometheus": True,
    "prometheus_retention_days": 30,
    "prometheus_disk_gib": 100,
    "dashboards": True,
    "kserve": "standard",
    "kserve_gateway": "kserve/models",
    "kserve_domain": "models.example.com",
    "kserve_language_models": True,
    "keda": True,
    "cluster_autoscaler": True,
    "cluster_autoscaler_role_arn": "arn:aws:iam::123456789012:role/autoscaler",
    "cluster_autoscaler_priorities": True,
    "karpenter": True,
    "karpenter_role_arn": "arn:aws:iam::123456789012:role/karpenter",
    "karpenter_interruption_queue": "karpenter-serving-dev",
    "cluster_name": "serving-dev",
    "region": "eu-west-1",
    "chart_mirror": "oci://mirror.example.com/charts",
    "image_mirror": "mirror.example.com/images",
    "chart_versions": {"keda": "2.17.2"},
    "existing_namespaces": ["monitoring"],
    "ready_timeout_seconds": 300,
}
GKE: dict[str, Any] = {"cluster": "gke", "driver": "operator", "dcgm_exporter": True}
AKS: dict[str, Any] = {"cluster": "aks", "shared_pools": [{"time_slices": 3}]}
MANIFESTS = {"GKE": GKE, "AKS": AKS}
VALUES = json.loads((Path(__file__).parent / "chart_values.json").read_text(encoding="utf-8"))
RELEASE = "kubernetes:helm.sh/v3:Release"


def made(args: dict[str, Any]) -> Recorded:
    return record(ClusterAddOns, "it", args)


def values(args: dict[str, Any], chart: str) -> dict[str, Any]:
    return made(args).inputs[f"it-{chart}"].get("values") or {}


def leaves(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in cast("dict[str, object]", value).items():
            yield from leaves(inner, f"{path}/{key}" if path else key)
    elif path:
        yield path


def test_the_least() -> None:
    recorded = made(MINIMAL)
    assert recorded.outputs == {"versions": {"nvidia-device-plugin": "0.19.3"}} | {
        "service_accounts": {}
    }
    plugin = recorded.inputs["it-nvidia-device-plugin"]
    assert (plugin["chart"], plugin["name"]) == ("nvidia-device-plugin", "nvidia-device-plugin")
    assert plugin["repositoryOpts"] == {"repo": "https://nvidia.github.io/k8s-device-plugin"}
    assert (plugin["atomic"], plugin["skipAwait"], plugin["timeout"]) == (True, False, 900)
    assert plugin["createNamespace"] is False
    space = recorded.inputs["it-nvidia-device-plugin-namespace"]["metadata"]
    assert space["name"] == plugin["namespace"]
    assert space["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    # A plain plugin has no configurations to choose from.
    assert "config" not in plugin["values"]


def test_everything_at_once() -> None:
    recorded = made(FULL)
    releases = {name for name, token in recorded.types.items() if token == RELEASE}
    # The operator brings plugin and exporter.
    missing = {"nvidia-device-plugin", "dcgm-exporter"}
    assert releases == {f"it-{chart}" for chart in CHARTS.keys() - missing}
    assert set(recorded.outputs["versions"]) == CHARTS.keys() - missing
    assert recorded.outputs["versions"]["keda"] == recorded.inputs["it-keda"]["version"] == "2.17.2"
    assert recorded.outputs["service_accounts"] == {
        "cluster-autoscaler": "kube-system/cluster-autoscaler",
        "karpenter": "kube-system/karpenter",
    }
    spaces = {
        recorded.inputs[name]["metadata"]["name"]
        for name, token in recorded.types.items()
        if token == "kubernetes:core/v1:Namespace"
    }
    assert spaces == {"gpu-operator", "cert-manager", "kserve", "keda"}


@pytest.mark.parametrize("args", [MINIMAL, FULL, AKS, FULL | {"gpu_software": "device_plugin"}])
def test_every_value_is_one_of_the_chart(args: dict[str, Any]) -> None:
    """Helm takes a value that its chart does not know without a word."""
    args = dict(args)
    if args.get("gpu_software") == "device_plugin":
        args["shared_pools"] = [{"time_slices": 4}]
    recorded = made(args)
    for name, token in recorded.types.items():
        if token != RELEASE:
            continue
        chart = recorded.inputs[name]["name"]
        known, free = VALUES[chart]["paths"], VALUES[chart]["free"]
        for path in leaves(recorded.inputs[name].get("values") or {}):
            inside = any(path == root or path.startswith(f"{root}/") for root in free)
            assert path in known or inside, f"{chart}: {path}"
        assert VALUES[chart]["version"] == CHARTS[chart].version


def test_alerts_and_folders_of_dashboards_have_what_they_need() -> None:
    """By default Grafana's sidecar reads no folder, and the exporter tells no clock events."""
    stack = values(FULL, "kube-prometheus-stack")["grafana"]["sidecar"]["dashboards"]
    assert stack == {
        "folderAnnotation": "grafana_folder",
        "provider": {"foldersFromFilesStructure": True},
    }
    none = values(FULL | {"dashboards": False}, "kube-prometheus-stack")["grafana"]
    assert "dashboards" not in none["sidecar"]
    operator = values(FULL, "gpu-operator")["dcgmExporter"]["config"]
    assert operator["create"] is True
    alone = FULL | {"gpu_software": "device_plugin", "shared_pools": [{"time_slices": 4}]}
    for told in (operator["data"], values(alone, "dcgm-exporter")["customMetrics"]):
        assert "DCGM_EXP_CLOCK_EVENTS_COUNT, counter, " in told
    without = values(FULL | {"dcgm_exporter": False}, "gpu-operator")["dcgmExporter"]
    assert "config" not in without


def test_versions_are_those_that_all_is_written_against() -> None:
    written = versions()
    assert CHARTS["kserve-resources"].app_version == f"v{written['kserve']}"
    assert CHARTS["cert-manager"].app_version == f"v{written['cert_manager']}"
    assert CHARTS["keda"].app_version == written["keda"]
    assert CHARTS["karpenter"].app_version == written["karpenter"]
    assert CHARTS["kube-prometheus-stack"].app_version == f"v{written['prometheus_operator']}"
    tag = values(FULL, "cluster-autoscaler")["image"]["tag"]
    assert tag.rpartition(".")[0] == "v" + written["kubernetes"].rpartition(".")[0]


def test_a_chart_mirror() -> None:
    plugin = made(FULL).inputs["it-gpu-operator"]
    assert plugin["chart"] == "oci://mirror.example.com/charts/gpu-operator"
    assert "repositoryOpts" not in plugin
    again = {**MINIMAL, "chart_mirror": "https://mirror.example.com/charts"}
    plugin = made(again).inputs["it-nvidia-device-plugin"]
    assert plugin["chart"] == "nvidia-device-plugin"
    assert plugin["repositoryOpts"] == {"repo": "https://mirror.example.com/charts"}


def test_every_image_by_the_mirror() -> None:
    recorded = made(FULL)
    for name in CHARTS.keys() - {"nvidia-device-plugin", "dcgm-exporter"}:
        given: Any = recorded.inputs[f"it-{name}"].get("values") or {}
        for path, image in CHARTS[name].images.items():
            found: Any = given
            for key in path.split("."):
                found = found[key]
            host = image if "." in image.partition("/")[0] else f"docker.io/{image}"
            assert found == f"mirror.example.com/images/{host}", path


def test_what_pods_ask_for_is_what_the_plugin_gives() -> None:
    """Names of configurations and resources, as facts/pools/sharing.py has them for pools."""
    shared = sharing("eks", "nvidia-h100", mig_profile="1g.10gb", time_slices=4)
    data = values(FULL, "gpu-operator")["devicePlugin"]["config"]["data"]
    assert data.keys() == {"default", plugin_config(4)}
    assert shared.node_labels["nvidia.com/device-plugin.config"] in data
    config = yaml.safe_load(data[plugin_config(4)])
    assert config["flags"]["migStrategy"] == "mixed"
    slicing = config["sharing"]["timeSlicing"]
    assert slicing["renameByDefault"] is True
    assert slicing["resources"] == [
        {"name": "nvidia.com/gpu", "replicas": 4},
        {"name": "nvidia.com/mig-1g.10gb", "replicas": 4},
    ]
    assert shared.resource == f"{slicing['resources'][1]['name']}.shared"
    assert "sharing" not in yaml.safe_load(data["default"])


def test_aks_keeps_the_usual_name() -> None:
    config = values(AKS, "nvidia-device-plugin")["config"]
    assert config["default"] == "default"
    told = yaml.safe_load(config["map"][plugin_config(3)])
    assert told["flags"]["migStrategy"] == "single"
    assert told["sharing"]["timeSlicing"]["renameByDefault"] is False


@pytest.mark.parametrize(
    ("cluster", "driver", "driver_on", "runtime"),
    [
        ("eks", "cloud", False, None),
        ("aks", "cloud", False, "nvidia-container-runtime"),
        ("aks", "operator", True, None),
        ("gke", "operator", True, None),
    ],
)
def test_who_installs_the_driver(
    cluster: str, driver: str, driver_on: object, runtime: str | None
) -> None:
    args = {"cluster": cluster, "gpu_software": "operator", "driver": driver}
    found = values(args, "gpu-operator")
    assert found["driver"]["enabled"] is found["toolkit"]["enabled"] is driver_on
    assert found.get("operator", {}).get("runtimeClass") == runtime
    assert found["migManager"]["enabled"] is (cluster == "eks")
    # Its parts need a machine that starts again.
    reboots = [{"name": "WITH_REBOOT", "value": "true"}]
    assert found["migManager"].get("env") == (reboots if cluster == "eks" else None)


def test_critical_pods_need_a_quota_on_gke() -> None:
    recorded = made(GKE)
    assert recorded.outputs["versions"].keys() == {"gpu-operator"}
    quota = recorded.inputs["it-gpu-operator-quota"]
    assert quota["metadata"]["namespace"] == "gpu-operator"
    (scope,) = quota["spec"]["scopeSelector"]["matchExpressions"]
    assert scope["values"] == ["system-node-critical", "system-cluster-critical"]
    assert "it-gpu-operator-quota" not in made(FULL).types


def test_daemonsets_come_onto_the_tainted_nodes() -> None:
    wanted = [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "team", "operator": "Equal", "value": "search", "effect": "NoExecute"},
    ]
    assert values(FULL, "gpu-operator")["daemonsets"]["tolerations"] == wanted
    alone = {**FULL, "gpu_software": "device_plugin", "shared_pools": [{"time_slices": 2}]}
    for chart in ("nvidia-device-plugin", "dcgm-exporter"):
        found = values(alone, chart)
        assert found["tolerations"] == wanted
        (ours, _) = found["affinity"]["nodeAffinity"][
            "requiredDuringSchedulingIgnoredDuringExecution"
        ]["nodeSelectorTerms"]
        (term,) = ours["matchExpressions"]
        assert term == {"key": "model-serving/node-pool", "operator": "Exists"}


def test_monitors_are_made_where_their_kind_is_known() -> None:
    for on in (True, False):
        args = {"cluster": "eks", "keda": True, "dcgm_exporter": True, "prometheus": on}
        found = values(args, "keda")["prometheus"]["operator"]["serviceMonitor"]["enabled"]
        assert found is values(args, "dcgm-exporter")["serviceMonitor"]["enabled"] is on


@pytest.mark.parametrize(
    ("args", "mode", "gateway"),
    [
        ({"kserve": "standard"}, "Standard", {"disableIngressCreation": True}),
        ({"kserve": "knative"}, "Knative", {}),
        (
            {"kserve": "standard", "kserve_gateway": "kserve/models"},
            "Standard",
            {
                "disableIngressCreation": False,
                "ingressGateway": {"enableGatewayApi": True, "kserveGateway": "kserve/models"},
            },
        ),
        (
            {"kserve": "knative", "kserve_domain": "models.example.com"},
            "Knative",
            {"domain": "models.example.com"},
        ),
    ],
)
def test_kserve(args: dict[str, Any], mode: str, gateway: dict[str, Any]) -> None:
    args = {"cluster": "gke", **args}
    controller = values(args, "kserve-resources")["kserve"]["controller"]
    assert controller == {"deploymentMode": mode, "gateway": gateway}
    assert "it-cert-manager" in made(args).types
    assert "it-cert-manager" not in made({**args, "cert_manager": False}).types


def test_shared_objects_of_kserve_are_made_once() -> None:
    both = values(FULL, "kserve-llmisvc-resources")["kserve"]
    alone = {"cluster": "gke", "kserve_language_models": True}
    assert both["createSharedResources"] is False
    assert values(alone, "kserve-llmisvc-resources")["kserve"]["createSharedResources"] is True


def test_the_autoscaler_knows_the_order_where_it_is_told() -> None:
    assert values(FULL, "cluster-autoscaler")["extraArgs"]["expander"] == "priority,least-waste"
    without = {**FULL, "cluster_autoscaler_priorities": False}
    assert values(without, "cluster-autoscaler")["extraArgs"]["expander"] == "least-waste"
    account = values(FULL, "karpenter")["serviceAccount"]
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": FULL["karpenter_role_arn"]}
    plain = {key: value for key, value in FULL.items() if not key.endswith(("_arn", "_queue"))}
    assert values(plain, "karpenter")["serviceAccount"] == {"name": "karpenter"}
    assert values(plain, "karpenter")["settings"] == {
        "clusterName": "serving-dev",
        "isolatedVPC": False,
    }
    alone = values(plain | {"internet": False}, "karpenter")["settings"]
    assert alone["isolatedVPC"] is True


@pytest.mark.parametrize(("disk_gib", "kept"), [(1, "1GiB"), (100, "90GiB")])
def test_prometheus(disk_gib: int, kept: str) -> None:
    args = {"cluster": "gke", "prometheus": True, "prometheus_disk_gib": disk_gib}
    found = values(args, "kube-prometheus-stack")
    spec = found["prometheus"]["prometheusSpec"]
    assert (spec["retention"], spec["retentionSize"]) == ("15d", kept)
    assert spec["serviceMonitorSelectorNilUsesHelmValues"] is False
    # No password that is written in the chart.
    assert found["grafana"] == {"enabled": False, "adminPassword": ""}


def test_without_waiting_nothing_is_rolled_back() -> None:
    plugin = made({**MINIMAL, "wait": False}).inputs["it-nvidia-device-plugin"]
    assert (plugin["atomic"], plugin["skipAwait"]) == (False, True)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"cluster": None}, "cluster: got None; use one of aks, eks, gke"),
    ({"cluster": "gke"}, "add-ons: got 'none'; use at least one"),
    ({"gpu_software": "none"}, "add-ons: got 'none'; use at least one"),
    (
        {"gpu_software": "both"},
        "gpu_software: got 'both'; use one of device_plugin, none, operator",
    ),
    (
        {"cluster": "gke", "gpu_software": "operator"},
        "gpu_software: got 'operator'; use none on GKE",
    ),
    ({"cluster": "gke", "dcgm_exporter": True}, "dcgm_exporter: got True; use the DCGM metrics of"),
    (
        {"cluster": "gke", "driver": "operator", "gpu_software": "device_plugin"},
        "gpu_software: got 'device_plugin'; use operator, which installs the driver",
    ),
    (
        {"cluster": "gke", "kserve": "standard", "shared_pools": [{"time_slices": 2}]},
        "shared_pools: got 'a list'; use nothing on GKE",
    ),
    ({"driver": "operator"}, "driver: got 'operator'; use cloud: NVIDIA has no driver image"),
    ({"cluster": "aks", "driver": "operator"}, "use cloud, or gpu_software: operator"),
    ({"shared_pools": [{"mig_profile": "1g.10gb"}]}, "use operator: its MIG manager cuts"),
    (
        {"gpu_software": "none", "keda": True, "shared_pools": [{"time_slices": 2}]},
        "gpu_software: got 'none'; use operator or device_plugin, for shared_pools",
    ),
    ({"shared_pools": [{"time_slices": 1}]}, "shared_pools[0].time_slices: got 1; use a whole"),
    ({"shared_pools": [{"time_slices": 49}]}, "shared_pools[0].time_slices: got 49; use a whole"),
    ({"shared_pools": [{}]}, "shared_pools[0].time_slices: got None; use pods that take turns"),
    ({"shared_pools": [{"mig_profile": "x"}]}, "shared_pools[0].mig_profile: got 'x'; use a"),
    ({"pool_taints": ["gpu"]}, "pool_taints: got 'gpu'; use key=value:Effect"),
    ({"kserve": "raw"}, "kserve: got 'raw'; use one of knative, none, standard"),
    ({"kserve": "knative", "kserve_gateway": "a/b"}, "kserve_gateway: got 'a/b'; use it with"),
    ({"kserve": "standard", "kserve_gateway": "a"}, "kserve_gateway: got 'a'; use namespace/name"),
    ({"kserve_domain": "a.example"}, "kserve_domain: got 'a.example'; use it with kserve"),
    ({"kserve": "standard", "kserve_domain": "A"}, "kserve_domain: got 'A'; use a domain"),
    ({"dashboards": True}, "dashboards: got True; use it with prometheus: true"),
    ({"prometheus_disk_gib": 9}, "prometheus_disk_gib: got 9; use it with prometheus"),
    ({"cluster_autoscaler_priorities": True}, "use it with cluster_autoscaler"),
    ({"cluster_autoscaler": True}, "cluster_name: got None; use the cluster's name"),
    ({"cluster_autoscaler": True, "cluster_name": "c"}, "region: got None; use the cluster's"),
    ({"karpenter": True}, "cluster_name: got None; use the cluster's name"),
    ({"cluster": "aks", "karpenter": True}, "karpenter: got True; use nothing on aks"),
    ({"karpenter_role_arn": "r"}, "karpenter_role_arn: got 'r'; use the ARN of a role"),
    ({"chart_mirror": "ftp://x"}, "chart_mirror: got 'ftp://x'; use https://… or oci://…"),
    ({"image_mirror": "https://x"}, "image_mirror: got 'https://x'; use a registry's host"),
    ({"internet": False}, "image_mirror: got None; use the registry of the images"),
    ({"chart_versions": {"kedaa": "1"}}, "chart_versions: got 'kedaa'; use charts: cert-manager"),
    ({"ready_timeout_seconds": 59}, "ready_timeout_seconds: got 59; use a whole number from 60"),
]


@pytest.mark.parametrize(("change", "expected"), REFUSED)
def test_refusals(change: dict[str, Any], expected: str) -> None:
    args = {key: value for key, value in {**MINIMAL, **change}.items() if value is not None}
    with pytest.raises(pulumi.RunError, match=re.escape(expected)):
        made(args)


def test_a_chart_cannot_be_rendered_for_gitops() -> None:
    record_only()
    try:
        with pytest.raises(pulumi.RunError, match="charts: got 'rendering for GitOps'"):
            made(MINIMAL)
    finally:
        record_only(on=False)
