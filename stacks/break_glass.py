"""Which updates went on although mandatory guardrails stopped them, as the stack's outputs keep it.

Told by `serving … --break-glass`; see docs/promotion.md.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final, cast

from stacks.served import MOST

__all__ = ["IN_FORCE", "OUTPUT", "VARIABLE", "recorded"]

OUTPUT: Final = "break_glass"
IN_FORCE: Final = "in_force"
"""Of the newest record: what is live went past guardrails."""
VARIABLE: Final = "MODEL_SERVING_BREAK_GLASS"
"""Set by `serving … --break-glass`: who, when, why and which guardrails, as JSON."""


def recorded(
    last: Mapping[str, Any], *, only: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """By model its last such updates, the newest first, from the outputs of the update before.

    One is in force until an update that no guardrail stops has deployed the model (`only` this one
    where it is alone).
    """
    kept = cast("Mapping[str, list[dict[str, Any]]]", last.get(OUTPUT) or {})
    made = {
        name: [_over(each) if only in {None, name} else dict(each) for each in records]
        for name, records in kept.items()
    }
    if said := os.environ.get(VARIABLE):
        told = json.loads(said)
        name = told.pop("model")
        made[name] = [told | {IN_FORCE: True}, *made.get(name, [])][:MOST]
    return made


def _over(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != IN_FORCE}
