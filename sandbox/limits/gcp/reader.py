"""What Google Cloud's APIs allow of the inputs of pulumi-gcp's types.

`fields.json` says which field of which schema an input is, as the Terraform provider below
Pulumi's states it (see `extract.py`); the limits of the field come from Google's discovery
documents, the version that is generally available and its preview taken together: what either
allows is allowed.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from sandbox.limits.gcp.discovery import DURATION, Models, limit_of
from sandbox.limits.gcp.pages import page
from sandbox.limits.gcp.stated import STATED
from sandbox.limits.model import ITEM, VALUE, Limit, TypeLimits
from sandbox.schema import Library, Property, UnknownTokenError

__all__ = ["read"]

# Inputs, by their last name, of which the provider takes more than the documents say: values that
# it translates or that are newer, bounds that hold for some kinds only. Each is told by the SDK's
# own documentation of the type.
_LOOSE: dict[str, frozenset[str]] = {
    "gcp:certificateauthority/certificate:Certificate": frozenset({"format"}),
    "gcp:cloudbuild/trigger:Trigger": frozenset({"repoType"}),
    "gcp:composer/environment:Environment": frozenset({"webServerPluginsMode", "resilienceMode"}),
    "gcp:compute/disk:Disk": frozenset({"provisionedIops"}),
    "gcp:compute/image:Image": frozenset({"type"}),
    "gcp:compute/interconnect:Interconnect": frozenset({"requestedFeatures"}),
    "gcp:compute/interconnectGroup:InterconnectGroup": frozenset({"topologyCapability"}),
    "gcp:compute/regionDisk:RegionDisk": frozenset({"provisionedIops", "type"}),
    "gcp:dataproc/cluster:Cluster": frozenset({"roles"}),
    "gcp:discoveryengine/licenseConfig:LicenseConfig": frozenset({"subscriptionTerm"}),
    "gcp:gkeonprem/bareMetalCluster:BareMetalCluster": frozenset({"containerRuntime"}),
    "gcp:networkconnectivity/hub:Hub": frozenset({"policyMode"}),
    "gcp:networkconnectivity/spoke:Spoke": frozenset({"capacity"}),
    "gcp:networksecurity/mirroringEndpointGroup:MirroringEndpointGroup": frozenset({"type"}),
    "gcp:securesourcemanager/hook:Hook": frozenset({"events"}),
}
# Inputs, by their last name, of which the provider takes any case, as its SDK's examples show.
_ANY_CASE: dict[str, frozenset[str]] = {
    "gcp:artifactregistry/repository:Repository": frozenset({"format"}),
    "gcp:cloudfunctions/function:Function": frozenset(
        {"ingressSettings", "vpcConnectorEgressSettings"}
    ),
    "gcp:compute/forwardingRule:ForwardingRule": frozenset({"ipProtocol"}),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": frozenset({"ipProtocol"}),
    "gcp:dns/managedZone:ManagedZone": frozenset({"visibility"}),
    **{
        f"gcp:compute/{name[0].lower()}{name[1:]}:{name}": frozenset(
            {"defaultActionOnFailure", "onFailedHealthCheck", "forceUpdateOnRepair"}
            | {"allowChangingZone", "mode"}
        )
        for name in ("InstanceGroupManager", "RegionInstanceGroupManager")
    },
    # The documents say "none" and "static", Kubernetes and the provider None and Static.
    "gcp:container/cluster:Cluster": frozenset({"policy"}),
    "gcp:container/nodePool:NodePool": frozenset({"policy"}),
}
_T = TypeVar("_T", int, float)
_NUMBERS = frozenset({"integer", "number"})


def read(library: Library) -> dict[str, TypeLimits]:
    """The limits of every type that has a model, or limits that a page states, by token."""
    models = Models()
    path = Path(__file__).with_name("fields.json")
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, TypeLimits] = {}
    for token in sorted({*table, *STATED}):
        try:
            inputs = library.resource(token).inputs
        except UnknownTokenError:
            continue
        entry = table.get(token, {"models": [["", "", ""]], "fields": {}})
        limits: dict[str, Limit] = {}
        for own, api in entry["fields"].items():
            kind, optional = _kind(library, inputs, own)
            limit = _limit(models, entry["models"], api, kind)
            last = next(name for name in reversed(own.split(".")) if name not in {ITEM, VALUE})
            if limit is None or last in _LOOSE.get(token, ()):
                continue
            if own.endswith("Prefix"):
                continue  # A prefix of the field's value is not the value.
            if "hand" in entry and limit.pattern == DURATION:
                continue  # Such code takes 24h for 86400s.
            if last in _ANY_CASE.get(token, ()):
                limit = _in_any_case(limit)
            # The provider sends no empty value of what may be left out.
            limits[own] = dataclasses.replace(limit, blank=optional)
        limits |= STATED.get(token, {})
        if limits:
            document, schema, method = entry["models"][0]
            source = f"discovery {document.replace('.', ' ')}: {schema}"
            found[token] = TypeLimits(source, page(models, document, method), limits)
    return found


def _in_any_case(limit: Limit) -> Limit:
    words = "|".join(re.escape(value) for value in limit.values)
    published = f"{', '.join(limit.values)} in any case"
    return dataclasses.replace(limit, values=(), pattern=f"(?i:{words})", published=published)


def _kind(library: Library, inputs: dict[str, Property], own: str) -> tuple[str, bool]:
    """The kind of an input at a path, and whether it is optional; empty where the SDK has none."""
    properties: dict[str, Property] | None = inputs
    declared, optional = None, False
    for name in own.split("."):
        if name in {ITEM, VALUE}:
            if declared is None or declared.kind not in {"array", "map"}:
                return "", False
            declared, optional = declared.of[0], False
        else:
            if properties is None or name not in properties:
                return "", False
            declared, optional = properties[name].type, not properties[name].required
        nested = library.nested(declared.ref) if declared.kind == "ref" else None
        properties = nested.properties if nested else None
    if declared is None:
        return "", False
    # An enumeration that takes any string too.
    parts = {part.kind for part in declared.of} if declared.kind == "union" else {declared.kind}
    return ("string" if "string" in parts else declared.kind), optional


def _limit(models: Models, used: list[list[str]], api: str, kind: str) -> Limit | None:
    """What the versions of a field together allow of an input, if it can be the field's value."""
    nodes = [node for model in used if (node := models.field(model, api)) is not None]
    limits = [limit_of(node) for node in nodes]
    known = [limit for limit in limits if limit is not None]
    if not known or len(known) < len(limits):
        return None
    limit = _either(known)
    if kind in _NUMBERS and (limit.values or limit.pattern or limit.max_length is not None):
        return None
    return limit if kind in {"string", *_NUMBERS} and limit != Limit() else None


def _either(limits: list[Limit]) -> Limit:
    """A limit that allows what any of them allows."""
    pattern = limits[0].pattern
    return Limit(
        values=tuple(dict.fromkeys(value for limit in limits for value in limit.values))
        if all(limit.values for limit in limits)
        else (),
        pattern=pattern if all(limit.pattern == pattern for limit in limits) else "",
        minimum=_widest([limit.minimum for limit in limits], min),
        maximum=_widest([limit.maximum for limit in limits], max),
        min_length=_widest([limit.min_length for limit in limits], min),
        max_length=_widest([limit.max_length for limit in limits], max),
    )


def _widest(bounds: list[_T | None], choose: Callable[[Iterable[_T]], _T]) -> _T | None:
    known = [bound for bound in bounds if bound is not None]
    return choose(known) if len(known) == len(bounds) else None
