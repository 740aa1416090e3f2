"""Inputs of `serving:index:AzureMlTraffic`: schema, checks, differences. Makes no call.

Sources: https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints
and the REST reference of online endpoints (`traffic`, `mirrorTraffic`), read 2026-11-26.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from facts.azure_ml import MIRROR_PERCENT, wrong_endpoint_name
from provider.azure.azure_ml_place import ONLINE, place_problems
from provider.input_checks import Problems, is_whole, no_inputs, shown, wrong_timeout
from provider.values import UNKNOWN

TYPE: Final = "serving:index:AzureMlTraffic"

# What a move waits for is a deployment that another tool may still make; alone it takes a minute.
DEFAULT_TIMEOUT_SECONDS: Final = 3600
ALL_PERCENT: Final = 100
SHARES: Final = ("traffic", "mirrorTraffic")
_SHARE: Final[dict[str, Any]] = {"type": "object", "additionalProperties": {"type": "number"}}
_INPUTS: Final[dict[str, Any]] = {
    **ONLINE.inputs,
    "traffic": {
        **_SHARE,
        "description": (
            "Percent of the requests by deployment: whole numbers, together 100, or 0 for an "
            "endpoint that answers nobody."
        ),
    },
    "mirrorTraffic": {
        **_SHARE,
        "description": (
            "Percent of the requests that one deployment without live traffic gets a copy of, at "
            "most 50; nobody gets its answers. Default: none."
        ),
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long to wait for deployments and endpoint. Default: 3600 s.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "How an Azure ML online endpoint parts its requests between deployments: waits for them, "
        "moves the traffic, and fails when what is live is not what was asked for. Everything "
        "else of the endpoint stays as it is. Deleting it takes all traffic away."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": [*ONLINE.inputs, "traffic"],
    "properties": {
        **_INPUTS,
        "status": {"type": "string", "description": "State of the endpoint: `Succeeded`."},
        "liveTraffic": {**_SHARE, "description": "Percent of the requests by deployment, now."},
        "liveMirrorTraffic": {**_SHARE, "description": "Percent that is copied, now."},
    },
    "required": [*_INPUTS, "status", "liveTraffic", "liveMirrorTraffic"],
}
REPLACES: Final = tuple(ONLINE.inputs)
COMPUTED: Final = ("status", "liveTraffic", "liveMirrorTraffic")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is not judged.
    """
    problems = [*no_inputs(inputs, _INPUTS), *place_problems(inputs), *wrong_timeout(inputs)]
    traffic, mirrored = inputs.get("traffic"), inputs.get("mirrorTraffic")
    if traffic is None:
        problems.append(("traffic", "got nothing; use percent by deployment, as in {blue: 100}"))
    wrong = [*_shares("traffic", traffic), *_shares("mirrorTraffic", mirrored)]
    problems += wrong
    if not wrong:
        problems += _together(_known(traffic), _known(mirrored))
    given = {key: value for key, value in inputs.items() if value is not None}
    return {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, "mirrorTraffic": {}, **given}, problems


def _shares(key: str, value: object) -> Problems:
    if value is None or value is UNKNOWN:
        return []
    if not isinstance(value, dict):
        return [(key, f"got {shown(value)}; use percent by deployment, as in {{blue: 100}}")]
    problems: Problems = []
    for name, share in cast(dict[str, object], value).items():
        if wrong := wrong_endpoint_name(name):
            problems.append((f"{key}.{name}", f"a deployment's name has {wrong}"))
        whole = is_whole(share) and 0 <= cast(float, share) <= ALL_PERCENT
        if share is not UNKNOWN and not whole:
            problems.append(
                (f"{key}.{name}", f"got {shown(share)}; use a whole number from 0 to {ALL_PERCENT}")
            )
    return problems


def _together(
    traffic: Mapping[str, float] | None, mirrored: Mapping[str, float] | None
) -> Problems:
    """What the shares may not be beside each other; None stands for what is not known yet."""
    problems: Problems = []
    total = sum(traffic.values()) if traffic is not None else 0
    if total not in {0, ALL_PERCENT}:
        problems.append(
            (
                "traffic",
                f"got {percent(traffic or {})}, {total:g} together; use {ALL_PERCENT}, or 0",
            )
        )
    copied = {name: share for name, share in (mirrored or {}).items() if share}
    if len(copied) > 1:
        problems.append(
            ("mirrorTraffic", f"got {percent(copied)}; use one deployment: Azure copies to one")
        )
    for name, share in copied.items():
        if not MIRROR_PERCENT.allows(share):
            problems.append(
                (
                    f"mirrorTraffic.{name}",
                    f"got {share:g}; use {MIRROR_PERCENT} ({MIRROR_PERCENT.source})",
                )
            )
        if (live := (traffic or {}).get(name, 0)) > 0:
            problems.append(
                (
                    f"mirrorTraffic.{name}",
                    f"{name} has {live:g} % of the live traffic; use a deployment without any",
                )
            )
    return problems


def _known(value: object) -> dict[str, float] | None:
    if value is UNKNOWN:
        return None
    shares = cast(dict[str, object], value or {})
    if UNKNOWN in shares.values():
        return None
    return {name: cast(float, share) for name, share in shares.items()}


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths of the inputs that differ, each with whether it replaces the resource.

    How long to wait is no difference. A deployment that gets nothing is one where it is named newly
    or no more: before it is deleted, what somebody gave it by hand has to be taken away.
    """
    found = {key: True for key in REPLACES if old.get(key) != new.get(key)}
    for key in SHARES:
        before, after = old.get(key), new.get(key)
        if before is not UNKNOWN and after is not UNKNOWN:
            left = cast(dict[str, object], before or {})
            right = cast(dict[str, object], after or {})
            for name in {*left, *right}:
                if left.get(name) != right.get(name):
                    found[f"{key}.{name}"] = False
        elif before != after:
            found[key] = False
    return dict(sorted(found.items()))


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}


def percent(shares: Mapping[str, float]) -> str:
    """As in `blue 90 %, green 10 %`; `nothing` where no deployment gets any."""
    return ", ".join(f"{name} {share:g} %" for name, share in sorted(shares.items())) or "nothing"
