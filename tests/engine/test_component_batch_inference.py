"""BatchInference through the real engine: when a run is made again, and when not."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import ROOT, Sandbox
from tests.unit.test_batch_inference import FULL, MINIMAL

pytestmark = pytest.mark.engine


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.batch.batch_inference",
        "BatchInference",
        "churn",
        {**MINIMAL, "namespace": "default", **more},
    )


def test_life_of_a_schedule(sandbox: Sandbox) -> None:
    more = {key: FULL[key] for key in ("schedule", "time_zone", "partitions", "parallelism")}
    project = _project(sandbox, **more)
    created = project.up()
    assert created.names("create") >= {
        "churn-cron-job",
        "churn-service-account",
        "churn-network-policy",
    }
    assert project.up().steps == {}

    # Another version changes the next run, and replaces nothing.
    newer = project.up(model_version="2.2.0", model_uri="s3://models/churn/2.2.0/")
    assert newer.steps == {"churn-cron-job": ["update"]}
    rested = project.up(suspended=True)
    assert rested.properties == {"churn-cron-job": {"spec.suspend"}}
    assert project.refresh().names("update") == set()

    # From a schedule to one run: what ran by the schedule goes last.
    for key in ("time_zone", "suspended"):
        project.args.pop(key)
    once = project.up(schedule=None)
    assert once.names("create") == {"churn-job"}
    assert once.names("delete") == {"churn-cron-job"}
    assert project.destroy().names("delete") >= {"churn-job"}


def test_a_run_once(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    first = project.resource("churn-job")["outputs"]["metadata"]["name"]
    assert project.up().steps == {}

    # Who pays, and how long it may take, make no other run.
    changed = project.up(owner="team-sales", timeout_seconds=7200)
    assert changed.names("replace", "create-replacement") == set()
    assert project.resource("churn-job")["outputs"]["metadata"]["name"] == first

    again = project.up(model_version="2.2.0", model_uri="s3://models/churn/2.2.0/")
    assert "churn-job" in again.names("create-replacement")
    steps = [operation for operation, name in again.order if name == "churn-job"]
    assert steps.index("create-replacement") < steps.index("delete-replaced")
    assert project.resource("churn-job")["outputs"]["metadata"]["name"] != first
    project.destroy()


def test_a_run_that_does_not_end_well_fails_the_update(sandbox: Sandbox) -> None:
    project = _project(sandbox, wait_for_completion=True)
    fault = ("fault", "add", "kubernetes:batch/v1:Job", "create", "never_ready")
    sandbox.run(ROOT / "sandbox" / "cloud", *fault)
    failed = project.up(fails=True)
    assert "churn-job" in failed.output
    # The fault struck once: the same command makes the run again.
    assert "churn-job" in project.up().names("replace")
    assert project.up().steps == {}
    project.destroy()
