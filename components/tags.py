"""The tags of components that belong to no model: of pools, clusters, networks, autoscalers."""

from components.checks import Checks
from facts import tags as vocabulary

__all__ = ["read_tags"]


def read_tags(checks: Checks) -> dict[str, str]:
    """`tags` and `environment`, in the words of facts/tags.py, to be encoded for the cloud."""
    environment = checks.plain("environment", "")
    return checks.mapping("tags") | ({vocabulary.ENVIRONMENT: environment} if environment else {})
