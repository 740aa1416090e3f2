"""Monitoring, logging and messages: what a service is run with."""

import json
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call, moment
from sandbox.clouds.gcp.kind import Identity, Kind

__all__ = ["KINDS", "SUBSCRIPTION", "TOPIC"]

TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"
_DASHBOARD = "https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#Dashboard"


def _named_by_service(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"name": identity.id}


def _alert_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    who = f"sandbox@{identity.project}.iam.gserviceaccount.com"
    return {
        "name": identity.id,
        "creationRecords": before.get("creationRecords")
        or [{"mutateTime": moment(), "mutatedBy": who}],
        "enabled": call.inputs.get("enabled", True),
    }


def _dashboard_constraints(call: Call) -> list[Problem]:
    text: Any = call.inputs.get("dashboardJson")
    if not isinstance(text, str):
        return []
    try:
        document = json.loads(text)
    except ValueError as error:
        return [Problem("dashboardJson", f"is no JSON: {error} ({_DASHBOARD})")]
    if not isinstance(document, dict):
        return [Problem("dashboardJson", f"use a JSON object ({_DASHBOARD})")]
    return []


def _subscription_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del identity
    return {
        "ackDeadlineSeconds": call.inputs.get("ackDeadlineSeconds") or 10,
        "messageRetentionDuration": call.inputs.get("messageRetentionDuration") or "604800s",
        "expirationPolicy": call.inputs.get("expirationPolicy") or {"ttl": "2678400s"},
    }


def _sink_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """Who writes to the destination, whom a program gives access to."""
    agent = f"service-{identity.number}@gcp-sa-logging.iam.gserviceaccount.com"
    return {"writerIdentity": call.inputs.get("customWriterIdentity") or f"serviceAccount:{agent}"}


KINDS = {
    "gcp:logging/projectSink:ProjectSink": Kind(outputs=_sink_outputs),
    "gcp:monitoring/alertPolicy:AlertPolicy": Kind(
        references={"notificationChannels.[]": "channel"}, outputs=_alert_outputs
    ),
    "gcp:monitoring/dashboard:Dashboard": Kind(constraints=_dashboard_constraints),
    "gcp:monitoring/notificationChannel:NotificationChannel": Kind(outputs=_named_by_service),
    TOPIC: Kind(references={"kmsKeyName": "key"}),
    SUBSCRIPTION: Kind(
        references={
            "topic": "topic",
            "deadLetterPolicy.deadLetterTopic": "topic",
            "pushConfig.oidcToken.serviceAccountEmail": "account",
            "cloudStorageConfig.bucket": "bucket",
        },
        outputs=_subscription_outputs,
    ),
}
