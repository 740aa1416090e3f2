"""Arguments that say where a model on Vertex AI is, under which name and as whom, checked."""

import re
from collections.abc import Mapping
from typing import Any, Final

from components.checks import Checks
from components.gcp.names import REGION
from components.gcp.own_key import check_key
from components.gcp.vertex.vertex_identity import ACCOUNT

__all__ = ["check_physical_name", "check_place"]

_ID: Final = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"


def check_place(checks: Checks, args: Mapping[str, Any]) -> str:
    """`project`, `region`, `key` and `service_account`; the region."""
    checks.text("project")
    region = checks.plain("region")
    if region and not re.fullmatch(REGION, region):
        checks.problem("region", region, "a region, such as europe-west4")
    check_key(checks, "key", args.get("key"), region)
    checks.optional_text("service_account", ACCOUNT, "the email of a Google service account")
    return region


def check_physical_name(checks: Checks, physical_name: str) -> None:
    """Name and environment together are an id of Google's, and a part of a host."""
    if not re.fullmatch(_ID, physical_name):
        use = "with environment lower case, digits and '-', at most 63 signs"
        checks.problem("name", physical_name, use)
