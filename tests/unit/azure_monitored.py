"""Components of Azure that answer requests, watched by all that may be asked for, and requests."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pulumi

from components.azure.azure_ml.azure_ml_endpoint import AzureMlEndpoint
from components.azure.functions.azure_functions_endpoint import AzureFunctionsEndpoint
from tests.unit import azure_functions_cases, test_azure_ml_endpoint
from tests.unit.component_mocks import record
from tests.unit.kql_oracle import Table

__all__ = ["KINDS", "LOGS", "PAGES", "TICKETS", "WATCHED", "monitored", "requests", "row"]

_PLACE: Final = azure_functions_cases.GROUP
PAGES: Final = f"{_PLACE}/Microsoft.Insights/actionGroups/on-call"
TICKETS: Final = f"{_PLACE}/Microsoft.Insights/actionGroups/team"
LOGS: Final = f"{_PLACE}/Microsoft.OperationalInsights/workspaces/logs"
WATCHED: Final[dict[str, Any]] = {
    "alarms": "burn_rate",
    "dashboard": True,
    "runbook_url": "https://wiki.example/runbooks/{alert}",
}
_ML: Final = {**test_azure_ml_endpoint.MINIMAL, "log_workspace_id": LOGS, "max_replicas": 3}
_FUNCTIONS: Final = azure_functions_cases.MINIMAL
_SLOTS: Final = {**azure_functions_cases.PREMIUM, **azure_functions_cases.CANDIDATE}
# The component and its least arguments.
KINDS: Final[dict[str, tuple[type[pulumi.ComponentResource], dict[str, Any]]]] = {
    "ml": (AzureMlEndpoint, _ML),
    "ml-candidate": (AzureMlEndpoint, {**_ML, **test_azure_ml_endpoint.CANDIDATE}),
    "ml-shadow": (
        AzureMlEndpoint,
        {**_ML, **test_azure_ml_endpoint.CANDIDATE, "strategy": "shadow"},
    ),
    "flex": (AzureFunctionsEndpoint, _FUNCTIONS),
    "premium": (AzureFunctionsEndpoint, {**_FUNCTIONS, **_SLOTS}),
}


def monitored(kind: str, **more: object) -> dict[str, dict[str, Any]]:
    component, least = KINDS[kind]
    return record(component, "fraud", {**least, **WATCHED, **more}).inputs


def row(kind: str, at: float, *, bad: bool = False, count: float = 1, **more: object) -> Any:  # noqa: ANN401 - columns of any type
    """One request, or so many alike: fine, or failed and late both."""
    if kind.startswith("ml"):
        usual: dict[str, object] = {
            "TimeGenerated": at,
            "AzureMLWorkspaceName": "models-dev",
            "EndpointName": "fraud-dev",
            "DeploymentName": "v1-4-0-e5c2ff",
            "ResponseCode": 500 if bad else 200,
            "ModelStatusCode": "" if bad else 200,
            # The bound itself is within the objective.
            "TotalDurationMs": 101 if bad else 100,
        }
    else:
        usual = {
            "timestamp": at,
            "name": "predict",
            # The function answered, whatever it answered.
            "success": "True",
            "resultCode": "500" if bad else "200",
            "duration": 100.5 if bad else 100.0,
            "cloud_RoleName": "fraud-dev",
            "cloud_RoleInstance": "one",
            "itemCount": 1,
        }
    return {**usual, **more}, count


def requests(kind: str, rows: Sequence[Any]) -> Table:
    """The table that a kind's queries read."""
    if not rows:
        empty, _ = row(kind, 0)
        return requests(kind, [(empty, 0)]).where(np.array([False]))
    names = list(rows[0][0])
    columns = {name: np.array([each[name] for each, _ in rows]) for name in names}
    table = "AmlOnlineEndpointTrafficLog" if kind.startswith("ml") else "requests"
    return Table(table, columns, np.array([count for _, count in rows], dtype=float))
