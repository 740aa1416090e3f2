"""What is called in whose name on Google Cloud, read from the resources as they are declared.

Nothing here looks at how a right is granted: a call is what the vendor's page says that a service
makes for such a resource, or what our own runtime asks for when it starts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from tests.contract.component_table import COMPONENTS, word
from tests.contract.emitted import plain
from tests.contract.emitted_clouds import CLOUDS, arguments
from tests.unit.component_mocks import record

__all__ = ["Call", "Declared", "calls", "declared"]

_READS: Final = ("storage.objects.get", "storage.objects.list")
_WRITES: Final = ("storage.objects.create", "storage.multipartUploads.create")
_USES: Final = (
    "cloudkms.cryptoKeyVersions.useToDecrypt",
    "cloudkms.cryptoKeyVersions.useToEncrypt",
)
# Agents of Google's services, by what is before their project's number.
_RUN: Final = "@serverless-robot-prod."
_VERTEX: Final = "@gcp-sa-aiplatform."


@dataclass(frozen=True)
class Call:
    """`who` is an account's email, or what an agent's has in it; `place` as the settings say it."""

    who: str
    permission: str
    place: str


@dataclass(frozen=True)
class Declared:
    """All that a component makes on Google Cloud by a set of arguments: type and inputs."""

    label: str
    resources: tuple[tuple[str, str, Mapping[str, Any]], ...]


def declared() -> Iterator[Declared]:
    """Every component of Google Cloud, with the resources of our own provider too."""
    for name in CLOUDS:
        if not COMPONENTS[name].__module__.startswith("components.gcp."):
            continue
        for label in arguments(name):
            recorded = record(
                COMPONENTS[name], word(name).replace("_", "-"), arguments(name)[label]
            )
            yield Declared(
                f"{name} {label}",
                tuple(
                    (token, resource, cast("dict[str, Any]", plain(recorded.inputs[resource])))
                    for resource, token in recorded.types.items()
                ),
            )


def calls(of: Declared) -> set[Call]:
    """What is called for all of it."""
    found: set[Call] = set()
    for token, _, inputs in of.resources:
        found.update(_OF.get(token, _nothing)(inputs, of))
    return found


def _nothing(_inputs: Mapping[str, Any], _of: Declared) -> Iterator[Call]:
    yield from ()


def _all(permissions: Sequence[str], who: str, place: str) -> Iterator[Call]:
    for permission in permissions:
        yield Call(who, permission, place)


def _of_service(inputs: Mapping[str, Any], _of: Declared) -> Iterator[Call]:
    """Instances read the model that a variable names, and secrets; Cloud Run uses the key."""
    template = inputs["template"]
    account = template["serviceAccount"]
    for container in template["containers"]:
        for variable in container.get("envs", ()):
            if str(variable.get("value", "")).startswith("gs://"):
                yield from _all(_READS, account, variable["value"])
            if secret := variable.get("valueSource", {}).get("secretKeyRef"):
                yield Call(account, "secretmanager.versions.access", secret["secret"])
        for source in _found(container, "bucket"):
            yield from _all(_READS[:1], _RUN, f"gs://{source['bucket']}/{source['object']}")
    if key := template.get("encryptionKey"):
        yield from _all(_USES, _RUN, key)


def _found(value: object, key: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        if key in found and "object" in found:
            yield found
        for inner in found.values():
            yield from _found(inner, key)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _found(inner, key)


def _of_model(inputs: Mapping[str, Any], of: Declared) -> Iterator[Call]:
    """Vertex AI's agent reads it when it is uploaded, and the containers when they start."""
    if uri := inputs.get("artifactUri"):
        yield from _all(_READS, _VERTEX, uri)
        for token, _, other in of.resources:
            if token in _SERVING and other.get("serviceAccount"):
                yield from _all(_READS, other["serviceAccount"], uri)


def _of_batch(inputs: Mapping[str, Any], _of: Declared) -> Iterator[Call]:
    """Input and output, by the containers' account."""
    account = inputs.get("serviceAccount")
    for key in ("inputUris", "inputUri", "outputUri", "outputUriPrefix"):
        for uri in _texts(inputs.get(key)):
            if uri.startswith("gs://") and account:
                asked = _WRITES if key.startswith("output") else _READS
                yield from _all(asked, account, uri)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else []


def _of_schedule(inputs: Mapping[str, Any], _of: Declared) -> Iterator[Call]:
    """By the account that asks; it acts as the containers' own."""
    asked = inputs["httpTarget"]
    who = asked["oauthToken"]["serviceAccountEmail"]
    place = re.search(r"projects/[^/]+", asked["uri"])
    assert place
    yield Call(who, "aiplatform.batchPredictionJobs.create", place[0])


_SERVING: Final = ("serving:index:VertexDeployedModel", "serving:index:VertexBatchPredictionJob")
_OF: Final = {
    "gcp:cloudrunv2/service:Service": _of_service,
    "gcp:cloudscheduler/job:Job": _of_schedule,
    "serving:index:VertexModel": _of_model,
    "serving:index:VertexBatchPredictionJob": _of_batch,
}
