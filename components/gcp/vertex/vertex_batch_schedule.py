"""Batch predictions by the clock: Cloud Scheduler asks Vertex AI's API for a run, and for no more.

https://cloud.google.com/scheduler/docs/http-target-auth
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.names import account_id

__all__ = ["Schedule", "scheduled"]

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_ASKS_WITHIN: Final = "180s"
# A run, and the model that it is of; to act as the containers' account is granted on that account.
_PERMISSIONS: Final = ("aiplatform.batchPredictionJobs.create", "aiplatform.models.get")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When to run, checked."""

    cron: str
    time_zone: str
    suspended: bool
    retries: int


def scheduled(
    name: str,
    asked: Schedule,
    job: Mapping[str, Any],
    *,
    physical_name: str,
    project: pulumi.Input[str],
    region: str,
    runs_as: pulumi.Input[str],
    after: list[pulumi.Resource],
    parent: pulumi.Resource,
) -> gcp.cloudscheduler.Job:
    """The schedule, with an account that may ask for runs and nothing else.

    Args:
        name: the component's.
        asked: when to run.
        job: body of the request, BatchPredictionJob; its values may be outputs.
        physical_name: what Google calls it.
        project: of the runs.
        region: of the runs.
        runs_as: email of the containers' account.
        after: what has to be there before the first run.
        parent: component of which all is a child.
    """
    child = pulumi.ResourceOptions(parent=parent)
    account = gcp.serviceaccount.Account(
        f"{name}-schedule-account",
        account_id=account_id(f"{name}-schedule"),
        project=project,
        display_name=f"Asks for the runs of {physical_name}",
        opts=child,
    )
    role = gcp.projects.IAMCustomRole(
        f"{name}-schedule-role",
        role_id=f"vertexBatch_{physical_name.replace('-', '_')}",
        project=project,
        title=f"Batch predictions of {physical_name}",
        description="To ask for a batch prediction, and no more",
        permissions=list(_PERMISSIONS),
        opts=child,
    )
    asks = gcp.projects.IAMMember(
        f"{name}-schedule-asks",
        project=project,
        role=role.name,
        member=account.member,
        opts=child,
    )
    acts = gcp.serviceaccount.IAMMember(
        f"{name}-schedule-acts",
        service_account_id=pulumi.Output.concat("projects/", project, "/serviceAccounts/", runs_as),
        role="roles/iam.serviceAccountUser",
        member=account.member,
        opts=child,
    )
    body = pulumi.Output.json_dumps(job, sort_keys=True).apply(
        lambda text: base64.b64encode(_without_nothing(text).encode()).decode()
    )
    return gcp.cloudscheduler.Job(
        f"{name}-schedule",
        name=physical_name,
        project=project,
        region=region,
        description=f"Batch predictions of {physical_name}",
        schedule=asked.cron,
        time_zone=asked.time_zone,
        paused=asked.suspended,
        attempt_deadline=_ASKS_WITHIN,
        retry_config={"retry_count": asked.retries},
        http_target={
            "http_method": "POST",
            "uri": pulumi.Output.concat(
                f"https://{region}-aiplatform.googleapis.com/v1/projects/",
                project,
                f"/locations/{region}/batchPredictionJobs",
            ),
            "headers": {"Content-Type": "application/json"},
            "body": body,
            "oauth_token": {"service_account_email": account.email, "scope": _SCOPE},
        },
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, asks, acts]),
    )


def _without_nothing(text: str) -> str:
    """The body without what was not said, at any depth."""

    def said(value: Any) -> Any:  # noqa: ANN401 - JSON
        if not isinstance(value, dict):
            return value
        pairs: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {key: said(each) for key, each in pairs.items() if each is not None}

    return json.dumps(said(json.loads(text)), sort_keys=True)
