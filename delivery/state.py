"""What is deployed, read from the outputs of the components in the stack's state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from delivery import engine
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.json_values import mapping

COMPONENT: Final = "model-serving:index:"
"""How the types of components begin."""
_SECRET: Final = "4dabf18193072939515e22adb298388d"  # noqa: S105 - Pulumi's signature of a secret
_CIPHERTEXT: Final = "ciphertext"


@dataclass(frozen=True, slots=True)
class Deployed:
    """One model as the last update left it."""

    model: str
    url: str
    endpoint_name: str
    urn: str
    status: dict[str, Any]


def deployed(folder: Path, environment: str) -> list[Deployed]:
    """The models of a stack, by name.

    Raises:
        Failure: there is no such stack (exit code 6), or the engine cannot read it.
    """
    return from_state(resources(folder, environment))


def resources(folder: Path, environment: str) -> list[dict[str, Any]]:
    """The resources in a stack's state."""
    return list(deployment(folder, environment).get("resources") or [])


def outputs(resources: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The stack's outputs among the resources of its state."""
    for each in resources:
        if each.get("type") == "pulumi:pulumi:Stack":
            return mapping(each.get("outputs"))
    return {}


def resources_if_any(folder: Path, environment: str) -> list[dict[str, Any]]:
    """The resources in a stack's state; none where there is no stack."""
    return list(deployment_if_any(folder, environment).get("resources") or [])


def deployment_if_any(folder: Path, environment: str) -> dict[str, Any]:
    """A stack's state as exported; empty where there is no stack."""
    try:
        return deployment(folder, environment)
    except Failure as failure:
        if failure.code is Exit.NO_STACK:
            return {}
        raise


def holds_secrets(value: object) -> bool:
    """Whether anything is encrypted in a state that was exported as it is kept."""
    if isinstance(value, Mapping):
        found = cast("Mapping[str, object]", value)
        if _SECRET in found and _CIPHERTEXT in found:
            return True
        return any(map(holds_secrets, found.values()))
    return isinstance(value, list) and any(map(holds_secrets, cast("list[object]", value)))


def deployment(folder: Path, environment: str) -> dict[str, Any]:
    """A stack's state as exported: `resources`, `pending_operations` and so on."""
    try:
        exported = engine.read(folder, ["stack", "export", "--stack", environment])
    except Failure as failure:
        if failure.code is Exit.NO_STACK:
            raise Failure(
                f"nothing is deployed: there is no stack {environment!r} on this backend\n"
                f"  fix: run `serving up --env {environment}` (first `pulumi stack init "
                f"{environment}`), or `make up ENV={environment}`",
                Exit.NO_STACK,
            ) from None
        raise
    return cast("dict[str, Any]", exported.get("deployment") or {})


def from_state(state: list[dict[str, Any]]) -> list[Deployed]:
    """The serving components among a state's resources: those that have a status."""
    found: list[Deployed] = []
    for resource in state:
        outputs = cast("Mapping[str, Any]", resource.get("outputs") or {})
        status = outputs.get("status")
        if (
            not str(resource.get("type", "")).startswith(COMPONENT)
            or resource.get("delete")
            or not isinstance(status, Mapping)
        ):
            continue
        urn = str(resource["urn"])
        found.append(
            Deployed(
                model=urn.rpartition("::")[2],
                url=_text(outputs.get("url")),
                endpoint_name=_text(outputs.get("endpoint_name")),
                urn=urn,
                status=dict(cast("Mapping[str, Any]", status)),
            )
        )
    return sorted(found, key=lambda item: item.model)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "(secret)" if _SECRET in value else ""
    return "" if value is None else str(value)
