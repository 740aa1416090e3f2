"""Resources: what cannot be made again is not deleted by a slip."""

from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.properties import Fault
from policies.resource_types import BUCKET, ECR_REPOSITORY, GOOGLE_BUCKET, GOOGLE_KEY, KMS_KEY
from policies.rule import Faults, Level, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

# What empties it first, so that the vendor no longer refuses.
_BY_FORCE: Final = {
    fold(BUCKET): "forceDestroy",
    GOOGLE_BUCKET: "forceDestroy",
    ECR_REPOSITORY: "forceDelete",
}


@dataclass(frozen=True)
class Protection:
    """Settings."""

    require_protect: bool = setting(
        False,
        "Ask for Pulumi's option protect of each bucket, registry and key.",
    )


@resource_rule(
    "resources/state-unprotected",
    severity=Severity.MEDIUM,
    types=(BUCKET, ECR_REPOSITORY, KMS_KEY, GOOGLE_BUCKET, GOOGLE_KEY),
    fix="Leave forceDestroy and forceDelete out, or set the resource option protect.",
    unknown=Unknown.LATER,
    settings=Protection,
    level=Level.ADVISORY,
)
def state_unprotected(view: View, settings: Protection) -> Faults:
    """Models, captured requests or the key to them can be deleted by a slip.

    A vendor refuses to delete a bucket or a registry that is not empty, unless force is asked for.
    Keys wait for days before they are gone, which is why none is asked for protect by itself.
    Endpoints hold no state: protecting one only stands in the way of its replacement.
    https://www.pulumi.com/docs/iac/concepts/resources/options/protect/
    """
    if view.resource.protect:
        return
    key = _BY_FORCE.get(view.token)
    if key is not None and view.get(key).flag():
        yield view.get(key).fault("false, or the option protect")
    elif settings.require_protect:
        yield Fault("", "a resource without the option protect", "protect: true")


RULES = (state_unprotected,)
