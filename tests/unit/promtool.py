"""Prometheus' own judge of rules: whether they are rules, and what they do with series."""

import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.debian import unpacked
from sandbox.progress import NotAvailableError, SetupError
from sandbox.schema.cache import cache_folder

__all__ = ["check", "firing"]


@cache
def _program() -> str:
    """Debian's, beside the system; 2.42 is enough for what rules are made of."""
    if found := shutil.which("promtool"):
        return found
    place = cache_folder() / "tools" / "prometheus"
    try:
        return str(unpacked(["prometheus"], place, "usr/bin/promtool"))
    except (NotAvailableError, SetupError) as error:
        pytest.skip(f"promtool cannot be had: {error}")


def check(groups: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Prometheus takes the groups as they are."""
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": list(groups)}))
    _run("check", "rules", str(file))


def firing(
    groups: Sequence[Mapping[str, Any]],
    series: Mapping[str, str],
    expected: Mapping[int, Collection[tuple[str, str]]],
    folder: Path,
    minutes: int = 1,
) -> None:
    """At each minute exactly these alerts fire, by name and objective.

    Args:
        groups: of rules.
        series: values of each series, a minute apart, in promtool's notation.
        expected: by minute, names of alerts and values of their label `slo`, "" without.
        folder: to write to.
        minutes: from one evaluation to the next; what groups say of it is ignored.
    """
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": list(groups)}))
    asked = [
        {
            "expr": 'count by (alertname, slo) (ALERTS{alertstate="firing"})',
            "eval_time": f"{minute}m",
            "exp_samples": [
                {"labels": _labels({"alertname": name, "slo": slo}), "value": 1}
                for name, slo in sorted(alerts)
            ],
        }
        for minute, alerts in expected.items()
    ]
    document = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": f"{minutes}m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name, "values": values} for name, values in series.items()
                ],
                "promql_expr_test": asked,
            }
        ],
    }
    (folder / "test.yaml").write_text(yaml.safe_dump(document))
    _run("test", "rules", str(folder / "test.yaml"))


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'{key}="{value}"' for key, value in labels.items() if value) + "}"


def _run(*arguments: str) -> None:
    done = subprocess.run(
        [_program(), *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        pytest.fail(f"promtool {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
