"""SageMakerInferenceComponent through the real engine: what changes at each step of its life."""

from typing import Any

import pytest

from sandbox import eventual
from sandbox.store import Fault, Row
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.engine.running import running_up, wait_until
from tests.engine.sagemaker_components import before, live_components

pytestmark = pytest.mark.engine

ACCOUNT, REGION = "123456789012", "eu-west-1"
_COMPONENT = "aws:cloudcontrol/resource:Resource"
_BUCKET = "s3://example-models/churn"
_NEXT: dict[str, Any] = {
    "model_version": "2.0.0",
    "model_uri": f"{_BUCKET}/2.0.0/model.tar.gz",
}
_FIRST: dict[str, Any] = {
    "model_version": "1.0.0",
    "model_uri": f"{_BUCKET}/1.0.0/model.tar.gz",
}


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.sagemaker.sagemaker_inference_component",
        "SageMakerInferenceComponent",
        "churn",
        {
            "environment": "dev",
            "owner": "team-growth",
            **_FIRST,
            "framework": "xgboost",
            "memory_mib": 2048,
            "cpu": 0.5,
            **more,
        },
    )


def test_life_of_one_alone(sandbox: Sandbox) -> None:
    bounds = {"min_replicas": 0, "max_replicas": 4, "max_instances": 2}
    project = _project(sandbox, instance_type="ml.m5.large", **bounds)
    project.preview()
    created = project.up()
    # What an update needs is there before it, and copies come after the component.
    for first, second in (
        ("churn-live", "churn-component"),
        ("churn-component-errors", "churn-live-component"),
        ("churn-component", "churn-live-component"),
        ("churn-live-component", "churn-scaling-target"),
    ):
        before(created.order, ("create", first), ("create", second))
    assert project.outputs()["component_name"] == "churn-dev"
    assert project.up().steps == {}
    with live_components(sandbox) as live:
        # One copy proved that the model starts, though none is the least.
        assert live.copies("churn-dev") == (1, 1)
        assert live.calls() == ["UpdateInferenceComponentRuntimeConfig"]
        # To nothing and back, as Application Auto Scaling does it; no update minds.
        live.scale("churn-dev", 0)
        assert live.instances("churn-dev-component") == 0
        assert project.up().steps == {}
        assert live.copies("churn-dev") == (0, 0)
        live.scale("churn-dev", 3)
        assert live.instances("churn-dev-component") == 1
        calls = len(live.calls())

        rolled = project.up(**_NEXT)
        assert rolled.names("replace") == {"churn-model", "churn-role-policy"}
        assert rolled.names("update") == {"churn-live-component"}
        # One rolling update that says no number of copies, with alarms that would take it back.
        assert live.calls()[calls:] == ["UpdateInferenceComponent"]
        assert live.copies("churn-dev") == (3, 3)
        assert live.tags("churn-dev")["model-serving:model-version"] == "2.0.0"
        found = live.describe("churn-dev")
        assert found["Specification"]["ModelName"] == project.resource("churn-model")["id"]
        deployment = found["LastDeploymentConfig"]
        assert len(deployment["AutoRollbackConfiguration"]["Alarms"]) == 2
        for name in ("churn-model", "churn-role-policy"):
            before(rolled.order, ("update", "churn-live-component"), ("delete-replaced", name))

        # What a copy gets is a rolling update too, and touches nothing else.
        assert project.up(memory_mib=1024).steps == {"churn-live-component": ["update"]}
        assert live.calls()[calls:] == ["UpdateInferenceComponent"] * 2
        needs = live.describe("churn-dev")["Specification"]["ComputeResourceRequirements"]
        assert needs == {"MinMemoryRequiredInMb": 1024, "NumberOfCpuCoresRequired": 0.5}

        # Bounds bring copies within them and no further.
        narrower = project.up(max_replicas=2)
        assert narrower.names("update") == {"churn-scaling-target", "churn-live-component"}
        assert live.copies("churn-dev") == (2, 2)
        assert project.refresh().names("update", "delete") == set()
    destroyed = project.destroy()
    before(destroyed.order, ("delete", "churn-component"), ("delete", "churn-endpoint"))
    before(destroyed.order, ("delete", "churn-scaling-target"), ("delete", "churn-component"))
    assert destroyed.names("delete") >= created.names("create")


def test_what_went_back_drifted_or_broke_is_told_and_repaired(sandbox: Sandbox) -> None:
    project = _project(sandbox, instance_type="ml.m5.large", max_replicas=2)
    fault = ("UpdateInferenceComponentRuntimeConfig", "fail")
    with sandbox.store() as store:
        store.add_fault(Fault(_COMPONENT, *fault, message="InternalFailure: try again", count=1))
    # The first copy cannot be asked for: the component stays, and the next update goes on.
    failed = project.up(fails=True)
    assert "InternalFailure: try again" in failed.output
    component = project.resource("churn-component")["id"]
    again = project.up()
    assert project.resource("churn-component")["id"] == component
    assert "churn-component" not in again.names("create", "update", "replace")

    with live_components(sandbox) as live:
        first = live.describe("churn-dev")["Specification"]["ModelName"]
        alarm = project.resource("churn-component-errors")["id"]
        live.ring(alarm, "ALARM")
        back = project.up(fails=True, **_NEXT)
        assert f"still runs model {first}" in back.output
        assert (
            f"FailureReason: The update was rolled back: alarm {alarm} is in ALARM" in back.output
        )
        # What still runs is still there: its model and the permission to load it.
        assert not back.names("delete", "delete-replaced")
        assert live.describe("churn-dev")["Specification"]["ModelName"] == first
        live.ring(alarm, "OK")
        project.up()
        second = live.describe("churn-dev")["Specification"]["ModelName"]
        assert second == project.resource("churn-model")["id"] != first
        assert project.up().steps == {}

        # Somebody changed what a copy gets: a refresh sees it, an update repairs it.
        needs = {"MinMemoryRequiredInMb": 256}
        specification = {"ModelName": second, "ComputeResourceRequirements": needs}
        live.specify("churn-dev", specification)
        assert project.refresh().names("update", "refresh") >= {"churn-live-component"}
        assert project.up().steps == {"churn-live-component": ["update"]}
        found = live.describe("churn-dev")["Specification"]["ComputeResourceRequirements"]
        assert found == {"MinMemoryRequiredInMb": 2048, "NumberOfCpuCoresRequired": 0.5}

        # Deleted by hand: made again, with the model of now.
        live.delete("churn-dev")
        project.refresh()
        assert project.up().names("create") >= {"churn-component", "churn-live-component"}
        assert live.describe("churn-dev")["Specification"]["ModelName"] == second


def test_an_engine_killed_during_a_rolling_update_is_continued_by_the_next_run(
    sandbox: Sandbox,
) -> None:
    project = _project(sandbox, instance_type="ml.m5.large")
    project.up()
    project.preview(**_NEXT)
    with live_components(sandbox) as live:

        def rolls() -> int:
            return live.calls().count("UpdateInferenceComponent")

        # Ten minutes of a rolling update last longer than this test looks.
        with running_up(sandbox, project.folder, **{eventual.VARIABLE: "1"}) as up:
            wait_until(lambda: rolls() == 1, 60, "the provider asks for the rolling update")
            up.kill_engine()
        assert live.describe("churn-dev")["InferenceComponentStatus"] == "Updating"

        # It goes on by itself meanwhile; the next run finds it done, and begins no other one.
        component = project.resource("churn-component")["id"]

        def arrive(row: Row) -> Row:
            return eventual.released(row)

        live.store.update("aws", _COMPONENT, component, arrive, account=ACCOUNT, region=REGION)
        continued = project.up()
        assert "churn-live-component" in continued.names("update")
        assert rolls() == 1
        model = live.describe("churn-dev")["Specification"]["ModelName"]
        assert model == project.resource("churn-model")["id"]
        assert project.up().steps == {}
