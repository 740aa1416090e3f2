"""Rules on drift, judged by Prometheus: the index that they record is the runtime's."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from components.kubernetes.monitoring.drift_rules import drift_rules
from facts import drift_profiles
from facts.alerts import DATA_DRIFTS
from runtime.drift import distances, window
from runtime.drift.bins import Bins
from runtime.drift.distances import psi
from runtime.drift.profile import Column, Profile
from runtime.server.drift_metrics import DriftCollector
from runtime.tensors import TensorSpec
from tests.unit import promtool
from tests.unit.test_slo_rules import ABOUT, SELECTOR

BASELINE: Final = (0.25, 0.5, 0.25, 0.0)
_PODS: Final = ("a", "b")
_LABELS: Final = 'serving_model="fraud",namespace="models",kind="feature",column="age"'


def _groups(hours: int, threshold: float) -> list[dict[str, Any]]:
    return list(drift_rules(ABOUT, SELECTOR, hours, threshold))


def _series(rows: Mapping[str, Sequence[int]], minutes: int) -> dict[str, str]:
    """Of each pod the rows a minute in each bin, and what the profile has there."""
    found: dict[str, str] = {}
    for pod, counts in rows.items():
        for index, (count, share) in enumerate(zip(counts, BASELINE, strict=True)):
            labels = f'{_LABELS},serving_version="1",pod="{pod}",bin="{index:02}"'
            found[f"model_server_drift_rows_total{{{labels}}}"] = f"0+{count}x{minutes}"
            found[f"model_server_drift_baseline_ratio{{{labels}}}"] = f"{share}x{minutes}"
    return found


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    for hours in (1, 6, 24):
        promtool.check(_groups(hours, 0.2), tmp_path)


def test_the_figures_and_names_are_the_runtimes() -> None:
    assert drift_profiles.LEAST_ROWS == window.LEAST_ROWS
    assert drift_profiles.LEAST_SHARE == distances.LEAST_SHARE
    column = Column("feature", "age", 0, (0.5, 0.5, 0), (40,))
    bins = Bins(Profile(100, (column,)), (TensorSpec("age", "int64", ()),), ())
    told = {sample.name for each in DriftCollector(bins).collect() for sample in each.samples}
    asked = set(re.findall(r"model_server_\w+", str(_groups(24, 0.2))))
    # Those of requests that could not be counted are for people.
    assert asked == told - {"model_server_drift_faults_total"}


@pytest.mark.parametrize(
    "rows",
    [
        # Each pod alone has drifted, and all of them together have not.
        {"a": (10, 10, 0, 0), "b": (0, 10, 10, 0)},
        {"a": (7, 10, 3, 0), "b": (5, 12, 3, 0)},
        {"a": (10, 5, 4, 1), "b": (10, 5, 5, 0)},
        {"a": (0, 20, 0, 0), "b": (0, 20, 0, 0)},
    ],
)
def test_it_fires_above_the_index_of_all_pods_and_not_below(
    rows: Mapping[str, Sequence[int]], tmp_path: Path
) -> None:
    index = psi(BASELINE, np.sum(list(rows.values()), axis=0))
    series = _series(rows, 120)
    for threshold, fires in ((index * 1.001 + 1e-6, False), (index * 0.999 - 1e-6, True)):
        told = {(DATA_DRIFTS, "")} if fires else set[tuple[str, str]]()
        # 40 rows a minute are a thousand after 25 minutes, and a quarter of an hour later it is
        # told, once an evaluation has seen it.
        promtool.firing(
            _groups(1, threshold), series, {35: set(), 60: told, 110: told}, tmp_path, minutes=5
        )


def test_fewer_rows_than_a_thousand_are_never_told(tmp_path: Path) -> None:
    for a_minute, fires in ((7, False), (9, True)):
        # Two pods, over an hour: 840 rows, and 1080; Prometheus 2 counts the window's first moment
        # too, which is 910.
        rows: dict[str, Sequence[int]] = dict.fromkeys(_PODS, (0, 0, 0, a_minute))
        told = {(DATA_DRIFTS, "")} if fires else set[tuple[str, str]]()
        promtool.firing(_groups(1, 0.2), _series(rows, 180), {150: told}, tmp_path, minutes=5)


def test_what_has_passed_is_forgotten_after_the_window(tmp_path: Path) -> None:
    series = _series({"a": (0, 0, 0, 20)}, 300)
    for index, share in enumerate(BASELINE):
        labels = f'{_LABELS},serving_version="1",pod="a",bin="{index:02}"'
        # For an hour all in the bin that the profile has none in, then as the profile has it.
        odd = 0 if share else 20
        name = f"model_server_drift_rows_total{{{labels}}}"
        series[name] = f"0+{odd}x60 {odd * 60}+{int(40 * share)}x240"
    moments = {70: {(DATA_DRIFTS, "")}, 100: {(DATA_DRIFTS, "")}, 135: set[tuple[str, str]]()}
    promtool.firing(_groups(1, 0.2), series, moments, tmp_path, minutes=5)
