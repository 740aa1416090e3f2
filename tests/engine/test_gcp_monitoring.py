"""What watches a model on Google Cloud through the real engine: objectives, policies, dashboard."""

import json
from typing import Any

import pytest

from sandbox.store import Fault
from tests.engine.cloud_run_project import IMAGE, cloud_run_project
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_WATCHED: dict[str, Any] = {
    "alarms": "burn_rate",
    "dashboard": True,
    "runbook_url": "https://wiki.example/runbooks/{alert}",
}
_OBJECTIVES = {"fraud-errors-objective", "fraud-latency-objective"}
_BURNS = {
    f"fraud-{word}-{how}"
    for word in ("errors", "latency")
    for how in ("burns-fast-60m", "burns-fast-360m", "burns-1440m")
}
_OBJECTIVE = "gcp:monitoring/slo:Slo"
_POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
_TICKETS = {name for name in _BURNS if name.endswith("-burns-1440m")}
_SYMPTOMS = {"fraud-latency", "fraud-errors"}
# The channels of the sandbox's project have names of Google's own.
_FOUND = """
pulumi_gcp.storage.Bucket("artifacts", name="example-artifacts", location="EU",
                          uniform_bucket_level_access=True,
                          opts=pulumi.ResourceOptions(provider=providers[0]))
told = [
    pulumi_gcp.monitoring.NotificationChannel(
        name, type="email", display_name=name, labels={"email_address": f"{name}@example.com"},
        opts=pulumi.ResourceOptions(provider=providers[0])).name
    for name in ("team", "on-call")
]
if asked["args"].pop("channels", None):
    asked["args"] |= {"notification_channels": told[:1], "page_channels": told[1:]}
"""


def test_cloud_run(sandbox: Sandbox) -> None:
    stable = {
        "model_version": "1.4.0",
        "model_uri": "gs://example-artifacts/fraud/1.4.0/model.onnx",
        "image": IMAGE + "1" * 64,
    }
    project = cloud_run_project(sandbox, stable, setup=_FOUND)
    uses = {f"fraud-{word}" for word in ("at-maximum", "cpu", "memory", "concurrency", "pending")}
    project.up()
    _life(project, uses)
    _fails_half_way(project, sandbox)
    _policies_go_first(project.destroy())


def test_vertex(sandbox: Sandbox) -> None:
    uri = "gs://example-artifacts/fraud"
    project = ComponentProject(
        sandbox,
        "gcp",
        "components.gcp.vertex.vertex_endpoint",
        "VertexEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "project": "example-models",
            "region": "europe-west4",
            "framework": "sklearn",
            "model_version": "1.4.0",
            "model_uri": f"{uri}/1.4.0/",
            "max_replicas": 3,
            **_WATCHED,
        },
        _FOUND,
    )
    uses = {f"fraud-{word}" for word in ("at-maximum", "cpu", "overhead")}
    made = project.up()
    policies = _BURNS | _SYMPTOMS | uses
    assert made.names("create") >= policies | _OBJECTIVES | {"fraud-dashboard"}
    # A candidate is counted too, and policies say that there are two; its share changes none.
    both = project.up(candidate_version="1.5.0", candidate_uri=f"{uri}/1.5.0/")
    assert both.names("update") & (policies | _OBJECTIVES) == policies
    text = project.resource("fraud-errors-burns-fast-60m")["inputs"]["documentation"]["content"]
    assert "Version 1.5.0 is beside 1.4.0" in text
    assert set(project.up(canary_percent=10).steps) == {"fraud-traffic"}
    _policies_go_first(project.destroy())


def _life(project: ComponentProject, uses: set[str]) -> None:
    """Asked for, the rest is added; another SLO changes it, and nothing that serves."""
    made = _OBJECTIVES | _BURNS | uses | {"fraud-service-level", "fraud-dashboard"}
    assert project.preview(**_WATCHED).names("create") == made
    watched = project.up()
    assert watched.names("create") == made
    # They learn what to do and where to look.
    assert watched.names("update") == _SYMPTOMS
    assert all(_tops(watched, name) == {"documentation"} for name in _SYMPTOMS)
    assert project.up().steps == {}
    dashboard = project.resource("fraud-dashboard")
    url = project.outputs()["dashboard_url"]
    assert url == (
        "https://console.cloud.google.com/monitoring/dashboards/builder/"
        f"{dashboard['id'].rpartition('/')[2]}?project=example-models"
    )
    objective = project.resource("fraud-errors-objective")["outputs"]["name"]
    assert objective == "projects/{}/services/{}/serviceLevelObjectives/errors".format(
        "example-models", "fraud-dev-cloud-run"
    )
    policy = project.resource("fraud-errors-burns-fast-60m")["inputs"]
    assert [each["conditionThreshold"]["filter"] for each in policy["conditions"]] == [
        f'select_slo_burn_rate("{objective}", "{seconds}s")' for seconds in (3600, 300)
    ]
    assert policy["documentation"]["links"][1]["url"] == url
    assert (
        objective
        in json.loads(dashboard["inputs"]["dashboardJson"])["mosaicLayout"]["tiles"][2]["widget"][
            "scorecard"
        ]["timeSeriesQuery"]["timeSeriesFilter"]["filter"]
    )
    # The objective is a label of everything; nothing but what watches changes otherwise.
    slower = project.up(latency_p95_ms=80)
    assert not slower.names("create", "replace", "delete")
    assert slower.names("update") >= {"fraud-latency-objective", "fraud-dashboard", "fraud-pending"}
    assert "requestBasedSli" not in _tops(slower, "fraud-errors-objective")
    for name in set(slower.steps) - made - _SYMPTOMS:
        assert _tops(slower, name) == {"labels"}
    shorter = project.up(window_days=14)
    # A tenth of a shorter window's budget goes in a day at a lower rate.
    assert shorter.names("update") == made - uses
    assert not shorter.names("create", "delete", "replace")
    told = project.up(channels=True)
    assert told.names("update") == _BURNS | uses | _SYMPTOMS
    teams = {
        name: project.resource(name)["inputs"]["notificationChannels"] for name in _BURNS | uses
    }
    (team,) = {tuple(teams[name]) for name in _TICKETS | uses}
    (paged,) = {tuple(teams[name]) for name in _BURNS - _TICKETS}
    assert team != paged


def _fails_half_way(project: ComponentProject, sandbox: Sandbox) -> None:
    """What Google refuses once is made by the next run, and what is changed by hand put right."""
    with sandbox.store() as store:
        store.add_fault(Fault(_POLICY, "create", "fail", message="Error 500: try again"))
    assert "Error 500: try again" in project.up(window_days=7, fails=True).output
    cloud = ROOT / "sandbox" / "cloud"
    sandbox.run(cloud, "set", project.resource("fraud-errors-objective")["id"], "goal=0.5")
    sandbox.run(cloud, "rm", project.resource("fraud-at-maximum")["id"])
    done = project.up(refresh=True)
    assert "update" in done.steps["fraud-errors-objective"]
    assert "create" in done.steps["fraud-at-maximum"]
    assert not done.names("replace")
    with sandbox.store() as store:
        found = {row.name: row.inputs for row in store.list("gcp", _OBJECTIVE)}
    assert {name: each["goal"] for name, each in found.items()} == {"errors": 0.99, "latency": 0.95}
    assert project.up().steps == {}
    assert not _TICKETS & {each["urn"].rpartition("::")[2] for each in _resources(project)}


def _resources(project: ComponentProject) -> list[dict[str, Any]]:
    return project.sandbox.state(project.folder).get("resources", [])


def _tops(change: Change, name: str) -> set[str]:
    """Names of the inputs that a change is of."""
    return {path.partition(".")[0].partition("[")[0] for path in change.properties[name]}


def _policies_go_first(gone: Change) -> None:
    order = [name for operation, name in gone.order if operation == "delete"]
    for word in ("errors", "latency"):
        objective = order.index(f"fraud-{word}-objective")
        assert objective < order.index("fraud-service-level")
        burns = [name for name in order if name.startswith(f"fraud-{word}-burns")]
        assert burns
        assert all(order.index(name) < objective for name in burns)
