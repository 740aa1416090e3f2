"""The tags of components that belong to no model: of pools, clusters, networks, autoscalers."""

import re
from typing import Final

from components.checks import Checks
from facts import tags as vocabulary

__all__ = ["read_environment", "read_tags"]

# What Pulumi lets a stack be called. In queries, addresses and alerts it stands as it is.
_STACK: Final = r"[A-Za-z0-9_.-]{1,100}"


def read_environment(checks: Checks) -> str:
    """`environment`, a name that a stack can have; it is required."""
    name = checks.plain("environment")
    if name and not re.fullmatch(_STACK, name):
        use = "the name of a stack: letters, digits, _, . and -, at most 100"
        checks.problem("environment", name, use)
    return name


def read_tags(checks: Checks) -> dict[str, str]:
    """`tags` and `environment`, in the words of facts/tags.py, to be encoded for the cloud."""
    environment = read_environment(checks) if checks.given("environment") else ""
    return checks.mapping("tags") | ({vocabulary.ENVIRONMENT: environment} if environment else {})
