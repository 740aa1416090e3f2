"""What Google's discovery documents say of changes: "Immutable", names, requests of updates."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import googleapiclient  # pyright: ignore[reportMissingTypeStubs] - it has none

from sandbox.schema import Library, Property
from tests.judges.truth.make.shapes import objects

__all__ = ["facts"]

# Pulumi's type: the document, and the schema of the resource in it.
_SCHEMAS: Mapping[str, tuple[str, str]] = {
    "gcp:artifactregistry/repository:Repository": ("artifactregistry.v1", "Repository"),
    "gcp:cloudfunctionsv2/function:Function": ("cloudfunctions.v2", "Function"),
    "gcp:cloudrun/service:Service": ("run.v1", "Service"),
    "gcp:cloudrunv2/job:Job": ("run.v2", "GoogleCloudRunV2Job"),
    "gcp:cloudrunv2/service:Service": ("run.v2", "GoogleCloudRunV2Service"),
    "gcp:cloudrunv2/workerPool:WorkerPool": ("run.v2", "GoogleCloudRunV2WorkerPool"),
    "gcp:cloudscheduler/job:Job": ("cloudscheduler.v1", "Job"),
    "gcp:compute/address:Address": ("compute.v1", "Address"),
    "gcp:compute/disk:Disk": ("compute.v1", "Disk"),
    "gcp:compute/network:Network": ("compute.v1", "Network"),
    "gcp:compute/subnetwork:Subnetwork": ("compute.v1", "Subnetwork"),
    "gcp:container/cluster:Cluster": ("container.v1", "Cluster"),
    "gcp:container/nodePool:NodePool": ("container.v1", "NodePool"),
    "gcp:eventarc/trigger:Trigger": ("eventarc.v1", "Trigger"),
    "gcp:kms/cryptoKey:CryptoKey": ("cloudkms.v1", "CryptoKey"),
    "gcp:kms/keyRing:KeyRing": ("cloudkms.v1", "KeyRing"),
    "gcp:logging/metric:Metric": ("logging.v2", "LogMetric"),
    "gcp:monitoring/alertPolicy:AlertPolicy": ("monitoring.v3", "AlertPolicy"),
    "gcp:monitoring/notificationChannel:NotificationChannel": (
        "monitoring.v3",
        "NotificationChannel",
    ),
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": ("monitoring.v3", "UptimeCheckConfig"),
    "gcp:pubsub/subscription:Subscription": ("pubsub.v1", "Subscription"),
    "gcp:pubsub/topic:Topic": ("pubsub.v1", "Topic"),
    "gcp:secretmanager/secret:Secret": ("secretmanager.v1", "Secret"),
    "gcp:serviceaccount/account:Account": ("iam.v1", "ServiceAccount"),
    "gcp:storage/bucket:Bucket": ("storage.v1", "Bucket"),
    "gcp:vertex/aiDataset:AiDataset": ("aiplatform.v1", "GoogleCloudAiplatformV1Dataset"),
    "gcp:vertex/aiEndpoint:AiEndpoint": ("aiplatform.v1", "GoogleCloudAiplatformV1Endpoint"),
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup": (
        "aiplatform.v1",
        "GoogleCloudAiplatformV1FeatureGroup",
    ),
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": (
        "aiplatform.v1",
        "GoogleCloudAiplatformV1FeatureOnlineStore",
    ),
    "gcp:vertex/aiFeatureStore:AiFeatureStore": (
        "aiplatform.v1",
        "GoogleCloudAiplatformV1Featurestore",
    ),
    "gcp:vertex/aiIndex:AiIndex": ("aiplatform.v1", "GoogleCloudAiplatformV1Index"),
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": (
        "aiplatform.v1",
        "GoogleCloudAiplatformV1IndexEndpoint",
    ),
    "gcp:vertex/aiTensorboard:AiTensorboard": (
        "aiplatform.v1",
        "GoogleCloudAiplatformV1Tensorboard",
    ),
    "gcp:workflows/workflow:Workflow": ("workflows.v1", "Workflow"),
}
_IMMUTABLE = re.compile(r"\b(Immutable|cannot be (changed|updated|modified) (once|after))\b")
# Parts of a resource's own name in the API: another value is another resource.
_PLACE = ("project", "location", "region", "zone", "name")
# Requests of updates that list what they change: where in Pulumi's type their fields are.
_UPDATES: Mapping[str, tuple[str, str, str]] = {
    "gcp:container/cluster:Cluster": ("ClusterUpdate", "desired", ""),
    "gcp:container/nodePool:NodePool": ("UpdateNodePoolRequest", "", "nodeConfig."),
}
# Of those: they name the object or say how, or have the whole under a part's name.
_NOT_FIELDS = {"name", "clusterId", "nodePoolId", "projectId", "zone", "locations", "nodePool"}


def facts(library: Library) -> dict[str, dict[str, Any]]:
    """By type and path: immutable, or one of the words that every update takes."""
    found: dict[str, dict[str, Any]] = {}
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    for token, (document, name) in _SCHEMAS.items():
        schemas = json.loads((folder / f"{document}.json").read_text(encoding="utf-8"))["schemas"]
        inputs = library.resource(token).inputs
        source = f"{document} {name}"
        told = {
            path: {"replace": True, "source": f"{source}.{path}"}
            for path in _immutable(library, schemas, name, inputs)
        }
        for word in _PLACE:
            if word in inputs:
                told[word] = {"replace": True, "source": f"{source} name"}
        if token in _UPDATES:
            for path in _updated(library, schemas, token):
                told.setdefault(path, {"replace": False, "source": f"{document} update"})
        if told:
            found[token] = told
    return found


def _immutable(
    library: Library,
    schemas: Mapping[str, Any],
    name: str,
    declared: Mapping[str, Property],
    depth: int = 4,
) -> Iterator[str]:
    for property_, value in schemas[name].get("properties", {}).items():
        if property_ not in declared:
            continue
        description = value.get("description", "")
        if _IMMUTABLE.search(description) and "Output only" not in description:
            yield property_
            continue
        inner = value.get("$ref") or value.get("items", {}).get("$ref")
        nested = objects(library, declared[property_].type)
        if inner and nested is not None and depth:
            for below in _immutable(library, schemas, inner, nested, depth - 1):
                yield f"{property_}.{below}"


def _updated(library: Library, schemas: Mapping[str, Any], token: str) -> Iterator[str]:
    request, prefix, below = _UPDATES[token]
    declared: Mapping[str, Property] = library.resource(token).inputs
    for name in below.split(".")[:-1]:
        declared = objects(library, declared[name].type) or {}
    for field in schemas[request]["properties"]:
        bare = field.removeprefix(prefix)
        name = bare[:1].lower() + bare[1:]
        if name in declared and name not in _NOT_FIELDS and field.startswith(prefix):
            yield f"{below}{name}"
