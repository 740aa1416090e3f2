"""Which updates went on although mandatory guardrails stopped them, as the stack's outputs keep it.

Told by `serving … --break-glass`; see docs/promotion.md.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final, cast

from stacks.served import MOST

__all__ = ["OUTPUT", "VARIABLE", "recorded"]

OUTPUT: Final = "break_glass"
VARIABLE: Final = "MODEL_SERVING_BREAK_GLASS"
"""Set by `serving … --break-glass`: who, when, why and which guardrails, as JSON."""


def recorded(last: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By model its last such updates, the newest first, from the outputs of the update before."""
    kept = cast("Mapping[str, list[dict[str, Any]]]", last.get(OUTPUT) or {})
    made = {name: list(each) for name, each in kept.items()}
    if said := os.environ.get(VARIABLE):
        told = json.loads(said)
        name = told.pop("model")
        made[name] = [told, *made.get(name, [])][:MOST]
    return made
