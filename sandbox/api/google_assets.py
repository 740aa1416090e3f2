"""Cloud Asset Inventory: what in a project has a label, whatever service it is of.

https://cloud.google.com/asset-inventory/docs/reference/rest/v1/TopLevel/searchAllResources; names
and types: https://cloud.google.com/asset-inventory/docs/asset-names.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.api.vertex_call import GoogleError
from sandbox.store import Row, Store
from sandbox.values import mapped

__all__ = ["TYPES", "search"]

# By Pulumi's token; what is not here, as networks and deployments within an endpoint, has no labels
# that are searched.
TYPES: Mapping[str, str] = {
    "gcp:bigquery/dataset:Dataset": "bigquery.googleapis.com/Dataset",
    "gcp:cloudrunv2/service:Service": "run.googleapis.com/Service",
    "gcp:container/cluster:Cluster": "container.googleapis.com/Cluster",
    "gcp:dns/managedZone:ManagedZone": "dns.googleapis.com/ManagedZone",
    "gcp:kms/cryptoKey:CryptoKey": "cloudkms.googleapis.com/CryptoKey",
    "gcp:storage/bucket:Bucket": "storage.googleapis.com/Bucket",
    "gcp:vertex/aiEndpoint:AiEndpoint": "aiplatform.googleapis.com/Endpoint",
    "gcp:vertex/batchPredictionJob:BatchPredictionJob": (
        "aiplatform.googleapis.com/BatchPredictionJob"
    ),
    "gcp:vertex/model:Model": "aiplatform.googleapis.com/Model",
    "gcp:vertex/modelDeploymentMonitoringJob:ModelDeploymentMonitoringJob": (
        "aiplatform.googleapis.com/ModelDeploymentMonitoringJob"
    ),
}
_LABEL = re.compile(r'labels\.(?P<key>[a-z][a-z0-9_-]*)="?(?P<value>[^"]*)"?')
_PAGE = 500


def search(store: Store, project: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Answer one page; a query by one label, which has to be equal, is the only one it knows."""
    wanted = _LABEL.fullmatch(asked.get("query", ""))
    if wanted is None:
        raise GoogleError("UNIMPLEMENTED", f"The sandbox does not search {asked.get('query')!r}.")
    found = sorted(
        (
            _shown(row, kind, labels)
            for token, kind in TYPES.items()
            for row in store.list("gcp", token, account=project)
            if (labels := _labels(row)).get(wanted["key"]) == wanted["value"]
        ),
        key=lambda each: each["name"],
    )
    begin = int(asked.get("pageToken") or 0)
    end = begin + min(int(asked.get("pageSize") or _PAGE), _PAGE)
    more = {"nextPageToken": str(end)} if end < len(found) else {}
    return {"results": found[begin:end], **more}


def _shown(row: Row, kind: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": f"//{kind.partition('/')[0]}/{row.id}",
        "assetType": kind,
        "displayName": str(row.inputs.get("displayName") or row.name),
        "labels": dict(labels),
    }


def _labels(row: Row) -> dict[str, str]:
    labels = (
        mapped(row.outputs.get("effectiveLabels"))
        or mapped(row.outputs.get("labels"))
        or mapped(row.inputs.get("labels"))
        or mapped(row.inputs.get("resourceLabels"))
    )
    return {str(key): str(value) for key, value in labels.items()}
