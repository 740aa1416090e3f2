"""A KServe model with `capture` to a bucket and `drift`, in the program: what comes and goes."""

import json
from typing import Any

import pytest

from tests.engine.test_graph_of_models import estate
from tests.engine.test_program import GO, Estate
from tests.unit.settings_project import KSERVE, changed, dump
from tests.unit.test_settings_stored_drift import IMAGE
from tests.unit.test_settings_stored_drift import STORED as ASKED

__all__ = ["estate"]

pytestmark = pytest.mark.engine

# One that the sandbox has.
STORED = changed(ASKED, service_account_name="default")
CAPTURING = {key: value for key, value in STORED.items() if key != "drift"}
_JOB = {
    "churn",
    "churn-drift-network-policy",
    "churn-drift-cron-job",
    "churn-drift-rules",
}


def _touched(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Names of what is new, gone or another."""
    urns = {urn for urn in before.keys() | after.keys() if before.get(urn) != after.get(urn)}
    return {urn.rpartition("::")[2] for urn in urns}


def test_a_job_comes_with_drift_and_goes_with_it(estate: Estate) -> None:
    estate.model("a-risk").unlink()
    estate.write("targets.kubernetes.drift_image", IMAGE)
    estate.model("churn").write_text(dump(CAPTURING))
    estate.serving("up", *GO)
    first = estate.facts()
    (service,) = (r for r in estate.resources() if r["urn"].endswith("::churn-inference-service"))
    assert service["inputs"]["spec"]["predictor"]["logger"]["url"] == "s3://captured/all"

    # One model alone: its server is not touched, nor is another model.
    estate.model("churn").write_text(dump(STORED))
    estate.serving("up", "--only", "churn", *GO)
    watched = estate.facts()
    assert _touched(first, watched) == _JOB
    again = estate.serving("up", *GO, "--expect-no-changes", check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    (job,) = (r for r in estate.resources() if r["urn"].endswith("::churn-drift-cron-job"))
    pod = job["inputs"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "default"
    assert json.dumps(pod).count(IMAGE) == 1

    estate.model("churn").write_text(dump(changed(STORED, drift__threshold=0.3)))
    estate.serving("up", "--only", "churn", *GO)
    # The alert tells the threshold.
    changed_ = _touched(watched, estate.facts())
    assert changed_ == {"churn-drift-cron-job", "churn-drift-rules"}

    estate.model("churn").write_text(dump(CAPTURING))
    estate.serving("up", "--only", "churn", *GO)
    assert estate.facts() == first
    # A model that captures nothing more is another revision of its server.
    estate.model("churn").write_text(dump(KSERVE))
    estate.serving("up", *GO)
    (service,) = (r for r in estate.resources() if r["urn"].endswith("::churn-inference-service"))
    assert "logger" not in service["inputs"]["spec"]["predictor"]
    estate.sandbox.destroy(estate.root)
