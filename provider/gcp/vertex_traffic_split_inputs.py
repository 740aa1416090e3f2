"""Inputs of `serving:index:VertexTrafficSplit`: schema, checks, differences. Makes no call.

Source: Endpoint.traffic_split in the v1 types of google-cloud-aiplatform.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.gcp.vertex_inputs import PAGES, PLACE, Reading, mapped, short, timeout
from provider.input_checks import Problems, is_whole, shown
from provider.values import UNKNOWN

TYPE: Final = "serving:index:VertexTrafficSplit"
DEFAULT_TIMEOUT_SECONDS: Final = 1800
PAGE: Final = f"{PAGES}/projects.locations.endpoints"
ALL_PERCENT: Final = 100
_ID: Final = re.compile(r"[0-9]{1,20}")

_INPUTS: Final[dict[str, Any]] = {
    **PLACE,
    "endpoint": {
        "type": "string",
        "description": "The endpoint's id, or its whole name; another one replaces this alone.",
        "willReplaceOnChanges": True,
    },
    "traffic": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
        "description": (
            "`deployedModelId` and `percent` of each deployed model: whole numbers from 0 to 100, "
            "of all together 100."
        ),
    },
    "timeoutSeconds": timeout(DEFAULT_TIMEOUT_SECONDS, "what else is done to the endpoint"),
}
_OUTPUTS: Final[dict[str, Any]] = {
    "liveTraffic": {
        "type": "object",
        "additionalProperties": {"type": "number"},
        "description": "Percent of the requests that each deployed model gets now.",
    },
    "dedicatedEndpointDns": {
        "type": "string",
        "description": "Host of a dedicated endpoint; empty where it has none.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "Which share of the requests each model deployed to a Vertex AI endpoint gets: moves it, "
        "and fails when something else is live afterwards. Deleting it changes nothing in the "
        "cloud."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": ["project", "region", "endpoint", "traffic"],
    "properties": {**_INPUTS, **_OUTPUTS},
    "required": ["project", "region", "endpoint", "traffic", "timeoutSeconds", *_OUTPUTS],
}
REPLACES: Final = ("project", "region", "endpoint")
COMPUTED: Final = tuple(_OUTPUTS)


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason)."""
    reading = Reading.of(inputs, _INPUTS)
    reading.endpoint()
    _check_traffic(reading)
    given = inputs.get("timeoutSeconds")
    timeout_seconds = DEFAULT_TIMEOUT_SECONDS if given is None else given
    return {**inputs, "timeoutSeconds": timeout_seconds}, reading.problems


def _check_traffic(reading: Reading) -> None:
    value = reading.inputs.get("traffic")
    if value is UNKNOWN:
        return
    shares = cast(list[object], value) if isinstance(value, list) else []
    if not shares:
        example = "[{deployedModelId: '1', percent: 100}]"
        given = shown(cast(object, value))
        reading.note("traffic", f"got {given}; use a list as in {example} ({PAGE})")
        return
    if UNKNOWN in shares:
        return
    before, seen = len(reading.problems), set[str]()
    for at, each in enumerate(shares):
        _check_share(reading, f"traffic[{at}]", mapped(each), seen)
    percents = [mapped(each).get("percent") for each in shares]
    if len(reading.problems) > before or UNKNOWN in percents:
        return
    total = sum(cast(float, each) for each in percents)
    if total != ALL_PERCENT:
        told = " + ".join(f"{each:g}" for each in percents)
        reading.note("traffic", f"got {told} = {total:g} percent; use {ALL_PERCENT} ({PAGE})")


def _check_share(reading: Reading, path: str, share: Mapping[str, object], seen: set[str]) -> None:
    name, percent = share.get("deployedModelId"), share.get("percent")
    if name is not UNKNOWN:
        if not isinstance(name, str) or not _ID.fullmatch(name):
            reading.note(f"{path}.deployedModelId", f"got {shown(name)}; use the digits of its id")
        elif name in seen:
            reading.note(f"{path}.deployedModelId", f"{name} is there twice; name each once")
        seen.add(str(name))
    whole = is_whole(percent) and 0 <= cast(float, percent) <= ALL_PERCENT
    if percent is not UNKNOWN and not whole:
        reading.note(
            f"{path}.percent",
            f"got {shown(percent)}; use a whole number from 0 to {ALL_PERCENT} ({PAGE})",
        )
    for key in share.keys() - {"deployedModelId", "percent"}:
        reading.note(f"{path}.{key}", "is no input; use deployedModelId, percent")


def shares(value: object) -> dict[str, int]:
    """Percent by deployed model, as the endpoint shows it: without those that get nothing."""
    found = [mapped(each) for each in cast(list[object], value or [])]
    return {str(each["deployedModelId"]): int(each["percent"]) for each in found if each["percent"]}


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths that differ, each with whether it replaces the resource."""
    found = {key: True for key in ("project", "region") if old.get(key) != new.get(key)}
    if new.get("endpoint") is UNKNOWN or short(old.get("endpoint")) != short(new.get("endpoint")):
        found["endpoint"] = True
    before, after = (_by_id(each.get("traffic")) for each in (old, new))
    if before != after:
        found["traffic"] = False
    return dict(sorted(found.items()))


def _by_id(value: object) -> object:
    """The split for comparison: order, and whether a zero is written, are no difference."""
    if not isinstance(value, list):
        return value
    pairs = [mapped(each) for each in cast(list[object], value)]
    found = [(str(each.get("deployedModelId")), each.get("percent")) for each in pairs]
    return sorted((name, percent) for name, percent in found if percent)


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}


def told(split: Mapping[str, int]) -> str:
    """As in `10 %: 1234567890, 90 %: 2345678901`."""
    return ", ".join(f"{name} {percent} %" for name, percent in sorted(split.items())) or "nobody"
