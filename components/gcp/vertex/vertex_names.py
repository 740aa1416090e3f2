"""The name of a model on Vertex AI, checked."""

import re
from typing import Final

from components.checks import Checks

__all__ = ["check_physical_name"]

_ID: Final = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"


def check_physical_name(checks: Checks, physical_name: str) -> None:
    """Name and environment together are an id of Google's, and a part of a host."""
    if not re.fullmatch(_ID, physical_name):
        use = "with environment lower case, digits and '-', at most 63 signs"
        checks.problem("name", physical_name, use)
