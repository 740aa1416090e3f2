"""What the DCGM exporter tells of GPUs, as of the version that the charts run."""

import re
from collections import Counter

import pytest

from facts.add_ons import CHARTS
from facts.gpu_metric_list import metric_list
from facts.gpu_metrics import (
    CLOCK_EVENTS,
    EXPORTER,
    EXPORTER_SOURCE,
    GPU_LABELS,
    GPU_METRICS,
    MIG_LABELS,
    OF_THE_POD,
    GpuMetric,
    Installer,
)

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_EACH = pytest.mark.parametrize("metric", GPU_METRICS.values(), ids=GPU_METRICS)


def test_it_is_the_version_of_the_chart() -> None:
    """A newer chart of the exporter asks for another look at its lists."""
    chart = CHARTS["dcgm-exporter"]
    assert EXPORTER.endswith(f"-{chart.version}")
    assert chart.source.startswith(EXPORTER_SOURCE)
    # Whose assets/ and values.yaml were read with it.
    assert CHARTS["gpu-operator"].version == "v26.3.3"


@_EACH
def test_names_are_fields_of_dcgm_or_the_exporters_own(metric: GpuMetric) -> None:
    assert re.fullmatch(r"DCGM_(FI_DEV|FI_PROF|EXP)_[A-Z_]+", metric.name)
    assert set(metric.by_default) <= set(CHARTS)
    # The exporter's own counts are in no list by default.
    assert not (metric.by_default and metric.name.startswith("DCGM_EXP_"))
    assert metric.name.startswith("DCGM_FI_PROF_") == (metric.unit == "share")


def test_names_stand_once() -> None:
    assert set(Counter(each.name for each in GPU_METRICS.values()).values()) == {1}


def test_labels_are_well_formed_and_distinct() -> None:
    of_all = (*GPU_LABELS, *MIG_LABELS, *OF_THE_POD.values())
    assert len(set(of_all)) == len(of_all)
    for metric in GPU_METRICS.values():
        labels = (*of_all, *metric.labels)
        assert len(set(labels)) == len(labels)
        assert [label for label in labels if not _LABEL.fullmatch(label)] == []


def test_the_pod_is_not_the_exporters() -> None:
    assert all(found == f"exported_{said}" for said, found in OF_THE_POD.items())


def test_what_alerts_need_is_there_or_said_to_be_missing() -> None:
    by_default = {what for what, each in GPU_METRICS.items() if len(each.by_default) == 2}
    assert {
        "utilisation",
        "memory_used",
        "memory_free",
        "temperature",
        "power",
        "xid",
    } <= by_default
    assert {"clock_events", "throttled_by_heat", "ecc_double_bit"}.isdisjoint(by_default)
    assert {"hw_thermal", "hw_slowdown", "hw_power_brake"} <= set(CLOCK_EVENTS)


@pytest.mark.parametrize("installer", ["gpu-operator", "dcgm-exporter"])
def test_a_list_of_ones_own_leaves_out_nothing_of_the_charts(installer: Installer) -> None:
    lines = metric_list(installer).splitlines()
    # As the exporter reads it: three fields, of which the last one is for people.
    fields = [line.split(", ") for line in lines]
    assert all(len(field) == 3 and "," not in "".join(field) for field in fields)
    assert {kind for _, kind, _ in fields} <= {"gauge", "counter", "label"}
    kinds = {name: kind for name, kind, _ in fields}
    assert len(kinds) == len(lines)
    for metric in GPU_METRICS.values():
        asked = installer in metric.by_default or metric.what == "clock_events"
        assert (metric.name in kinds) == asked
        assert kinds.get(metric.name, metric.kind) == metric.kind
    # Those of the charts' own lists, beside the clock events.
    assert len(lines) == {"gpu-operator": 26, "dcgm-exporter": 24}[installer] + 1
