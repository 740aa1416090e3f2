"""Arguments that say where on Google Cloud a model is and as whom it runs, checked."""

import re
from collections.abc import Mapping
from typing import Any, Final

from components.checks import Checks
from components.gcp.names import REGION
from components.gcp.own_key import check_key

__all__ = ["check_place"]

_ACCOUNT: Final = r"[^@\s]+@[^@\s]+\.gserviceaccount\.com"


def check_place(checks: Checks, args: Mapping[str, Any]) -> str:
    """`project`, `region`, `key` and `service_account`; the region."""
    checks.text("project")
    region = checks.plain("region")
    if region and not re.fullmatch(REGION, region):
        checks.problem("region", region, "a region, such as europe-west4")
    check_key(checks, "key", args.get("key"), region)
    checks.optional_text("service_account", _ACCOUNT, "the email of a Google service account")
    return region
