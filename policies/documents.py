"""IAM policy documents, as texts or as objects, statement by statement."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from policies.properties import UNKNOWN, MalformedError, Property

# Actions that know no resource (service authorization reference of each service).
WITHOUT_RESOURCE: Final = re.compile(
    r"(cloudwatch:(putmetricdata|describealarms|getmetricdata|getmetricstatistics|listmetrics)"
    r"|ecr:getauthorizationtoken|ec2:describe[\w*]+|ec2:(create|delete)networkinterface(permission)?"
    r"|ec2:(un)?assignprivateipaddresses"
    r"|xray:put[\w*]+|xray:getsampling[\w*]+|logs:describeloggroups|logs:(create|delete|get|list|update)"
    r"logdelivery|logs:listlogdeliveries|sts:getcalleridentity|kms:listaliases|s3:listallmybuckets"
    r"|autoscaling:describe[\w*]+|ec2:getinstancetypesfrominstancerequirements"
    r"|iam:listinstanceprofiles|pricing:getproducts"
    r"|application-autoscaling:describe[\w*]+|sagemaker:list[\w*]+|tag:get[\w*]+)"
)

# All actions, or all of one service: `*`, `s3:*`, and what else says the same.
EVERY_ACTION: Final = re.compile(r"[*?]+|[^:]+:[*?]*\*[*?]*")
# Everything, or everything of a service in any account: `*`, `arn:aws:s3:::*`.
EVERY_RESOURCE: Final = re.compile(r"[*?:]*\*[*?:]*|arn:[^:]*:[^:]*:[*]?:[*]?:\*+")
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
BROAD: Final = re.compile(
    r".*:policy/(?:[a-z-]+/)*(AdministratorAccess\w*|PowerUserAccess|IAMFullAccess|\w+FullAccess)"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that allows something. `place` is the document's property."""

    place: Property
    label: str
    content: dict[str, Any]

    def values(self, key: str) -> list[str]:
        """The key's value as a list of texts; empty where it is absent."""
        value = self.content.get(key, [])
        several = cast("list[object]", value) if isinstance(value, list) else [value]
        return [str(one) for one in several]

    @property
    def principals(self) -> list[str]:
        """Who it allows: `*` is everybody. Services are left out; they are bound by conditions."""
        principal: object = self.content.get("Principal", [])
        if isinstance(principal, dict):
            principal = cast("dict[str, object]", principal).get("AWS", [])
        several = cast("list[object]", principal) if isinstance(principal, list) else [principal]
        return [str(one) for one in several]

    @property
    def where(self) -> str:
        """For messages: `statement ReadArtifacts`, or its number from 0."""
        return f"statement {'[secret]' if self.place.secret else self.label}"


def allowing(place: Property) -> Iterator[Statement]:
    """The statements with the effect Allow. None where the document is absent or unknown."""
    raw = place.plain()
    if place.unknown or place.absent:
        return
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise MalformedError(place.path, "a text that is not JSON", "a policy") from None
    if not isinstance(raw, dict):
        raise MalformedError(place.path, "no object", "a policy document")
    statements = cast("dict[str, Any]", raw).get("Statement", [])
    several = cast("list[Any]", statements) if isinstance(statements, list) else [statements]
    for index, content in enumerate(several):
        if not isinstance(content, dict):
            raise MalformedError(place.path, "a statement that is no object", "a policy document")
        statement = cast("dict[str, Any]", content)
        if statement.get("Effect") in (UNKNOWN, "Allow") and _holds_unknown(statement):
            place.unread.append(place.path)
        if statement.get("Effect") == "Allow":
            yield Statement(place, str(statement.get("Sid") or index), statement)


def _holds_unknown(value: object) -> bool:
    """Whether a part of it, however deep, is decided by the update."""
    if isinstance(value, dict):
        return any(map(_holds_unknown, cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return any(map(_holds_unknown, cast("list[object]", value)))
    return value is UNKNOWN
