"""What watches a model on Azure through the real engine: burn rates, use, the workbook."""

import json
from typing import Any, Final

import pytest

from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.store import Fault, Store
from tests.engine.azure_ml_workspace import ARTIFACTS, REGISTRY_ID, WORKSPACE, make_workspace
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.azure_functions_cases import GROUP, MINIMAL, PREMIUM
from tests.unit.azure_monitored import LOGS, WATCHED
from tests.unit.sandbox_life import Stack

pytestmark = pytest.mark.engine

_BURNING: Final = {
    f"fraud-{word}-{how}" for word in ("errors", "latency") for how in ("burns-fast", "burns")
}
_SYMPTOMS: Final = {"fraud-latency", "fraud-errors"}


def test_azure_ml(sandbox: Sandbox) -> None:
    store = make_workspace(sandbox)
    _make_logs(store)
    project = ComponentProject(
        sandbox,
        "azure",
        "components.azure.azure_ml.azure_ml_endpoint",
        "AzureMlEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "subscription_id": AZURE_SUBSCRIPTION,
            "resource_group": "models",
            "workspace_name": WORKSPACE,
            "registry_id": REGISTRY_ID,
            "model_version": "1.4.0",
            "model_uri": f"{ARTIFACTS}/1.4.0/",
            "framework": "mlflow",
            "instance_type": "Standard_DS3_v2",
            "max_replicas": 3,
        },
    )
    project.up()
    refused = project.preview(fails=True, **WATCHED)
    assert "use it with log_workspace_id" in refused.output
    uses = {f"fraud-1-4-0-{part}" for part in ("cpu", "memory", "at-maximum")}
    further = uses | {"fraud-throttled", "fraud-traffic-log"}
    _life(project, store, further)
    # A candidate is counted, and alerts say that there are two; its share changes none.
    candidate: dict[str, Any] = {
        "candidate_version": "2.0.0",
        "candidate_uri": f"{ARTIFACTS}/2.0.0/",
    }
    both = project.up(**candidate)
    assert {f"fraud-2-0-0-{part}" for part in ("cpu", "memory")} <= both.names("create")
    assert both.names("update") >= _BURNING | _SYMPTOMS
    text = project.resource("fraud-errors-burns-fast")["inputs"]["description"]
    assert "Version 2.0.0 is beside 1.4.0" in text
    assert set(project.up(canary_percent=10).steps) == {"fraud-traffic"}
    # Copies reach no caller, and spend no budget.
    assert "!~" not in _query(project, "fraud-errors-burns-fast")
    project.up(strategy="shadow")
    assert 'DeploymentName !~ "v2-0-0-' in _query(project, "fraud-errors-burns-fast")
    project.destroy()
    assert store.list("azure-native", "azure-native:monitor:DiagnosticSetting") == []


def test_azure_functions(sandbox: Sandbox) -> None:
    store = Store(sandbox.home / "store.sqlite")
    project = ComponentProject(
        sandbox,
        "azure",
        "components.azure.functions.azure_functions_endpoint",
        "AzureFunctionsEndpoint",
        "fraud",
        {
            **MINIMAL,
            **PREMIUM,
            "model_uri": "https://exampleartifacts.blob.core.windows.net/models/fraud/1.4.0/m.onnx",
        },
    )
    project.up()
    further = {"fraud-at-maximum", "fraud-plan-cpu", "fraud-plan-memory"}
    made = _BURNING | further | {"fraud-workbook"}
    watched = project.up(**WATCHED)
    assert (watched.names("create"), watched.names("update")) == (made, _SYMPTOMS)
    _is_told(project)
    assert project.up().steps == {}
    shorter = project.up(window_days=7)
    _watches_alone(shorter, made)
    query = "requests | summarize value = 100.0 * countif(success == false) / count()"
    _counts_as_before(project, store, "ScheduledQueryRule", {"query": query})
    assert "resultCode" in _query(project, "fraud-errors")
    project.destroy()
    assert store.list("azure-native", "azure-native:monitor:ScheduledQueryRule") == []


def _life(project: ComponentProject, store: Store, further: set[str]) -> None:
    """Asked for, the rest is added; another SLO changes it, and nothing that serves."""
    made = _BURNING | further | {"fraud-workbook"}
    assert project.preview(**WATCHED, log_workspace_id=LOGS).names("create") == made
    # One of them is not made: the next run goes on with it.
    rule = "azure-native:monitor:ScheduledQueryRule"
    store.add_fault(Fault(token=rule, operation="create", mode="fail", message="Try again."))
    assert "Try again." in project.up(fails=True).output
    watched = project.up()
    assert watched.names("create") <= made
    # They learn what to do and where to look.
    assert watched.names("update") <= _SYMPTOMS
    for name in made | _SYMPTOMS:
        assert project.resource(name)["outputs"], name
    _is_told(project)
    assert project.up().steps == {}
    # The objective is a tag of everything; nothing but what watches changes otherwise.
    slower = project.up(latency_p95_ms=80)
    assert slower.names("update") >= {name for name in made if "-latency-" in name}
    assert not slower.names("create", "replace", "delete")
    others = set(slower.steps) - made - _SYMPTOMS
    changed = {path for name in others for path in slower.properties[name]}
    # What is live is read before an endpoint of Azure ML is written, and is what it was.
    read = ("writes", "properties.traffic")
    assert all("tags" in path or path.startswith(read) for path in changed), changed
    shorter = project.up(window_days=7)
    _watches_alone(shorter, made)
    groups: dict[str, str] = {
        "alert_action_group_id": _group(store, "team"),
        "page_action_group_id": _group(store, "on-call"),
    }
    told = project.up(
        alert_action_group_id=groups["alert_action_group_id"],
        page_action_group_id=groups["page_action_group_id"],
    )
    assert told.names("update") == (made | _SYMPTOMS) - {"fraud-workbook", "fraud-traffic-log"}
    for name, key in (("burns-fast", "page_action_group_id"), ("burns", "alert_action_group_id")):
        actions = project.resource(f"fraud-errors-{name}")["inputs"]["actions"]
        assert actions["actionGroups"] == [groups[key]]
        assert actions["customProperties"]["owner"] == "team-risk"
    before = {"name": "statusCodeClass", "operator": "Include", "values": ["5xx"]}
    _counts_as_before(project, store, "MetricAlert", {"dimensions": [before]})
    # Another threshold by hand is seen, and put back.
    (row,) = [
        each
        for each in store.list("azure-native", rule)
        if each.name.startswith("fraud-errors-burns-fast")
    ]
    store.update(
        "azure-native",
        rule,
        row.id,
        lambda now: now.replace(inputs=now.inputs | {"severity": 4}),
        account=AZURE_SUBSCRIPTION,
    )
    assert project.up(refresh=True).names("update") == {"fraud-errors-burns-fast"}


def _counts_as_before(
    project: ComponentProject, store: Store, kind: str, condition: dict[str, Any]
) -> None:
    """An alert that counts other failures is changed in place, and nothing else is."""
    name = "fraud-errors"
    at = project.resource(name)["id"]
    token = f"azure-native:monitor:{kind}"
    (row,) = [each for each in store.list("azure-native", token) if each.id == at]
    criteria = row.inputs["criteria"]
    (first,) = criteria["allOf"]
    old = row.inputs | {"criteria": criteria | {"allOf": [first | condition]}}
    store.update(
        "azure-native",
        token,
        row.id,
        lambda now: now.replace(inputs=old),
        account=AZURE_SUBSCRIPTION,
    )
    changed = project.up(refresh=True)
    assert changed.names("update") == {name}
    assert not changed.names("create", "replace", "delete")
    assert project.resource(name)["id"] == at


def _watches_alone(shorter: Change, made: set[str]) -> None:
    """Another window changes what is reckoned by it, and a tag of what watches at most."""
    assert set(shorter.steps) == shorter.names("update")
    reckoned = _BURNING | {"fraud-workbook"}
    assert reckoned <= set(shorter.steps) <= made | _SYMPTOMS
    others = {path for name in set(shorter.steps) - reckoned for path in shorter.properties[name]}
    assert all("tags" in path for path in others), others


def _is_told(project: ComponentProject) -> None:
    """An alert says what it means, and leads to the workbook that there is."""
    text = project.resource("fraud-errors")["inputs"]["description"]
    assert text.startswith("ModelVersionMissesObjective. ")
    book = project.resource("fraud-workbook")
    assert text.endswith(book["id"])
    assert json.loads(book["inputs"]["serializedData"])["items"]


def _query(project: ComponentProject, name: str) -> str:
    return project.resource(name)["inputs"]["criteria"]["allOf"][0]["query"]


def _make_logs(store: Store) -> None:
    Stack("azure-native", store.path).create(
        "azure-native:operationalinsights:Workspace",
        "logs",
        resourceGroupName="models",
        location="westeurope",
        workspaceName="logs",
    )


def _group(store: Store, name: str) -> str:
    Stack("azure-native", store.path).create(
        "azure-native:monitor:ActionGroup",
        name,
        resourceGroupName="models",
        location="global",
        actionGroupName=name,
        groupShortName=name[:12],
        enabled=True,
    )
    return f"{GROUP}/Microsoft.Insights/actionGroups/{name}"
