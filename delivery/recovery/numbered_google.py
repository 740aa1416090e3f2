"""What Google Cloud numbers itself: which objects of a type there are in a project.

Each service's own list, which has what was made a moment ago; Cloud Asset Inventory, by which
orphans are found, may learn of it minutes later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from delivery.google_api import Api, GoogleError, address, failure

__all__ = ["KINDS", "Kind", "ids"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How Google Cloud lists a type; what is listed has its id as `name`."""

    host: str
    variable: str
    """Where pulumi-gcp reads another address of the service."""
    path: str
    collection: str
    """The list's name in an answer."""
    right: str


# Dashboards are numbered too, and come back in other words than they were made in: people are asked
# for them.
KINDS: Final = {
    # https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies/list
    "gcp:monitoring/alertPolicy:AlertPolicy": Kind(
        "https://monitoring.googleapis.com",
        "GOOGLE_MONITORING_CUSTOM_ENDPOINT",
        "v3/projects/{project}/alertPolicies",
        "alertPolicies",
        "monitoring.alertPolicies.list (roles/monitoring.viewer)",
    ),
}
_PAGE: Final = "500"


def ids(kind: Kind, around: Mapping[str, str]) -> list[str] | None:
    """The ids of all of a kind; None where nobody says in which project.

    Args:
        kind: what is listed.
        around: what provider and inputs say: `project`.

    Raises:
        Failure: Google Cloud cannot be asked.
    """
    project = around.get("project")
    if not project:
        return None
    host = address(kind.variable, kind.host)
    try:
        listed = Api(host).pages(f"{host}/{kind.path.format(project=project)}", {"pageSize": _PAGE})
        return [str(each["name"]) for page in listed for each in page.get(kind.collection, ())]
    except (GoogleError, ImportError) as error:
        login = f"log in (`gcloud auth application-default login`); it needs {kind.right}"
        raise failure(error, login) from None
