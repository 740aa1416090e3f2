"""Checks that the inputs of every resource share; none makes a call."""

import difflib
import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.values import UNKNOWN

REGION: Final[dict[str, Any]] = {
    "type": "string",
    "description": "AWS region. Default: the provider's, else AWS_REGION.",
    "willReplaceOnChanges": True,
}
Problems = list[tuple[str, str]]


def no_inputs(inputs: Mapping[str, object], known: Mapping[str, object]) -> Problems:
    """What is no input at all, each with the one that may be meant."""
    problems: Problems = []
    for key in inputs:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append((key, f"is no input; use {', '.join(known)}{hint}"))
    return problems


def wrong_texts(
    inputs: Mapping[str, object], spelled: Mapping[str, tuple[re.Pattern[str], str]]
) -> Problems:
    """Texts that must be given, by how each is spelled and what to use instead of another one."""
    problems: Problems = []
    for key, (pattern, allowed) in spelled.items():
        value = inputs.get(key)
        good = isinstance(value, str) and pattern.fullmatch(value)
        if value is not UNKNOWN and not good:
            problems.append((key, f"got {shown(value)}; {allowed}"))
    return problems


def wrong_timeout(inputs: Mapping[str, object]) -> Problems:
    """`timeoutSeconds`, which may be left out."""
    timeout = inputs.get("timeoutSeconds")
    whole = is_whole(timeout) and cast(float, timeout) >= 1
    if timeout is None or timeout is UNKNOWN or whole:
        return []
    return [("timeoutSeconds", f"got {shown(timeout)}; use a whole number of seconds from 1")]


def timeout_and_region(inputs: Mapping[str, object]) -> Problems:
    """Both may be left out; AWS's regions."""
    problems, region = wrong_timeout(inputs), inputs.get("region")
    if region is not None and region is not UNKNOWN and not (isinstance(region, str) and region):
        problems.append(("region", f"got {shown(region)}; use a region such as eu-west-1"))
    return problems


def is_whole(value: object) -> bool:
    """A finite number without a fraction, and no boolean."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and float(value).is_integer()
    )


def shown(value: object) -> str:
    """What was given, as a message spells it."""
    if value is None:
        return "nothing"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)
