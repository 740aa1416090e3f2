"""Alerts on GPUs, judged by Prometheus; what is registered, and what is refused."""

import json
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from components.kubernetes.monitoring.gpu_monitoring import GpuMonitoring
from tests.unit import promtool
from tests.unit.component_mocks import record
from tests.unit.grafana import lost

MINIMAL: Final[dict[str, Any]] = {
    "environment": "dev",
    "owner": "team-platform",
    "namespace": "kube-system",
    "runbook_url": "https://wiki.corp/runbooks/{alert}",
    "grafana_url": "https://grafana.corp",
}
FULL: Final[dict[str, Any]] = MINIMAL | {
    "pool_sizes": [
        {"gpu": "NVIDIA-L4", "max_nodes": 2},
        {"gpu": "NVIDIA-L4", "max_nodes": 1},
        {"gpu": "NVIDIA-A100-SXM4-80GB", "max_nodes": 1},
    ],
    "alert_labels": {"team": "platform"},
}
_GPU: Final = 'gpu="0",UUID="GPU-1",Hostname="node-1",modelName="NVIDIA L4"'
_POD: Final = f'{_GPU},exported_namespace="models",exported_pod="fraud-1"'


def _groups() -> list[dict[str, Any]]:
    made = record(GpuMonitoring, "gpus", FULL).inputs
    return made["gpus-rules"]["spec"]["groups"]


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    promtool.check(_groups(), tmp_path)


@pytest.mark.parametrize(
    ("series", "before", "after", "alert"),
    [
        # A program's error is none of the GPU's: the kind of it is a label.
        ({f'DCGM_FI_DEV_XID_ERRORS{{{_GPU},err_code="31"}}': "31x60"}, 30, 59, None),
        ({f'DCGM_FI_DEV_XID_ERRORS{{{_GPU},err_code="79"}}': "_x10 79x50"}, 9, 11, "GpuFailed"),
        ({f"DCGM_FI_DEV_ROW_REMAP_FAILURE{{{_GPU}}}": "0x10 1x50"}, 9, 12, "GpuMemoryWearsOut"),
        (
            {
                f"DCGM_FI_DEV_FB_USED{{{_POD}}}": "500x10 980x50",
                f"DCGM_FI_DEV_FB_FREE{{{_POD}}}": "500x10 20x50",
            },
            24,
            27,
            "GpuMemoryFull",
        ),
        (
            {
                f"DCGM_FI_DEV_FB_USED{{{_POD}}}": "970x60",
                f"DCGM_FI_DEV_FB_FREE{{{_POD}}}": "30x60",
            },
            30,
            59,
            None,
        ),
        (
            {f'DCGM_EXP_CLOCK_EVENTS_COUNT{{{_GPU},clock_event="hw_thermal"}}': "3x60"},
            8,
            11,
            "GpuSlowedDown",
        ),
        # Power capping is how GPUs work, and idling is no fault.
        ({f'DCGM_EXP_CLOCK_EVENTS_COUNT{{{_GPU},clock_event="power_cap"}}': "3x60"}, 30, 59, None),
        # Of a pod that has not had it for six hours nothing is said, however idle it is.
        ({f"DCGM_FI_DEV_GPU_UTIL{{{_POD}}}": "0x500"}, 358, 361, "GpuHeldIdle"),
        ({f"DCGM_FI_DEV_GPU_UTIL{{{_POD}}}": "_x200 0x300"}, 300, 499, None),
        ({f"DCGM_FI_DEV_GPU_UTIL{{{_POD}}}": "0x300 1 0x200"}, 301, 499, None),
        # Nobody has it: nobody can give it back.
        ({f"DCGM_FI_DEV_GPU_UTIL{{{_GPU}}}": "0x500"}, 100, 499, None),
        (
            {
                "kube_pod_container_resource_requests{namespace='models',pod='a',"
                "resource='nvidia_com_gpu'}": "1x60",
                "kube_pod_status_scheduled{namespace='models',pod='a',condition='false'}": (
                    "0x10 1x50"
                ),
            },
            24,
            27,
            "PodWaitsForGpu",
        ),
        # Has its node, and its GPU: what it waits for is its image, or its model.
        (
            {
                "kube_pod_container_resource_requests{namespace='models',pod='a',"
                "resource='nvidia_com_gpu'}": "1x60",
                "kube_pod_status_phase{namespace='models',pod='a',phase='Pending'}": "1x60",
                "kube_pod_status_scheduled{namespace='models',pod='a',condition='true'}": "1x60",
                "kube_pod_status_scheduled{namespace='models',pod='a',condition='false'}": "0x60",
            },
            30,
            59,
            None,
        ),
        # Waits, but for no GPU.
        (
            {
                "kube_pod_container_resource_requests{namespace='models',pod='a',resource='cpu'}": (
                    "1x60"
                ),
                "kube_pod_status_scheduled{namespace='models',pod='a',condition='false'}": "1x60",
            },
            30,
            59,
            None,
        ),
        (
            {
                f'DCGM_FI_DEV_GPU_UTIL{{gpu="0",Hostname="node-{node}",modelName="NVIDIA L4"}}': (
                    "50x60"
                )
                for node in (1, 2, 3)
            },
            28,
            31,
            "GpuPoolsAtMaximum",
        ),
        (
            {
                'DCGM_FI_DEV_GPU_UTIL{gpu="0",Hostname="a",modelName="NVIDIA A100-SXM4-80GB"}': (
                    "50x60"
                )
            },
            28,
            31,
            "GpuPoolsAtMaximum",
        ),
        (
            {
                f'DCGM_FI_DEV_GPU_UTIL{{gpu="{gpu}",Hostname="{node}",modelName="NVIDIA L4"}}': (
                    "50x60"
                )
                for node in ("a", "b")
                for gpu in (0, 1)
            },
            30,
            59,
            None,
        ),
    ],
)
def test_when_it_fires(
    series: dict[str, str], before: int, after: int, alert: str | None, tmp_path: Path
) -> None:
    fires = {(alert, "")} if alert else set[tuple[str, str]]()
    promtool.firing(_groups(), series, {before: set(), after: fires}, tmp_path)


def test_every_alert_has_a_runbook() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "runbooks.md").read_text()
    for rule in _groups()[0]["rules"]:
        assert f"\n## {rule['alert']}\n" in page
        assert rule["annotations"]["runbook_url"].endswith(f"/{rule['alert']}")
        assert rule["labels"].items() >= {"owner": "team-platform", "team": "platform"}.items()


def test_the_dashboard_has_what_pods_use() -> None:
    (text,) = record(GpuMonitoring, "gpus", MINIMAL).inputs["gpus-dashboard"]["data"].values()
    assert lost(text) == []
    panels = {panel["title"]: panel for panel in json.loads(text)["panels"]}
    assert list(panels)[:3] == ["Alerts, and for how long", "Now", "Use of GPUs"]
    # A GPU that no pod has is told apart, and how full its memory is as an alert has it.
    memory = panels["Memory in use"]
    assert memory["targets"][0]["legendFormat"] == "{{Hostname}}/{{gpu}} {{exported_pod}}"
    assert memory["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] == 0.97
    (full,) = (rule for rule in _groups()[0]["rules"] if rule["alert"] == "GpuMemoryFull")
    assert full["expr"].endswith(" > 0.97")


def test_prometheus_takes_every_query_of_the_dashboard(tmp_path: Path) -> None:
    (text,) = record(GpuMonitoring, "gpus", MINIMAL).inputs["gpus-dashboard"]["data"].values()
    shown = json.loads(text)
    queries = [target["expr"] for panel in shown["panels"] for target in panel["targets"]]
    queries += [mark["expr"] for mark in shown["annotations"]["list"]]
    rules = [{"record": f"asked:{number}", "expr": each} for number, each in enumerate(queries)]
    promtool.check([{"name": "asked", "rules": rules}], tmp_path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pool_sizes": [{"gpu": "NVIDIA-L4"}]}, "pool_sizes[0].max_nodes"),
        ({"pool_sizes": [{"gpu": 'L"4', "max_nodes": 1}]}, "pool_sizes[0].gpu"),
        ({"pool_sizes": [{"gpu": "L4", "max_nodes": 5001}]}, "from 1 to 5000"),
        ({"grafana_url": None}, "grafana_url"),
        ({"owner": "{{ x }}"}, "a text without {{"),
    ],
)
def test_what_it_refuses(changes: dict[str, Any], told: str) -> None:
    args = {key: value for key, value in (MINIMAL | changes).items() if value is not None}
    with pytest.raises(pulumi.RunError) as refused:
        record(GpuMonitoring, "gpus", args)
    assert told in str(refused.value)
