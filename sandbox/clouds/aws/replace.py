"""Which changes of an AWS resource need a new one.

What the Terraform provider below pulumi-aws says, from the table of `sandbox.rules`. Of a type that
is newer than the table: CloudFormation's `createOnlyProperties`, where the names of the type and of
a property match exactly, and what the SDK itself says (`replace_on_changes`).
"""

import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from sandbox.diff import Replaces
from sandbox.rules import TypeRules
from sandbox.schema import Resource

__all__ = ["replaces"]

_SERVICES = {"appautoscaling": "applicationautoscaling", "cloudwatch": "cloudwatch"}


def replaces(known: TypeRules | None, declared: Resource | None) -> Replaces:
    """The replace rules of a type; the region always counts."""
    if declared is None:
        return Replaces()
    if known is not None:
        return known.replacements.joined(["region"])
    return Replaces(frozenset(_create_only(declared)) | declared.replaces | {"region"})


@functools.lru_cache(maxsize=512)
def _create_only_of(service: str, name: str) -> tuple[str, ...]:
    """`createOnlyProperties` of the CloudFormation type of that name, as (Camel) paths."""
    spec = importlib.util.find_spec("cfnlint")  # Finds, does not import.
    if spec is None or spec.origin is None:
        return ()
    folder = Path(spec.origin).parent / "data" / "schemas"
    index: dict[str, str] = json.loads((folder / "providers" / "us-east-1.json").read_text())
    for cloudformation, file in index.items():
        parts = cloudformation.split("::")
        if len(parts) == 3 and _plain(parts[1]) == service and _plain(parts[2]) == name:  # noqa: PLR2004
            document: dict[str, Any] = json.loads(
                (folder / "resources" / f"{file}.json").read_text()
            )
            found: list[str] = document.get("createOnlyProperties", [])
            return tuple(path.removeprefix("/properties/") for path in found)
    return ()


def _create_only(declared: Resource) -> list[str]:
    module, name = declared.token.split(":", 1)[1].rsplit(":", 1)
    service = module.split("/")[0]
    wanted = _create_only_of(_SERVICES.get(service, service), _plain(name))
    by_plain = {_plain(wire): wire for wire in declared.inputs}
    found: list[str] = []
    for path in wanted:
        first = _plain(path.split("/")[0])
        # `RoleName` of a role is `name`; `Subnets` of a node group is `subnetIds`.
        for guess in (
            first,
            first.removeprefix(_plain(name)),
            f"{first}s",
            f"{first.rstrip('s')}ids",
        ):
            if guess in by_plain and "/" not in path:
                found.append(by_plain[guess])
                break
    return found


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
