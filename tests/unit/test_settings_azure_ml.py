"""Settings of models on Azure ML: what is taken, what is told, and what the components get."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.settings_project import (
    AZURE_ML,
    AZURE_ML_BATCH,
    AZURE_ML_TARGETS,
    DIGEST,
    Project,
    changed,
    project,
)
from tests.unit.settings_to_component import arguments_taken

BLOBS = "https://examplemodels.blob.core.windows.net"
IMAGE = f"examples.azurecr.io/fraud@{DIGEST}"
CANDIDATE = {"uri": f"{BLOBS}/models/fraud/1.5.0", "version": "1.5.0"}
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers"
ACTIONS = f"{GROUP}/Microsoft.Insights/actionGroups/on-call"
SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/serving/subnets/batch"
# A batch endpoint by an image of its own, and by a schedule.
SCRIPT = changed(
    AZURE_ML_BATCH, model__framework=None, model__image=IMAGE, code_uri=f"{BLOBS}/code/fraud/"
)
DAILY = changed(AZURE_ML_BATCH, on_demand=None, schedule="30 4 * * 1-5")


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(targets=AZURE_ML_TARGETS)
    return made


def of_azure_ml(site: Project, **more: object) -> None:
    """What the environment says of Azure ML."""
    workspace = {**AZURE_ML_TARGETS["azure_ml"], **more}
    site.environment(targets={**AZURE_ML_TARGETS, "azure_ml": workspace})


def arguments(site: Project, settings: dict[str, Any]) -> dict[str, Any]:
    """What the component gets, after it has taken it."""
    site.model("fraud", settings)
    return arguments_taken(site, "fraud")


def test_the_least(site: Project) -> None:
    given = arguments(site, AZURE_ML)
    assert (given["resource_group"], given["workspace_name"]) == ("models", "serving")
    assert (given["framework"], given["instance_type"]) == ("mlflow", "Standard_DS3_v2")
    assert (given["min_replicas"], given["max_replicas"]) == (1, 2)
    assert given["public_access"] is False
    assert {"image", "strategy", "capture_percent", "alert_action_group_id"}.isdisjoint(given)


def test_all_of_it(site: Project) -> None:
    of_azure_ml(
        site,
        resource_group="workspaces",
        public_access=True,
        app_insights=True,
        capture_uri=f"{BLOBS}/captured/all/",
        alert_action_group_id=ACTIONS,
    )
    settings = changed(
        AZURE_ML,
        description="Scores payments.",
        model__framework=None,
        model__image=IMAGE,
        candidate={**CANDIDATE, "image": IMAGE},
        canary_percent=50,
        strategy="shadow",
        instance_type="Standard_NC4as_T4_v3",
        resources={"accelerator": "nvidia-t4"},
        scaling={
            "metric": "cpu",
            "target": 60,
            "schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 2}],
        },
        capture={"percent": 5, "payload": ["request"]},
        port=9000,
        score_path="/predict",
        env={"LOG_LEVEL": "info"},
        request_timeout_seconds=90,
        max_replicas=6,
        auth_mode="key",
        app_insights=False,
    )
    given = arguments(site, settings)
    assert (given["resource_group"], given["alert_action_group_id"]) == ("workspaces", ACTIONS)
    assert (given["image"], given["candidate_image"]) == (IMAGE, IMAGE)
    assert "framework" not in given
    assert (given["strategy"], given["canary_percent"]) == ("shadow", 50)
    assert given["scaling_schedules"] == [{"schedule": "0 8 * * 1-5", "min_replicas": 2}]
    assert (given["capture_percent"], given["capture_payload"]) == (5, ["request"])
    assert given["capture_uri"] == f"{BLOBS}/captured/all/"
    assert (given["port"], given["score_path"], given["auth_mode"]) == (9000, "/predict", "key")


def test_a_model_says_otherwise_than_its_environment(site: Project) -> None:
    of_azure_ml(site, public_access=True, app_insights=True)
    given = arguments(site, changed(AZURE_ML, public_access=False))
    assert (given["public_access"], given["app_insights"]) == (False, True)
    elsewhere = {"percent": 1, "uri": f"{BLOBS}/elsewhere/fraud/"}
    assert arguments(site, changed(AZURE_ML, capture=elsewhere))["capture_uri"] == elsewhere["uri"]


def test_the_least_of_a_batch(site: Project) -> None:
    given = arguments(site, AZURE_ML_BATCH)
    assert (given["resource_group"], given["workspace_name"]) == ("models", "serving")
    assert (given["framework"], given["on_demand"]) == ("mlflow", True)
    assert {"schedule", "compute_name", "subnet_id", "image"}.isdisjoint(given)


def test_a_batch_by_a_script_and_a_schedule(site: Project) -> None:
    settings = changed(
        SCRIPT, on_demand=None, schedule="0 6 * * *", time_zone="Europe/Berlin", retries=0
    )
    given = arguments(site, settings)
    assert (given["image"], given["code_uri"]) == (IMAGE, f"{BLOBS}/code/fraud/")
    assert (given["schedule"], given["time_zone"]) == ("0 6 * * *", "Europe/Berlin")
    assert given["retries"] == 0
    assert {"framework", "on_demand"}.isdisjoint(given)


def test_where_a_batch_runs(site: Project) -> None:
    """The model's cluster, else one of its own when it says what that is like, else the usual."""
    of_azure_ml(site, compute_name="shared", subnet_id=SUBNET)
    given = arguments(site, AZURE_ML_BATCH)
    assert given["compute_name"] == "shared"
    assert "subnet_id" not in given
    assert arguments(site, changed(AZURE_ML_BATCH, compute_name="gpu"))["compute_name"] == "gpu"
    given = arguments(site, changed(AZURE_ML_BATCH, instance_type="Standard_D8s_v3"))
    assert given["subnet_id"] == SUBNET
    assert "compute_name" not in given


@pytest.mark.parametrize(
    ("settings", "code", "key", "said"),
    [
        (changed(AZURE_ML, strategy="shadow"), "MS0203", "strategy", "no candidate to be tried"),
        (
            changed(AZURE_ML, candidate={"uri": f"{BLOBS}/models/1-4-0", "version": "1-4-0"}),
            "MS0204",
            "candidate.version",
            "cannot tell from",
        ),
        (
            changed(AZURE_ML, candidate={**CANDIDATE, "image": IMAGE}),
            "MS0214",
            "candidate.image",
            "add `model.image`",
        ),
        (changed(AZURE_ML, port=9000), "MS0214", "port", "the server is Azure ML's own"),
        (
            changed(AZURE_ML, env={"API_TOKEN": "abcdefgh12345678"}),
            "MS0107",
            "env.API_TOKEN",
            "Key Vault",
        ),
        (
            changed(AZURE_ML, max_replicas=1, scaling={"metric": "cpu"}),
            "MS0231",
            "scaling.metric",
            "raise max_replicas",
        ),
        (
            changed(AZURE_ML, scaling={"schedules": [{"schedule": "at dawn", "min_replicas": 2}]}),
            "MS0227",
            "scaling.schedules[0].schedule",
            "five fields",
        ),
        (changed(AZURE_ML, instance_type="large"), "MS0106", "instance_type", "Standard_DS3_v2"),
        (
            changed(AZURE_ML, request_timeout_seconds=181),
            "MS0104",
            "request_timeout_seconds",
            "180",
        ),
        (
            changed(AZURE_ML_BATCH, schedule="0 6 * * *"),
            "MS0228",
            "on_demand",
            "runs come by a schedule",
        ),
        (
            changed(AZURE_ML_BATCH, scoring_script="batch.py"),
            "MS0214",
            "scoring_script",
            "no image that runs it",
        ),
        (
            changed(AZURE_ML_BATCH, compute_name="shared", low_priority=True),
            "MS0214",
            "low_priority",
            "a cluster that is there",
        ),
        (
            changed(AZURE_ML_BATCH, resources={"accelerator_count": 2}),
            "MS0207",
            "resources.accelerator_count",
            "accelerator",
        ),
        (
            changed(AZURE_ML_BATCH, env={"API_TOKEN": "abcdefgh12345678"}),
            "MS0107",
            "env.API_TOKEN",
            "Key Vault",
        ),
        (
            changed(AZURE_ML_BATCH, time_zone="Europe/Berlin"),
            "MS0228",
            "time_zone",
            "there is no schedule",
        ),
        (changed(DAILY, time_zone="Europe/Bonn"), "MS0227", "time_zone", "Europe/Berlin"),
        (changed(DAILY, schedule="99 4 * * *"), "MS0227", "schedule", "from 0 to 59"),
    ],
)
def test_one_problem_at_its_place(
    site: Project, settings: dict[str, Any], code: str, key: str, said: str
) -> None:
    site.model("fraud", settings)
    site.has_one_problem_of_model("fraud", code, key, said)


def test_images_come_from_a_registry_that_is_named(site: Project) -> None:
    workspace = {"workspace_name": "serving"}
    site.environment(targets={**AZURE_ML_TARGETS, "azure_ml": workspace})
    site.model("fraud", AZURE_ML)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0208", "target")
    assert "targets.azure_ml" in "\n".join(problem.lines())
    # Microsoft's own are everybody's.
    public = f"mcr.microsoft.com/azureml/x@{DIGEST}"
    arguments(site, changed(AZURE_ML, model__framework=None, model__image=public))


def test_the_environment_has_to_name_subscription_and_workspace(site: Project) -> None:
    site.model("fraud", AZURE_ML)
    site.environment(targets={})
    assert {(p.code, p.key) for p in site.problems()} == {
        ("MS0208", "model-serving:targets.azure"),
        ("MS0208", "model-serving:targets.azure_ml"),
    }


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ({"workspace_name": "a workspace"}, "workspace_name", "3 to 33"),
        ({"registry_id": "examples.azurecr.io"}, "registry_id", "registries/"),
        ({"artifact_container_ids": ["models"]}, "artifact_container_ids[0]", "containers/"),
        ({"capture_uri": "s3://captured/all"}, "capture_uri", "blob.core.windows.net"),
        ({"alert_action_group_id": "on-call"}, "alert_action_group_id", "actionGroups/"),
        ({"subnet_id": "subnet-0a1"}, "subnet_id", "subnets/"),
    ],
)
def test_ids_of_the_environment_are_azures(
    site: Project, more: dict[str, Any], key: str, said: str
) -> None:
    of_azure_ml(site, **more)
    site.has_one_problem("MS0106", f"targets.azure_ml.{key}", said)
