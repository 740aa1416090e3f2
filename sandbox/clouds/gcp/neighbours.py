"""What types beside those of model serving point to, and little else."""

from typing import Any

from sandbox.clouds.base import Call, letters
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.values import at

__all__ = ["KINDS"]

_IN_BUCKETS = (
    *("AnywhereCache", "BucketACL", "BucketAccessControl", "DefaultObjectACL"),
    *("DefaultObjectAccessControl", "Folder", "ManagedFolder", "ObjectACL", "ObjectAccessControl"),
)
_IN_NETWORK = {"network": "network", "subnetwork": "subnetwork"}
_MACHINE = {
    "networkInterfaces.[].network": "network",
    "networkInterfaces.[].subnetwork": "subnetwork",
    "serviceAccount.email": "account",
}

_REFERENCES: dict[str, dict[str, str]] = {
    "gcp:bigquery/dataset:Dataset": {"defaultEncryptionConfiguration.kmsKeyName": "key"},
    "gcp:cloudscheduler/job:Job": {
        "httpTarget.oauthToken.serviceAccountEmail": "account",
        "httpTarget.oidcToken.serviceAccountEmail": "account",
        "pubsubTarget.topicName": "topic",
    },
    "gcp:compute/forwardingRule:ForwardingRule": _IN_NETWORK,
    "gcp:compute/instanceTemplate:InstanceTemplate": _MACHINE,
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": _MACHINE,
    "gcp:eventarc/trigger:Trigger": {
        "serviceAccount": "account",
        "transport.pubsub.topic": "topic",
    },
    "gcp:redis/instance:Instance": {"authorizedNetwork": "network"},
    "gcp:sql/databaseInstance:DatabaseInstance": {
        "encryptionKeyName": "key",
        "settings.ipConfiguration.privateNetwork": "network",
    },
    "gcp:storage/hmacKey:HmacKey": {"serviceAccountEmail": "account"},
    "gcp:storage/notification:Notification": {"bucket": "bucket", "topic": "topic"},
    "gcp:workflows/workflow:Workflow": {"cryptoKeyName": "key", "serviceAccount": "account"},
    **{
        f"gcp:storage/{name[0].lower()}{name[1:]}:{name}": {"bucket": "bucket"}
        for name in _IN_BUCKETS
    },
}


def _connection_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """The account that a connection acts as, which programs grant roles to."""
    if call.inputs.get("cloudResource") is None:
        return {}
    before = call.previous.outputs if call.previous is not None else {}
    made = f"bqcx-{identity.number}-{letters(4)}@gcp-sa-bigquery-condel.iam.gserviceaccount.com"
    return {
        "cloudResource": {
            "serviceAccountId": at(before, "cloudResource", "serviceAccountId") or made
        }
    }


KINDS = {
    "gcp:bigquery/connection:Connection": Kind(outputs=_connection_outputs),
    **{token: Kind(references=references) for token, references in _REFERENCES.items()},
}
