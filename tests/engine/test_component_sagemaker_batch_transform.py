"""SageMakerBatchTransform through the real engine: one run per version, and runs by a schedule."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import eventual
from sandbox.store import Fault
from tests.engine.aws_client import aws_clients
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.engine.running import running_up, wait_until

pytestmark = pytest.mark.engine

_JOB = "aws:sagemaker/transformJob:TransformJob"
_MODEL: dict[str, Any] = {
    "model_version": "2.1.0",
    "model_uri": "s3://example-models/scores/2.1.0/model.tar.gz",
}
_NEXT: dict[str, Any] = {
    "model_version": "2.2.0",
    "model_uri": "s3://example-models/scores/2.2.0/model.tar.gz",
}


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.sagemaker.sagemaker_batch_transform",
        "SageMakerBatchTransform",
        "scores",
        {
            "environment": "dev",
            "owner": "team-growth",
            **_MODEL,
            "framework": "xgboost",
            "instance_type": "ml.m5.xlarge",
            "input_uri": "s3://example-models/customers/",
            "output_uri": "s3://example-models/scores-of-customers/",
            "content_type": "text/csv",
            "split_type": "line",
            **more,
        },
    )


@pytest.fixture
def sagemaker(sandbox: Sandbox) -> Iterator[Any]:
    """boto3 on the test's sandbox."""
    with aws_clients(sandbox) as aws:
        yield aws("sagemaker")


def _jobs(sagemaker: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - boto3 has no types
    """Name and status of every job, oldest first."""
    found = sagemaker.list_transform_jobs(SortOrder="Ascending")["TransformJobSummaries"]
    return [(each["TransformJobName"], each["TransformJobStatus"]) for each in found]


def test_life(sandbox: Sandbox, sagemaker: Any) -> None:  # noqa: ANN401
    project = _project(sandbox)
    assert "scores-job" in project.preview().names("create")
    assert _jobs(sagemaker) == []

    created = project.up()
    assert created.order.index(("create", "scores-role-policy")) < created.order.index(
        ("create", "scores-model")
    )
    first = project.outputs()["endpoint_name"]
    assert _jobs(sagemaker) == [(first, "Completed")]
    found = sagemaker.describe_transform_job(TransformJobName=first)
    assert found["ModelName"] == project.resource("scores-model")["outputs"]["name"]
    assert found["TransformInput"]["SplitType"] == "Line"
    assert found["TransformResources"]["VolumeKmsKeyId"].startswith("arn:aws:kms:")
    tags = sagemaker.list_tags(ResourceArn=found["TransformJobArn"])["Tags"]
    assert {"Key": "model-serving:model-version", "Value": "2.1.0"} in tags

    # Nothing changed, nothing scores again; neither for another owner, who is a tag.
    assert project.up().steps == {}
    assert project.refresh().names("update") == set()
    owned = project.up(owner="team-sales")
    assert not owned.names("create", "replace", "delete")
    assert "scores-job" in owned.names("update")
    assert _jobs(sagemaker) == [(first, "Completed")]

    # Another version is another run; the record of the first one stays.
    version = project.up(**_NEXT)
    assert version.names("replace") >= {"scores-model", "scores-job"}
    assert version.replaced_in_turn("scores-job")
    second = project.outputs()["endpoint_name"]
    assert _jobs(sagemaker) == [(first, "Completed"), (second, "Completed")]
    # So is another input, and one that was scored before is scored again.
    other = project.up(input_uri="s3://example-models/prospects/")
    assert other.names("replace") >= {"scores-job"}
    project.up(input_uri="s3://example-models/customers/")
    names = [name for name, _ in _jobs(sagemaker)]
    assert names[1] == second
    assert names[3] == f"{second}-2" == project.outputs()["endpoint_name"]

    destroyed = project.destroy()
    assert destroyed.names("delete") >= {"scores-job", "scores-model"}
    assert len(_jobs(sagemaker)) == 4


def test_a_run_that_fails_fails_the_update(sandbox: Sandbox, sagemaker: Any) -> None:  # noqa: ANN401
    project = _project(sandbox)
    with sandbox.store() as store:
        store.add_fault(Fault(_JOB, "CreateTransformJob", "silent_rollback"))
    failed = project.up(fails=True)
    assert "FailureReason: AlgorithmError" in failed.output
    assert "Traceback" not in failed.output
    ((first, status),) = _jobs(sagemaker)
    assert status == "Failed"
    # Everything else is there, so the next update begins the run again and nothing else.
    again = project.up()
    assert again.steps == {"scores-job": ["update"]}
    assert _jobs(sagemaker) == [(first, "Failed"), (f"{first}-2", "Completed")]
    assert project.up().steps == {}

    # The role is not there yet, or the account's quota is used up: nothing is begun, and the next
    # update goes on.
    with sandbox.store() as store:
        refusal = "ResourceLimitExceeded: The account-level service limit is 0 Instances"
        store.add_fault(Fault(_JOB, "CreateTransformJob", "fail", message=refusal))
    refused = project.up(fails=True, **_NEXT)
    assert "ResourceLimitExceeded" in refused.output
    assert len(_jobs(sagemaker)) == 2
    resumed = project.up()
    assert resumed.names("create", "create-replacement") == {"scores-job"}
    assert [status for _, status in _jobs(sagemaker)] == ["Failed", "Completed", "Completed"]


def test_what_is_not_waited_for(
    sandbox: Sandbox,
    sagemaker: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Runs that last: 600 s of the cloud are 30 here.
    monkeypatch.setenv(eventual.VARIABLE, "0.05")
    project = _project(sandbox, wait_for_completion=False)
    project.up()
    ((first, status),) = _jobs(sagemaker)
    assert status == "InProgress"
    assert project.up().steps == {}
    # Another version stops the run that nobody needs any more.
    project.up(**_NEXT)
    statuses = dict(_jobs(sagemaker))
    assert statuses.pop(first) == "Stopped"
    assert list(statuses.values()) == ["InProgress"]
    too_long = project.up(wait_for_completion=True, timeout_seconds=60, fails=False)
    assert too_long.steps == {"scores-job": ["update"]}
    assert sorted(dict(_jobs(sagemaker)).values()) == ["Completed", "Stopped"]


def test_runs_by_a_schedule(sandbox: Sandbox, sagemaker: Any) -> None:  # noqa: ANN401
    project = _project(sandbox, schedule="30 2 * * 1-5", time_zone="Europe/Berlin")
    project.up()
    planned = project.resource("scores-schedule")["inputs"]
    assert planned["scheduleExpression"] == "cron(30 2 ? * MON-FRI *)"
    assert _jobs(sagemaker) == []
    # What AWS would send is what SageMaker takes.
    request = json.loads(planned["target"]["input"])
    name = request["TransformJobName"].replace("<aws.scheduler.execution-id>", "d32c5kddcf5bb8c3")
    sagemaker.create_transform_job(**{**request, "TransformJobName": name})
    assert project.up().steps == {}

    resting = project.up(suspended=True)
    assert resting.steps == {"scores-schedule": ["update"]}
    version = project.up(**_NEXT)
    # Before the old model goes, the schedule names the new one.
    assert version.order.index(("update", "scores-schedule")) < version.order.index(
        ("delete-replaced", "scores-model")
    )
    assert "scores-schedule" not in version.names("replace")
    once = project.up(schedule=None, time_zone=None, suspended=None)
    assert "scores-job" in once.names("create")
    assert "scores-schedule" in once.names("delete")


def test_an_engine_killed_while_it_waits_finds_its_run_again(
    sandbox: Sandbox,
    sagemaker: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0.05")
    project = _project(sandbox)
    project.preview()
    with running_up(sandbox, project.folder) as up:
        wait_until(lambda: _jobs(sagemaker), 90, "the provider begins the job")
        up.kill_engine()
    ((begun, status),) = _jobs(sagemaker)
    assert status == "InProgress"
    resumed = project.up()
    assert resumed.names("create") >= {"scores-job"}
    assert _jobs(sagemaker) == [(begun, "Completed")]
    assert project.up().steps == {}


def test_import_by_the_jobs_name(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    state = project.resource("scores-job")
    imported = sandbox.pulumi(
        *("import", "serving:index:SageMakerTransformJob", "found", state["id"]),
        *("--yes", "--stack", "dev", "--generate-code=false", "--protect=false"),
        *("--provider", f"serving={_provider(project)}"),
        cwd=project.folder,
        check=False,
    )
    assert imported.returncode == 0, imported.stdout + imported.stderr
    found = project.resource("found")["inputs"]
    kept = {key: value for key, value in state["inputs"].items() if not key.startswith("__")}
    assert {key: found.get(key) for key in kept} == kept


def _provider(project: ComponentProject) -> str:
    return str(project.resource("serving")["urn"])
