"""What starts a batch endpoint's runs by the clock: a workflow of Logic Apps.

Azure ML's own schedules run pipelines; how one of them would invoke a batch endpoint, its API does
not say (`endpointInvocationDefinition`). A workflow that calls it by a managed identity is what
Microsoft describes:
https://learn.microsoft.com/azure/machine-learning/how-to-use-event-grid-batch
"""

from typing import Any, Final

import pulumi
import pulumi_azure_native as azure

from components.azure.azure_ml.azure_ml_assets import Workspace
from components.azure.azure_ml.azure_ml_batch_settings import BatchEndpointSettings, Timetable

__all__ = ["invoked_by_the_clock", "request"]

_SCHEMA: Final = (
    "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01"
    "/workflowdefinition.json#"
)
# For whom tokens are that start runs: how-to-authenticate-batch-endpoint.
_AUDIENCE: Final = "https://ml.azure.com"
# Without a start in the past a new workflow runs at once.
_BEGIN: Final = "2020-01-01T00:00:00"
_WORKSPACE: Final = "Microsoft.MachineLearningServices/workspaces"
# What invoking takes, and no more: how-to-authenticate-batch-endpoint#configure-rbac-for-batch-
# endpoints-invoke, read 2026-11-26.
_ACTIONS: Final = (
    *("read", "data/versions/write", "datasets/registered/read", "datasets/registered/write"),
    *("datasets/unregistered/read", "datasets/unregistered/write", "datastores/read"),
    *("datastores/write", "datastores/listsecrets/action", "listStorageAccountKeys/action"),
    *("batchEndpoints/read", "batchEndpoints/write", "batchEndpoints/deployments/read"),
    *("batchEndpoints/deployments/write", "batchEndpoints/deployments/jobs/write"),
    *("batchEndpoints/jobs/write", "computes/read", "computes/listKeys/action"),
    *("metadata/secrets/read", "metadata/snapshots/read", "metadata/artifacts/read"),
    *("metadata/artifacts/write", "experiments/read", "experiments/runs/submit/action"),
    *("experiments/runs/read", "experiments/runs/write", "metrics/resource/write", "modules/read"),
    *("models/read", "endpoints/pipelines/read", "endpoints/pipelines/write", "environments/read"),
    *("environments/write", "environments/build/action", "environments/readSecrets/action"),
)


def request(settings: BatchEndpointSettings, output: str) -> dict[str, Any]:
    """What is sent to start a run; `output` is the folder of the results, in a data store."""
    whole = settings.output_action == "append_row"
    file = f"/{settings.output_file_name}" if whole else ""
    # Of a model's deployment the names of input and output mean nothing.
    return {
        "properties": {
            "InputData": {"input": {"JobInputType": "UriFolder", "Uri": settings.input_uri}},
            "OutputData": {
                "score": {
                    "JobOutputType": "UriFile" if whole else "UriFolder",
                    "Uri": f"{output.rstrip('/')}{file}",
                }
            },
        }
    }


def invoked_by_the_clock(
    settings: BatchEndpointSettings,
    timetable: Timetable,
    workspace: Workspace,
    *,
    identity: azure.managedidentity.UserAssignedIdentity,
    location: pulumi.Input[str],
    invoke_url: pulumi.Input[str],
    output: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> azure.logic.Workflow:
    """A workflow that starts a run; each run has a folder of its own for its results."""
    group = pulumi.Output.concat(
        "/subscriptions/", workspace.subscription_id, "/resourceGroups/", workspace.resource_group
    )
    role = azure.authorization.RoleDefinition(
        f"{settings.name}-invoke-role",
        role_name=f"{settings.physical_name} starts batch runs",
        description=f"Start runs of the batch endpoint {settings.physical_name}",
        scope=group,
        assignable_scopes=[group],
        permissions=[
            azure.authorization.PermissionArgs(
                actions=[f"{_WORKSPACE}/{action}" for action in _ACTIONS]
            )
        ],
        opts=opts,
    )
    may = azure.authorization.RoleAssignment(
        f"{settings.name}-invoke",
        scope=workspace.id,
        role_definition_id=role.id,
        principal_id=identity.principal_id,
        # Else Azure looks the new identity up in a directory that may not know it yet.
        principal_type="ServicePrincipal",
        opts=opts,
    )
    definition = pulumi.Output.all(identity.id, invoke_url, output).apply(
        lambda known: _definition(settings, timetable, *known)
    )
    return azure.logic.Workflow(
        f"{settings.name}-schedule",
        workflow_name=settings.physical_name,
        resource_group_name=workspace.resource_group,
        location=location,
        identity=azure.logic.ManagedServiceIdentityArgs(
            type="UserAssigned", user_assigned_identities=[identity.id]
        ),
        state="Disabled" if timetable.suspended else "Enabled",
        definition=definition,
        tags=settings.aws_tags(),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[may])),
    )


def _definition(
    settings: BatchEndpointSettings,
    timetable: Timetable,
    identity: str,
    invoke_url: str,
    output: str,
) -> dict[str, Any]:
    kept = timetable.recurrence
    times: dict[str, Any] = {"hours": list(kept.hours), "minutes": list(kept.minutes)}
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {},
        "triggers": {
            "schedule": {
                "type": "Recurrence",
                "recurrence": {
                    "frequency": "Week" if kept.days else "Day",
                    "interval": 1,
                    "startTime": _BEGIN,
                    "timeZone": timetable.zone,
                    "schedule": {**times, **({"weekDays": list(kept.days)} if kept.days else {})},
                },
            }
        },
        "actions": {
            "invoke": {
                "type": "Http",
                "runAfter": {},
                "inputs": {
                    "method": "POST",
                    "uri": invoke_url,
                    "headers": {"Content-Type": "application/json"},
                    "body": request(
                        settings, f"{output.rstrip('/')}/@{{workflow()['run']['name']}}"
                    ),
                    "authentication": {
                        "type": "ManagedServiceIdentity",
                        "identity": identity,
                        "audience": _AUDIENCE,
                    },
                },
            }
        },
        "outputs": {},
    }
