"""Cases of rules about whom a service is."""

from typing import Any

from tests.policies.cases.invokers import FIRST, OLD_RUN, SECOND
from tests.policies.cases.latency import RUN
from tests.policies.cases.table import UNKNOWN, Case

JOB = "gcp:cloudrunv2/job:Job"
DEFAULT = "security/default-identity"

OWN = "fraud@example-models.iam.gserviceaccount.com"
COMPUTE = "210987654321-compute@developer.gserviceaccount.com"


def run(account: object) -> dict[str, Any]:
    return {"template": {"serviceAccount": account}}


CASES = (
    Case(DEFAULT, "its own", RUN, run(OWN)),
    Case(DEFAULT, "the project's", RUN, run(COMPUTE), ("template.serviceAccount",)),
    Case(DEFAULT, "absent", RUN, {"template": {}}, ("template.serviceAccount",)),
    Case(DEFAULT, "unknown", RUN, run(UNKNOWN)),
    Case(DEFAULT, "a job", JOB, {"template": run(OWN)}),
    Case(DEFAULT, "a job without", JOB, {"template": {}}, ("template.template.serviceAccount",)),
    Case(DEFAULT, "Knative's", OLD_RUN, {"template": {"spec": {"serviceAccountName": OWN}}}),
    Case(
        DEFAULT,
        "Knative's without",
        OLD_RUN,
        {"template": {"spec": {}}},
        ("template.spec.serviceAccountName",),
    ),
    Case(DEFAULT, "a first function", FIRST, {"serviceAccountEmail": OWN}),
    Case(
        DEFAULT,
        "a first function of App Engine",
        FIRST,
        {"serviceAccountEmail": "example-models@appspot.gserviceaccount.com"},
        ("serviceAccountEmail",),
    ),
    Case(DEFAULT, "a second function", SECOND, {"serviceConfig": {"serviceAccountEmail": OWN}}),
    Case(
        DEFAULT,
        "a second function without",
        SECOND,
        {},
        ("serviceConfig.serviceAccountEmail",),
    ),
)
