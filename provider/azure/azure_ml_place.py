"""Where an endpoint of Azure ML is: the inputs that say it, their checks, its id in ARM."""

import re
from collections.abc import Mapping
from typing import Any, Final

from facts.azure_ml import wrong_endpoint_name
from provider.errors import ProviderError
from provider.input_checks import Problems, shown
from provider.values import UNKNOWN

__all__ = ["BATCH", "ONLINE", "Endpoints", "place_problems", "wrong_name"]

_SUBSCRIPTION: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_GROUP: Final = re.compile(r"[\w().-]{0,89}[\w()-]")
_WORKSPACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}")


class Endpoints:
    """All endpoints of a kind, `online` or `batch`."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._id = re.compile(
            r"/subscriptions/(?P<subscriptionId>[^/]+)/resourceGroups/(?P<resourceGroupName>[^/]+)"
            r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<workspaceName>[^/]+)"
            rf"/{kind}Endpoints/(?P<endpointName>[^/]+)",
            re.IGNORECASE,
        )
        self.inputs: dict[str, Any] = {
            key: {"type": "string", "description": description, "willReplaceOnChanges": True}
            for key, description in {
                "subscriptionId": "Subscription of the workspace.",
                "resourceGroupName": "Resource group of the workspace.",
                "workspaceName": "Name of the workspace.",
                "endpointName": (
                    f"Name of the {kind} endpoint; a change replaces this resource, not that."
                ),
            }.items()
        }

    def identity(self, inputs: Mapping[str, object]) -> str:
        """The endpoint's id in ARM, which is Pulumi's id too, and named by an import."""
        return (
            f"/subscriptions/{inputs['subscriptionId']}"
            f"/resourceGroups/{inputs['resourceGroupName']}"
            "/providers/Microsoft.MachineLearningServices"
            f"/workspaces/{inputs['workspaceName']}/{self._kind}Endpoints/{inputs['endpointName']}"
        )

    def find(self, resource_id: str) -> dict[str, object] | None:
        """The inputs that an id says; None where it is another kind's."""
        found = self._id.fullmatch(resource_id)
        return dict(found.groupdict()) if found else None

    def place(self, resource_id: str) -> dict[str, object]:
        """The inputs that an id says; raises `ProviderError` where it is another kind's."""
        found = self.find(resource_id)
        if found is None:
            article = "an" if self._kind[0] in "aeiou" else "a"
            raise ProviderError(
                f"id: got {resource_id!r}; use the id of {article} {self._kind} endpoint: "
                f"/subscriptions/…/workspaces/<workspace>/{self._kind}Endpoints/<name>"
            )
        return found


ONLINE: Final = Endpoints("online")
BATCH: Final = Endpoints("batch")


def place_problems(inputs: Mapping[str, object]) -> Problems:
    """What is wrong with where the endpoint is; what is not known yet is not judged."""
    problems: Problems = []
    for key, pattern, use in (
        ("subscriptionId", _SUBSCRIPTION, "the id of a subscription"),
        ("resourceGroupName", _GROUP, "1 to 90 letters, digits, _ - . ( ), no dot at the end"),
        ("workspaceName", _WORKSPACE, "3 to 33 letters, digits, _ and -"),
    ):
        value = inputs.get(key)
        if value is not UNKNOWN and not (isinstance(value, str) and pattern.fullmatch(value)):
            problems.append((key, f"got {shown(value)}; use {use}"))
    return [*problems, *wrong_name(inputs, "endpointName", "the endpoint's name")]


def wrong_name(inputs: Mapping[str, object], key: str, what: str) -> Problems:
    """What is wrong with the name of an endpoint or of a deployment, which must be given."""
    name = inputs.get(key)
    if name is UNKNOWN:
        return []
    wrong = wrong_endpoint_name(name) if isinstance(name, str) else what
    return [(key, f"got {shown(name)}; use {wrong}")] if wrong else []
