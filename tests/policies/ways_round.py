"""Other ways to say the same resource, by which somebody may try to get past a rule.

Each takes the type and the properties of a resource that a rule finds fault with, and says the same
in another way; None where there is no such way for that resource. A way hides nothing if the rule
still speaks. What a run of all of them makes is in docs/guardrails.md.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from tests.policies.cases.table import SIGNATURE, Case, secret

__all__ = ["WAYS", "Said", "Way"]

Said = tuple[str, dict[str, Any]]
Way = Callable[[Case], Said | None]
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
# Former names of modules of pulumi-aws, which its SDK still has as aliases.
FORMER = {
    "aws:lb/": ("aws:alb/", "aws:applicationloadbalancing/", "aws:elasticloadbalancingv2/"),
}


def _properties(case: Case) -> dict[str, Any]:
    return copy.deepcopy(case.properties)


def _module(case: Case, package: str) -> tuple[str, str] | None:
    """Module and kind of a type of this package."""
    parts = case.type.split(":")
    return (parts[1], parts[2]) if parts[0] == package else None


# ---- Azure ----


def version_of_azure(case: Case) -> Said | None:
    """`azure-native:web/v20240101:WebApp`."""
    found = _module(case, "azure-native")
    if not found:
        return None
    return f"azure-native:{found[0].split('/')[0]}/v20240101:{found[1]}", _properties(case)


def package_of_one_version(case: Case) -> Said | None:
    """`pulumi package add azure-native web v20240101`."""
    found = _module(case, "azure-native")
    if not found:
        return None
    module = found[0].split("/")[0]
    return f"azure-native_{module}_v20240101:{module}:{found[1]}", _properties(case)


def other_capitals(case: Case) -> Said | None:
    """ARM takes `enabled` for `Enabled`."""
    if not case.type.startswith("azure-native:"):
        return None
    properties = _properties(case)
    changed = False
    for path in case.faults:
        holder, key = _at(properties, path)
        value = holder.get(key)
        # What an app's own variables hold is no word of Azure's.
        if "appSettings" in path or not isinstance(value, str) or not value.isidentifier():
            continue
        if value.swapcase() != value:
            holder[key] = value.swapcase()
            changed = True
    return (case.type, properties) if changed else None


def _at(properties: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The map with the value at a finding's path, and its key; an empty one for none."""
    inner: Any = properties
    found: tuple[dict[str, Any], str] = {}, ""
    for part in path.replace("]", "").replace("[", ".#").split("."):
        key = int(part[1:]) if part.startswith("#") else part
        holder = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
        found = (holder, str(key))
        try:
            inner = cast("Any", inner)[key]
        except (IndexError, KeyError, TypeError):
            return {}, ""
    return found


# ---- Kubernetes ----


def _object(case: Case) -> tuple[str, str, dict[str, Any]] | None:
    """Version, kind and body of a Kubernetes object."""
    found = _module(case, "kubernetes")
    if not found or "helm.sh" in found[0] or case.type.endswith(("Patch", "List")):
        return None
    module, kind = found
    version = module.removeprefix("core/")
    return version, kind, {"apiVersion": version, "kind": kind} | _properties(case)


def patch(case: Case) -> Said | None:
    """`kubernetes:apps/v1:DeploymentPatch`, which changes what is there."""
    found = _object(case)
    return (f"{case.type}Patch", _properties(case)) if found else None


def list_of_one(case: Case) -> Said | None:
    """`kubernetes:apps/v1:DeploymentList`."""
    found = _object(case)
    return (f"{case.type}List", {"items": [_properties(case)]}) if found else None


def list_of_anything(case: Case) -> Said | None:
    """`kind: List`, whose items say themselves what they are."""
    found = _object(case)
    return ("kubernetes:core/v1:List", {"items": [found[2]]}) if found else None


def version_of_kubernetes(case: Case) -> Said | None:
    """Another version of the same API, which the server converts."""
    found = _object(case)
    if not found:
        return None
    version, kind, _ = found
    group = version.rpartition("/")[0] or "core"
    return f"kubernetes:{group}/v2alpha7:{kind}", _properties(case)


def body_of_another_kind(case: Case) -> Said | None:
    """`pulumi.CustomResource` with a type of nobody's: the provider sends the body."""
    found = _object(case)
    return ("kubernetes:example.org/v1:Thing", found[2]) if found else None


def package_of_definitions(case: Case) -> Said | None:
    """A package made from CRDs has a name of its own."""
    found = _object(case)
    if not found:
        return None
    version, kind, body = found
    return f"models-crds:{version if '/' in version else f'core/{version}'}:{kind}", body


# ---- AWS ----


def former_name(case: Case) -> Said | None:
    """A name that the module had, and `…V2` of what S3 has twice."""
    if re.match(r"aws:s3/bucket(?!.*(Object|V2))", case.type):
        module, kind = case.type.removeprefix("aws:").split(":")
        return f"aws:{module}V2:{kind}V2", _properties(case)
    for now, former in FORMER.items():
        if case.type.startswith(now):
            return case.type.replace(now, former[len(case.name) % len(former)]), _properties(case)
    return None


# ---- any ----


def secrets(case: Case) -> Said | None:
    """Each property a secret."""
    return case.type, {key: secret(value) for key, value in case.properties.items()}


def outputs(case: Case) -> Said | None:
    """Each property an output, and a secret one too."""
    return case.type, {
        key: {SIGNATURE: OUTPUT, "value": value, "secret": True, "dependencies": []}
        for key, value in case.properties.items()
    }


def texts(case: Case) -> Said | None:
    """Numbers and switches as texts, which providers convert."""
    made = _texts(case.properties)
    return None if made == case.properties else (case.type, cast("dict[str, Any]", made))


def _texts(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        given = cast("Mapping[str, object]", value)
        return {key: _texts(inner) for key, inner in given.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in cast("list[object]", value)]
    return value


def escapes(case: Case) -> Said | None:
    """A policy with spaces and escapes, as other programs write JSON."""
    return _documents(case, lambda policy: json.dumps(policy, indent=2).replace("*", "\\u002a"))


def capitals_of_actions(case: Case) -> Said | None:
    """IAM takes `S3:GETOBJECT` for `s3:GetObject`."""

    def raised(policy: dict[str, Any]) -> str:
        several: Any = policy.get("Statement", [])
        statements = cast("list[Any]", several if isinstance(several, list) else [several])
        for statement in statements:
            actions: Any = statement.get("Action")
            if isinstance(actions, str):
                statement["Action"] = actions.upper()
            elif isinstance(actions, list):
                statement["Action"] = [str(one).upper() for one in cast("list[Any]", actions)]
        return json.dumps(policy)

    return _documents(case, raised)


def _documents(case: Case, written: Callable[[dict[str, Any]], str]) -> Said | None:
    """The resource with its policies written in another way."""
    made = _policies(case.properties, written)
    return None if made == case.properties else (case.type, cast("dict[str, Any]", made))


def _policies(value: object, written: Callable[[dict[str, Any]], str]) -> object:
    if isinstance(value, str) and value.startswith("{") and "Statement" in value:
        return written(json.loads(value))
    if isinstance(value, Mapping):
        given = cast("Mapping[str, object]", value)
        return {key: _policies(inner, written) for key, inner in given.items()}
    if isinstance(value, list):
        return [_policies(inner, written) for inner in cast("list[object]", value)]
    return value


WAYS: tuple[Way, ...] = (
    version_of_azure,
    package_of_one_version,
    other_capitals,
    patch,
    list_of_one,
    list_of_anything,
    version_of_kubernetes,
    body_of_another_kind,
    package_of_definitions,
    former_name,
    secrets,
    outputs,
    texts,
    escapes,
    capitals_of_actions,
)
