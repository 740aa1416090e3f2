"""Cloud Monitoring's list of alert policies.

https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies/list
"""

from collections.abc import Mapping
from typing import Any

from sandbox.store import Store
from sandbox.values import mapped

__all__ = ["ALERT_POLICY", "listed"]

ALERT_POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
_PAGE = 100


def listed(store: Store, project: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Answer one page of all policies of the project."""
    rows = sorted(store.list("gcp", ALERT_POLICY, account=project), key=lambda row: row.id)
    begin = int(asked.get("pageToken") or 0)
    end = begin + min(int(asked.get("pageSize") or _PAGE), 1000)
    policies = [
        {
            "name": row.id,
            "displayName": str(row.inputs.get("displayName", "")),
            "userLabels": mapped(row.inputs.get("userLabels")),
        }
        for row in rows[begin:end]
    ]
    more = {"nextPageToken": str(end)} if end < len(rows) else {}
    return {"alertPolicies": policies, "totalSize": len(rows), **more}
