"""The first-party resources of Vertex AI through the real engine, beside pulumi-gcp's stand-in."""

from collections.abc import Iterator

import pytest

from provider.gcp.vertex_deployed_model_inputs import METRICS
from sandbox.api.vertex_facts import BATCH_JOB, ENDPOINT, MODEL
from sandbox.eventual import settled
from sandbox.store import Fault
from sandbox.wire import SIGNATURE
from tests.engine.conftest import Sandbox
from tests.engine.running import wait_until
from tests.engine.vertex_project import (
    PLACE,
    VertexProject,
    machine,
    model,
    project_in,
)

pytestmark = pytest.mark.engine

ONE, TWO = model("1"), model("2")


def job(**more: object) -> dict[str, object]:
    return {
        "display_name": "nightly",
        "instances_format": "jsonl",
        "input_uris": ["gs://example-data/in/*.jsonl"],
        "predictions_format": "jsonl",
        "output_uri": "gs://example-data/out",
        "machine_type": "n1-standard-4",
        "labels": {"run": "nightly"},
        **more,
    }


@pytest.fixture
def project(sandbox: Sandbox) -> Iterator[VertexProject]:
    made = project_in(sandbox)
    yield made
    made.store.close()


def test_the_whole_life(project: VertexProject) -> None:
    project.ask({"one": (ONE, machine())}, {"one": 100})
    made = project.up()
    assert set(made["create"]) >= {"one-model", "one-deployed", "split"}
    assert project.calls() == ["UploadModel", "DeployModel", "UpdateEndpoint"]
    assert project.traffic() == {"one": 100}
    assert project.up() == {}
    assert project.refresh() == {}
    assert project.calls() == []

    # A candidate at 10 %, half, all, back; each move is one call.
    both = {"one": (ONE, machine()), "two": (TWO, machine())}
    project.ask(both, {"one": 90, "two": 10})
    assert project.up() == {"create": ["two-deployed", "two-model"], "update": ["split"]}
    assert project.calls() == ["UploadModel", "DeployModel", "UpdateEndpoint"]
    for percent in (50, 100, 10):
        project.ask(both, {"one": 100 - percent, "two": percent})
        assert project.up() == {"update": ["split"]}
        assert project.calls() == ["UpdateEndpoint"]
    assert project.traffic() == {"one": 90, "two": 10}

    # Bounds, and names and labels of the model, change in place.
    renamed = {**ONE, "display_name": "fraud, first", "labels": {"cost_center": "7"}}
    renamed |= {"version_description": "kept", "version_aliases": ["stable"]}
    project.ask(
        {"one": (renamed, machine(max_replica_count=5)), "two": (TWO, machine())},
        {"one": 90, "two": 10},
    )
    assert project.up() == {"update": ["one-deployed", "one-model"]}
    calls = project.calls()
    assert sorted(calls) == sorted(
        ["UpdateModel", "UpdateModel", "MergeVersionAliases", "MutateDeployedModel"]
    )
    assert project.replicas("one") == (1, 5)
    assert project.up() == {}
    assert project.refresh() == {}

    # The machine does not: another deployment first, then the traffic, then the old one goes.
    bigger = machine(max_replica_count=5, machine_type="n1-standard-8")
    project.ask({"one": (renamed, bigger), "two": (TWO, machine())}, {"one": 90, "two": 10})
    changed = project.up()
    assert changed["create-replacement"] == ["one-deployed"]
    assert changed["delete-replaced"] == ["one-deployed"]
    assert project.calls() == ["DeployModel", "UpdateEndpoint", "UndeployModel"]
    assert project.traffic() == {"one": 90, "two": 10}

    # The candidate goes: without traffic first.
    project.ask({"one": (renamed, bigger)}, {"one": 100})
    assert project.up() == {"delete": ["two-deployed", "two-model"], "update": ["split"]}
    assert project.calls() == ["UpdateEndpoint", "UndeployModel", "DeleteModel"]
    project.destroy()
    assert project.calls() == ["UndeployModel", "DeleteModel"]
    assert project.models() == []
    assert project.store.list("gcp", ENDPOINT) == []


def test_a_killed_engine_makes_nothing_twice(project: VertexProject) -> None:
    project.ask({"one": (ONE, machine())}, {"one": 100})

    def kill_during(method: str, scale: float) -> None:
        with project.running(scale) as up:
            asked = f"aiplatform:{method}"
            wait_until(lambda: project.store.events(operation=asked), 60, f"{method} is asked")
            up.kill_engine()

    # An upload takes 60 s and a deployment 600 s of the cloud's time: here 12 s each.
    kill_during("UploadModel", 0.2)
    assert project.models() == ["fraud-1"]
    kill_during("DeployModel", 0.02)
    assert project.endpoint()["deployedModels"] == []
    assert project.calls() == ["UploadModel", "DeployModel"]

    assert project.up() == {"create": ["one-deployed", "split"]}
    assert project.calls() == ["UpdateEndpoint"]
    assert project.traffic() == {"one": 100}
    # The engine remembers creations that it did not see end until it is told to forget them.
    assert project.refresh("--clear-pending-creates") == {}
    assert project.sandbox.state(project.folder).get("pending_operations", []) == []
    assert project.up() == {}


def test_a_worker_that_is_killed_loses_nothing(project: VertexProject) -> None:
    project.ask({"one": (ONE, machine())}, {"one": 100})
    # A deployment takes 600 s of the cloud's time: here 6 s.
    with project.running(0.01) as up:
        asked = "aiplatform:DeployModel"
        wait_until(lambda: project.store.events(operation=asked), 60, "the deployment is asked")
        assert len(up.processes.living("vertex_worker.py")) == 1
        up.processes.kill("vertex_worker.py")
        code, printed = up.ends()
    assert code == 0, printed
    assert project.calls() == ["UploadModel", "DeployModel", "UpdateEndpoint"]
    assert project.traffic() == {"one": 100}


def test_answers_that_are_lost_make_nothing_twice(project: VertexProject) -> None:
    for token, method in (
        (MODEL, "UploadModel"),
        (ENDPOINT, "DeployModel"),
        (ENDPOINT, "UpdateEndpoint"),
        (BATCH_JOB, "CreateBatchPredictionJob"),
    ):
        project.store.add_fault(Fault(token, method, "die"))
    project.store.add_fault(Fault(ENDPOINT, "GetEndpoint", "fail", message="UNAVAILABLE: later"))
    further = model("2", version_of="one", model_id=None)
    project.ask({"one": (ONE, machine())}, {"one": 100}, jobs={"one": job()})
    project.up()
    assert project.models() == ["fraud-1"]
    assert project.jobs() == ["JOB_STATE_SUCCEEDED"]
    assert project.traffic() == {"one": 100}
    # A further version has no id of its own: it is found by what was uploaded.
    project.store.add_fault(Fault(MODEL, "UploadModel", "die"))
    project.ask(
        {"one": (ONE, machine()), "two": (further, machine())},
        {"one": 100, "two": 0},
        jobs={"one": job()},
    )
    project.up()
    (row,) = project.store.list("gcp", MODEL)
    assert [each["versionId"] for each in row.live["versions"]] == ["1", "2"]
    ids = project.sandbox.outputs(project.folder)["ids"]
    versions = {each["id"]: each["modelVersionId"] for each in project.endpoint()["deployedModels"]}
    assert versions == {ids["one"]: "1", ids["two"]: "2"}
    assert project.up() == {}
    # All of it goes, from 90 and 10 % too.
    project.ask(
        {"one": (ONE, machine()), "two": (further, machine())},
        {"one": 90, "two": 10},
        jobs={"one": job()},
    )
    project.up()
    project.calls()
    project.destroy()
    assert project.models() == []
    assert project.jobs() == []
    assert project.calls().count("UndeployModel") == 2


def test_an_import_is_complete(project: VertexProject) -> None:
    models = {
        "one": (
            model(
                "1",
                description="first",
                version_aliases=["stable"],
                command=["serve"],
                args=["--fast"],
                startup_probe={"path": "/health", "period_seconds": 5},
                deployment_timeout_seconds=600,
                shared_memory_mib=64,
            ),
            machine(
                accelerator_type="NVIDIA_L4",
                accelerator_count=1,
                machine_type="g2-standard-8",
                enable_access_logging=True,
                service_account="serving@example-models.iam.gserviceaccount.com",
                autoscaling_metric_specs=[{"metric_name": METRICS[1], "target": 70}],
            ),
        )
    }
    project.ask(models, {"one": 100}, jobs={"one": job()})
    project.up()
    project.calls()
    names = ("one-model", "one-deployed", "one-job", "split")
    ids = {name: project.forget(name) for name in reversed(names)}
    assert ids["one-model"] == f"{PLACE}/models/fraud-1"
    assert ids["split"] == f"{PLACE}/endpoints/fraud"
    project.ask(models, {"one": 100}, jobs={"one": job()}, imports=ids)
    assert project.up() == {"import": sorted(names)}
    # Nobody has said which of its variables are secret: none is in clear.
    imported = next(
        each
        for each in project.sandbox.resources(project.folder)
        if each["urn"].endswith("::one-model")
    )
    assert SIGNATURE in imported["outputs"]["env"]
    project.ask(models, {"one": 100}, jobs={"one": job()})
    assert project.steps("preview") == {}
    assert project.refresh() == {}
    assert project.calls() == []


def test_drift_is_shown_and_repaired(project: VertexProject) -> None:
    both = {"one": (ONE, machine()), "two": (TWO, machine())}
    project.ask(both, {"one": 90, "two": 10})
    project.up()
    ids = project.sandbox.outputs(project.folder)["ids"]
    project.calls()

    project.change(trafficSplit={ids["one"]: 50, ids["two"]: 50})
    assert project.refresh() == {"update": ["split"]}
    assert project.up() == {"update": ["split"]}
    assert project.traffic() == {"one": 90, "two": 10}
    assert project.calls() == ["UpdateEndpoint"]

    # Undeployed by hand: it is made again, and gets its traffic after that.
    kept = [each for each in project.endpoint()["deployedModels"] if each["id"] == ids["one"]]
    project.change(deployedModels=kept, trafficSplit={ids["one"]: 100})
    assert project.refresh() == {"delete": ["two-deployed"], "update": ["split"]}
    assert project.up() == {"create": ["two-deployed"], "update": ["split"]}
    assert project.calls() == ["DeployModel", "UpdateEndpoint"]
    assert project.traffic() == {"one": 90, "two": 10}

    # What the vendor acknowledged and did not do is no success.
    project.store.add_fault(Fault(ENDPOINT, "UpdateEndpoint", "silent_rollback"))
    project.ask(both, {"one": 50, "two": 50})
    printed = project.up_fails()
    live = sorted((f"{ids['one']} 90 %", f"{ids['two']} 10 %"))
    assert f"gives {', '.join(live)}; asked" in printed
    assert "Something else moves the traffic" in printed
    assert project.up() == {"update": ["split"]}
    assert project.traffic() == {"one": 50, "two": 50}


def test_a_failed_deployment_tells_why_and_the_next_run_goes_on(project: VertexProject) -> None:
    reason = "RESOURCE_EXHAUSTED: no n1-standard-4 in europe-west4"
    project.store.add_fault(Fault(ENDPOINT, "DeployModel", "silent_rollback", message=reason))
    project.ask({"one": (ONE, machine())}, {"one": 100})
    printed = project.up_fails()
    assert (
        "model fraud-1@1 was not deployed to endpoint fraud: RESOURCE_EXHAUSTED: no n1" in printed
    )
    assert project.endpoint()["deployedModels"] == []
    assert project.calls() == ["UploadModel", "DeployModel"]
    assert project.up() == {"create": ["one-deployed", "split"]}
    assert project.calls() == ["DeployModel", "UpdateEndpoint"]

    # One that takes too long is kept in the state, and waited for by the next run.
    both = {"one": (ONE, machine()), "two": (TWO, machine(timeout_seconds=1))}
    project.ask(both, {"one": 100, "two": 0})
    scale = {"MODEL_SERVING_SANDBOX_TIME_SCALE": "0.02"}
    printed = project.up_fails(**scale)
    assert "was not ready after 1 s: DeployModel runs" in printed
    project.calls()
    both["two"] = (TWO, machine())
    project.ask(both, {"one": 100, "two": 0})
    # A share of nothing is no change of the split.
    assert project.up() == {"update": ["two-deployed"]}
    assert project.calls() == []
    assert project.traffic() == {"one": 100}
    assert project.up() == {}


def test_a_wrong_split_stops_the_preview(project: VertexProject) -> None:
    both = {"one": (ONE, machine()), "two": (TWO, machine())}
    project.ask(both, {"one": 80, "two": 10})
    printed = project.fails("preview")
    assert "80 + 10 = 90 percent; use 100 (https://cloud.google.com/vertex-ai/" in printed
    project.ask({"one": (model("1", model_id="1st"), machine())}, {"one": 100})
    assert "the first no digit" in project.fails("preview")
    project.ask({"one": (ONE, machine(min_replica_count=0))}, {"one": 100})
    assert "minReplicaCount" in project.fails("preview")
    # No call was made, and Google's client was not even started.
    assert project.store.events(operation="aiplatform:*") == []


def test_a_job_runs_once_for_its_inputs(project: VertexProject) -> None:
    models = {"one": (ONE, None)}
    reason = "INVALID_ARGUMENT: instances are no JSON"
    project.store.add_fault(
        Fault(BATCH_JOB, "CreateBatchPredictionJob", "silent_rollback", message=reason)
    )
    project.ask(models, jobs={"one": job()})
    printed = project.up_fails()
    assert "ended as JOB_STATE_FAILED: instances are no JSON" in printed
    # Another attempt with the same inputs; then no further one.
    assert project.up() == {"create": ["one-job"]}
    assert project.up() == {}
    outputs = project.sandbox.outputs(project.folder)
    assert outputs["state"] == "JOB_STATE_SUCCEEDED"
    assert outputs["output"].startswith("gs://example-data/out/prediction-")
    assert project.calls() == ["UploadModel"] + ["CreateBatchPredictionJob"] * 2

    # Another run, not waited for; it is cancelled when it is deleted.
    project.ask(models, jobs={"one": job(run="2", wait_for_completion=False)})
    changed = project.steps("up", "--yes", "--skip-preview")
    assert changed["create-replacement"] == ["one-job"]
    # It fails when nobody looks: a refresh sees it, and the next update runs another one.
    for row in project.store.list("gcp", BATCH_JOB):
        ended = settled(row, now=True)  # Else it would end well in a moment, by itself.
        failed = ended.replace(live={**ended.live, "state": "JOB_STATE_FAILED"})
        project.store.update("gcp", BATCH_JOB, row.id, lambda _, failed=failed: failed)
    assert project.up() == {}
    project.refresh()
    assert project.up()["create-replacement"] == ["one-job"]
    assert project.up() == {}
    project.store.add_fault(Fault(BATCH_JOB, "GetBatchPredictionJob", "throttle"))
    project.destroy()
    assert project.jobs() == []
    assert project.models() == []
