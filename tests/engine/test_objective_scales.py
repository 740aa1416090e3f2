"""What follows from an objective through the real engine: scaling's target, and a gate's questions.

Two targets at once: of one the target is in a resource of its own, of the other in what serves.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import ROOT, Sandbox
from tests.engine.test_program import GO, LINKED, Estate
from tests.unit.settings_project import KSERVE, SAGEMAKER, dump

pytestmark = pytest.mark.engine

_SLO: dict[str, Any] = {"latency_p95_ms": 200}
_FRAUD: dict[str, Any] = {**SAGEMAKER, "max_replicas": 3}
_KNATIVE = "autoscaling.knative.dev/target-utilization-percentage"


@pytest.fixture
def estate(sandbox: Sandbox, tmp_path: Path) -> Estate:
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=ignored)
    (root / "stacks" / "models").mkdir()
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "pyproject.toml", ROOT / "uv.lock"):
        (root / path.name).write_bytes(path.read_bytes())
    targets = {
        "aws": {"account_id": "123456789012", "region": "eu-west-1"},
        "kubernetes": {"context": "serving-dev"},
    }
    (root / "Pulumi.dev.yaml").write_text(dump({"config": {"model-serving:targets": targets}}))
    return Estate(sandbox, root)


def _write(estate: Estate, slo: dict[str, Any]) -> None:
    estate.model("fraud").write_text(dump({**_FRAUD, "slo": slo}))
    estate.model("churn").write_text(dump({**KSERVE, "slo": slo}))


def _inputs(estate: Estate, end: str) -> dict[str, Any]:
    (found,) = (r for r in estate.resources() if r["urn"].endswith(f"::{end}"))
    return found["inputs"]


def _target(estate: Estate) -> float:
    policy = _inputs(estate, "fraud-stable-scaling-policy")
    return policy["targetTrackingScalingPolicyConfiguration"]["targetValue"]


def test_scaling_follows_where_it_is_asked_for(estate: Estate) -> None:
    """Asked for, it changes what scales and nothing else; another bound moves it on."""
    _write(estate, _SLO)
    estate.serving("up", *GO)
    assert _target(estate) == 600
    assert _inputs(estate, "churn-inference-service")["spec"]["predictor"]["scaleTarget"] == 10
    before = estate.facts()

    _write(estate, {**_SLO, "capacity": {"concurrency": 4, "utilization_percent": 60}})
    said = estate.serving("explain", "fraud").stdout
    (line,) = (each for each in said.splitlines() if each.startswith("scaling.target"))
    assert "720" in line
    assert "60000 ms / 200 ms x 4 x 60 % = 720 requests per replica and minute" in said
    estate.serving("up", *GO)
    assert _target(estate) == 720
    predictor = _inputs(estate, "churn-inference-service")["spec"]["predictor"]
    assert (predictor["scaleTarget"], predictor["annotations"][_KNATIVE]) == (4, "60")
    after = estate.facts()
    assert set(before) == set(after)
    changed = {urn.rpartition("::")[2] for urn in before if before[urn] != after[urn]}
    assert changed == {"fraud-stable-scaling-policy", "churn-inference-service"}
    again = estate.serving("up", *GO, "--expect-no-changes", check=False)
    assert again.returncode == 0, again.stdout + again.stderr

    # What one replica keeps up with is measured; a wrong one is told before anything is changed.
    _write(estate, {**_SLO, "capacity": {"concurrency": 4, "mean_latency_ms": 201}})
    refused = estate.serving("up", *GO, check=False)
    assert "MS0611 slo.capacity.mean_latency_ms: got 201 ms" in refused.stdout + refused.stderr
    assert estate.facts() == after

    (endpoint,) = (r for r in estate.resources() if r["type"].endswith(":SageMakerEndpoint"))
    asked = {each["objective"]: each for each in endpoint["outputs"]["gate_queries"]}
    assert set(asked) == {"errors", "latency"}
    assert {each["at"] for each in asked.values()} == {"eu-west-1"}
    bounds = [
        each.get("MetricStat", {}).get("Stat") for each in json.loads(asked["latency"]["query"])
    ]
    assert "PR(:200000)" in bounds
