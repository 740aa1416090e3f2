"""Logging and messages: what a service is run with."""

from typing import Any

from sandbox.clouds.base import Call
from sandbox.clouds.gcp.kind import Identity, Kind

__all__ = ["KINDS", "SUBSCRIPTION", "TOPIC"]

TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"


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
