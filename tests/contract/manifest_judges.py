"""Who judges an object that the project emits, each with what it finds wrong.

`Cluster` is the sandbox; `second_opinion` is the same schemas in the hands of programs that are not
ours; `unrestricted` is the Pod Security Standard; `guardrails` are the project's own rules.
"""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema
import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]

from policies import Resource, evaluate
from sandbox.clouds.base import RefusedError
from sandbox.clouds.kubernetes import pod_security
from sandbox.kinds import Kinds
from sandbox.kinds.modules import versions
from tests.contract.component_table import ROOT
from tests.contract.emitted import Emitted, Object
from tests.judges.corpora.definitions import as_json_schema, definitions
from tests.unit.sandbox_life import Stack, urn

__all__ = ["Cluster", "guardrails", "pod_templates", "second_opinion", "unrestricted"]

_NAMESPACE = "kubernetes:core/v1:Namespace"
_KINDS = Kinds()


def _kind(value: Object) -> tuple[str, str, str]:
    group, _, version = str(value["apiVersion"]).rpartition("/")
    return group, version, str(value["kind"])


class Cluster:
    """A cluster of the sandbox without anything in it but the namespaces that objects are in."""

    def __init__(self, folder: Path) -> None:
        self._stack = Stack("kubernetes", folder / "store.sqlite", {"context": "serving-dev"})

    def refuses(self, objects: Iterable[Emitted]) -> list[str]:
        """What the API server does not take: by schema, CEL and its own rules, or when created."""
        found: list[str] = []
        given = sorted(objects, key=lambda each: each.token != _NAMESPACE)
        names = {str(each.object["metadata"].get("namespace", "default")) for each in given}
        made = {each.object["metadata"]["name"] for each in given if each.token == _NAMESPACE}
        for name in sorted(names - made - {"default", "kube-system"}):
            self._stack.create(_NAMESPACE, name, metadata={"name": name})
        for each in given:
            if _KINDS.get(*_kind(each.object)) is None:
                found.append(f"{each.label}: no schema is known of {each.object['apiVersion']}")
                continue
            problems = self._stack.problems(each.token, each.object, each.resource)
            found += [f"{each.label}: {one.path}: {one.reason}" for one in problems]
            if not problems:
                found += self._refusal(each)
        return found

    def _refusal(self, each: Emitted) -> list[str]:
        # Nothing is waited for: service accounts and nodes that pods take for granted are not here.
        metadata = each.object["metadata"]
        annotations = {**metadata.get("annotations", {}), "pulumi.com/skipAwait": "true"}
        annotations.pop("pulumi.com/waitFor", None)
        given = {**each.object, "metadata": {**metadata, "annotations": annotations}}
        try:
            self._stack.create(each.token, each.resource, **given)
        except RefusedError as error:
            return [f"{each.label}: {error}"]
        return []


def second_opinion(each: Emitted) -> list[str]:
    """What kubernetes-validate says of a built-in kind, jsonschema of a custom one."""
    # Variants have most of their objects in common.
    return [f"{each.label}: {text}" for text in _second_opinion(json.dumps(each.object))]


@functools.cache
def _second_opinion(text: str) -> tuple[str, ...]:
    value: Object = json.loads(text)
    kind = _KINDS.get(*_kind(value))
    if kind is not None and not kind.custom:
        try:
            kubernetes_validate.validate(value, versions()["kubernetes"], strict=True)
        except kubernetes_validate.ValidationError as error:
            return (f"{error.json_path}: {error.message}",)
        return ()
    validator = _validator(str(value["apiVersion"]), str(value["kind"]))
    if validator is None:
        return (f"no definition is known of {value['apiVersion']}",)
    errors: Any = validator.iter_errors(value)  # pyright: ignore[reportUnknownMemberType]
    return tuple(f"{error.json_path}: {error.message}" for error in errors)


@functools.cache
def _validator(version: str, kind: str) -> jsonschema.Draft4Validator | None:
    schema = definitions().get((version, kind))
    return None if schema is None else jsonschema.Draft4Validator(as_json_schema(schema))


def pod_templates(
    value: object, path: str = "", metadata: Object | None = None
) -> Iterator[tuple[str, Object, Object]]:
    """Path, metadata and specification of every pod that an object makes, whatever its kind.

    KServe's `model` is one more container of its predictor.
    """
    if isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from pod_templates(item, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    own = cast("Object", value)
    model = own.get("model")
    served = isinstance(model, dict) and "modelFormat" in model
    if isinstance(own.get("containers"), list) or served:
        more = [{"name": "model", **cast("Object", model)}] if served else []
        containers = [*own.get("containers", []), *more]
        yield path, metadata or {}, {**own, "containers": containers}
        return
    for name, item in own.items():
        beside = own.get("metadata") if name == "spec" else None
        yield from pod_templates(item, f"{path}.{name}" if path else name, beside)


def unrestricted(each: Emitted) -> list[str]:
    """What of its pods does not meet the Pod Security Standard `restricted`."""
    return [
        f"{each.label}: {path}: {one}"
        for path, metadata, spec in pod_templates(each.object)
        for one in pod_security.violations("restricted", metadata, spec)
    ]


def guardrails(objects: Iterable[Emitted], environment: str = "prod") -> list[str]:
    """What the guardrails say of objects as one stack, as the environment configures them."""
    path = ROOT / "policies" / "config" / f"{environment}.json"
    config: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    stack = [
        Resource(each.token, urn(each.token, each.resource), each.resource, each.object)
        for each in objects
    ]
    return [
        f"{one.rule}: {one.resource} {one.path}: {one.found}" for one in evaluate(stack, config)
    ]
