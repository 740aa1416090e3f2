"""Every resource of a cloud that the components emit, as scanners are given it."""

import functools
import re
from collections.abc import Mapping
from typing import Any, cast

from tests.contract.cloud_arguments import FURTHER
from tests.contract.component_table import COMPONENTS, least, word
from tests.contract.emitted import plain
from tests.judges.scanners import karpenter
from tests.judges.scanners.plan import Made
from tests.unit.component_mocks import ACCOUNT, REGION, record

__all__ = ["CLOUDS", "arguments", "groups", "of"]

_PROVIDERS = ("aws", "azure-native", "gcp")
CLOUDS = sorted(
    name
    for name, component in COMPONENTS.items()
    if not component.__module__.startswith("components.kubernetes.")
)


def arguments(name: str) -> dict[str, Mapping[str, Any]]:
    """Sets of arguments of a component, by a label."""
    found: dict[str, Mapping[str, Any]] = {"MINIMAL": least(name)}
    for label, further in FURTHER[name].items():
        merged = {**least(name), **further}
        found[label] = {key: value for key, value in merged.items() if value is not None}
    return found


@functools.cache
def of(name: str, label: str) -> tuple[Made, ...]:
    """What a component makes in its cloud by one set of arguments."""
    recorded = record(COMPONENTS[name], word(name).replace("_", "-"), arguments(name)[label])
    return tuple(
        Made(
            re.sub(r"[^\w-]", "-", f"{name}-{label}-{resource}"),
            token,
            cast("dict[str, Any]", plain(recorded.inputs[resource])),
            # What the mocks answer to others that refer to it.
            (f"{resource}-id", f"arn:aws:mock:{REGION}:{ACCOUNT}:{resource}"),
        )
        for resource, token in recorded.types.items()
        if token.partition(":")[0] in _PROVIDERS or token == karpenter.CLASS
    )


def groups() -> dict[str, tuple[Made, ...]]:
    """What belongs together: all that a component makes by a set of arguments."""
    return {f"{name} {label}": of(name, label) for name in CLOUDS for label in arguments(name)}
