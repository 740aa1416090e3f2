"""Examples that are forms: a value stands there to be filled in, and says so by its words."""

import re
from collections.abc import Mapping
from typing import Any

from tests.judges.walk import places

__all__ = ["is_form"]

# `...`, `{ ... policy ... }`, `<id>`, `your issuer_url`, `TOPIC ARN`: the whole of a text.
_TO_FILL_IN = re.compile(r"\.\.\.|\{ ?\.\.\..*\}|<[\w *.-]+>|your[ _].*|[A-Z]+ (ARN|ID)", re.DOTALL)


def is_form(inputs: Mapping[str, Any]) -> bool:
    """Whether a text among the inputs is to be filled in."""
    return any(
        isinstance(place.value, str) and _TO_FILL_IN.fullmatch(place.value)
        for place in places(inputs)
    )
