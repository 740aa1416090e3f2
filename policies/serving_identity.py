"""Security: what serves a model is somebody of its own."""

from collections.abc import Iterator
from typing import Final

from policies.properties import Property
from policies.resource_types import (
    CLOUD_RUN_SERVICE,
    FIRST_CLOUD_RUN_SERVICE,
    FIRST_GOOGLE_FUNCTION,
    GOOGLE_FUNCTION,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

CLOUD_RUN_JOB: Final = "gcp:cloudrunv2/job:Job"
# Accounts that Google makes in each project, with Editor in many.
_DEFAULT: Final = ("-compute@developer.gserviceaccount.com", "@appspot.gserviceaccount.com")


@resource_rule(
    "security/default-identity",
    severity=Severity.HIGH,
    types=(
        CLOUD_RUN_SERVICE,
        CLOUD_RUN_JOB,
        FIRST_CLOUD_RUN_SERVICE,
        FIRST_GOOGLE_FUNCTION,
        GOOGLE_FUNCTION,
    ),
    fix="Set a service account of its own that may read the model, and nothing else.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def default_identity(view: View, _settings: NoSettings) -> Faults:
    """What serves a model is the project's default service account, as many others are.

    So it is where nothing is said. The account may edit everything in many projects, and what one
    service is granted all of them have: https://cloud.google.com/run/docs/securing/service-identity
    """
    for place in _accounts(view):
        account = place.text()
        if place.absent or (account is not None and account.endswith(_DEFAULT)):
            yield place.fault("a service account of its own")


def _accounts(view: View) -> Iterator[Property]:
    if view.token == CLOUD_RUN_SERVICE:
        yield view.get("template", "serviceAccount")
    elif view.token == CLOUD_RUN_JOB:
        yield view.get("template", "template", "serviceAccount")
    elif view.token == FIRST_CLOUD_RUN_SERVICE:
        yield view.get("template", "spec", "serviceAccountName")
    elif view.token == FIRST_GOOGLE_FUNCTION:
        yield view.get("serviceAccountEmail")
    else:
        yield view.get("serviceConfig", "serviceAccountEmail")


RULES = (default_identity,)
