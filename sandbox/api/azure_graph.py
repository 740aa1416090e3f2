"""Azure Resource Graph: what in some subscriptions has a tag.

https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources. Its table
`resources` has what ARM tracks, which is what has a location.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.api.azureml import ArmError
from sandbox.clouds.azure import ids
from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = ["OPERATION", "PATH", "TOKEN", "resources"]

PATH = "/providers/microsoft.resourcegraph/resources"
"""In lower case, as ARM compares it."""
OPERATION = "resourcegraph:Resources"
TOKEN = "azure-native:resourcegraph:Resources"  # noqa: S105 - of Pulumi's spelling
_QUERY = re.compile(
    r"resources \| where tags\[(['\"])(?P<key>[^'\"]+)\1\] == (['\"])(?P<value>[^'\"]*)\3"
    r" \| project id, type, name, tags"
)
_MOST = 1000


def resources(store: Store, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one page; what has a tag of this value is the only query that it knows."""
    wanted = _QUERY.fullmatch(str(asked.get("query", "")))
    if wanted is None:
        raise ArmError("BadRequest", f"The sandbox does not answer {asked.get('query')!r}.")
    options = mapped(asked.get("options"))
    rows = [
        _shown(row, tags)
        for subscription in listed(asked.get("subscriptions"))
        for row in store.list(ids.PROVIDER, account=str(subscription))
        if _is_tracked(row) and (tags := _tags(row)).get(wanted["key"]) == wanted["value"]
    ]
    begin = int(str(options.get("$skipToken") or 0))
    end = begin + min(int(options.get("$top") or 100), _MOST)
    page = rows[begin:end]
    told = {"totalRecords": len(rows), "count": len(page), "data": page}
    return told | ({"$skipToken": str(end)} if end < len(rows) else {})


def _is_tracked(row: Row) -> bool:
    return row.id.startswith("/subscriptions/") and bool(
        row.inputs.get("location") or row.outputs.get("location")
    )


def _tags(row: Row) -> dict[str, str]:
    tags = mapped(row.inputs.get("tags")) or mapped(row.outputs.get("tags"))
    return {str(key): str(value) for key, value in tags.items()}


def _shown(row: Row, tags: Mapping[str, str]) -> dict[str, Any]:
    service, *parts = row.id.rpartition("/providers/")[2].split("/")
    return {
        "id": row.id,
        "type": "/".join([service, *parts[::2]]).lower(),
        "name": parts[-1],
        "tags": dict(tags),
    }
