"""Grafana's own model of a dashboard as its judge: what it does not know, it does not read back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

__all__ = ["lost"]

# Of an annotation's query: what Prometheus' data source reads in it, and no model of Grafana's has.
# https://grafana.com/docs/grafana/latest/datasources/prometheus/annotations/
_ANNOTATIONS = "dashboard.annotations.list["
_OF_THE_SOURCE = ("step", "titleFormat")


def lost(text: str) -> list[str]:
    """Paths in a dashboard that are other ones, or none, once Grafana's model has read it."""
    written = json.loads(text)
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(written)))
    return [
        path
        for path in _lost(written, read, "dashboard")
        if not (path.startswith(_ANNOTATIONS) and path.rpartition(".")[2] in _OF_THE_SOURCE)
    ]


def _lost(written: object, read: object, path: str) -> Iterator[str]:
    if isinstance(written, Mapping) and isinstance(read, Mapping):
        known = cast("Mapping[str, Any]", read)
        for key, value in cast("Mapping[str, Any]", written).items():
            if key in known:
                yield from _lost(value, known[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(written, list) and isinstance(read, list):
        values, others = cast("Sequence[object]", written), cast("Sequence[object]", read)
        if len(values) != len(others):
            yield path
        for index, (value, other) in enumerate(zip(values, others, strict=False)):
            yield from _lost(value, other, f"{path}[{index}]")
    elif written != read:
        yield path
