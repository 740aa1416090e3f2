"""Whether an object at the vendor is what this stack's killed run made, by what it shows itself.

Two stacks may ask for one name, so that something has it proves nothing. What proves it:

1. A name that Pulumi made up at random for this resource: only this state knows it.
2. It refers to something with such a name, or with an id that the vendor gave to what this state
   made: an endpoint to its configuration, a function to its role. A name that people chose is no
   such id, however it looks, and neither is the id of what the program only reads.
3. It is a part of what is in this state: an alias of a function, a variant of an endpoint, a tag of
   the machines of a node group.
4. It is as was asked in everything, and has our mark: the tags of facts/tags.py, or Kubernetes'
   label of what manages it. To take it over changes nothing of it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from delivery.recovery.numbered import KINDS
from delivery.recovery.texts import texts
from facts import tags

__all__ = ["is_as_asked", "proof"]

_RANDOM_TAIL: Final = re.compile(r"[0-9a-f]{7,8}$")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The key by which Pulumi writes secrets and files down.
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_AUTONAMED: Final = "pulumi.com/autonamed"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
_MARKS: Final = ("tags", "labels", "userLabels", "resourceLabels")


def proof(
    record: Mapping[str, Any], live: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]
) -> str:
    """Why the object is ours, in words; empty when nothing proves it.

    Args:
        record: the resource of the pending creation.
        live: the same as its provider read it: `id` and `outputs`.
        resources: of the state, without it.
    """
    inputs = cast("Mapping[str, Any]", record.get("inputs") or {})
    if name := _random_name(record):
        return f"Pulumi made its name {name} for this stack"
    outputs = cast("Mapping[str, Any]", live.get("outputs") or {})
    shown = {str(live.get("id")), *texts(_as_asked(inputs, outputs))}
    # What the program only reads is others' as well: they refer to it with the same right.
    made = [each for each in resources if not each.get("external")]
    for each in made:
        known = _random_name(each) or _numbered(each)
        if known and any(_refers(text, known) for text in shown):
            return f"it belongs to {known}, which is in the state"
    if whole := _whole(record, str(live.get("id")), made):
        return f"it is a part of {whole}, which is in the state"
    mark = _mark(inputs)
    if mark and _is_in(inputs, outputs):
        return f"it has our {mark} and is as asked in everything"
    return ""


def is_as_asked(record: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether all that was asked is live; secrets and files, which nobody can read, apart."""
    return _is_in(record.get("inputs") or {}, live.get("outputs") or {})


def _random_name(resource: Mapping[str, Any]) -> str:
    """The automatic name in checked inputs; empty when the program named it."""
    inputs = cast("Mapping[str, Any]", resource.get("inputs") or {})
    metadata = _mapping(inputs.get("metadata"))
    if _AUTONAMED in _mapping(metadata.get("annotations")):
        return str(metadata.get("name", ""))
    defaults = inputs.get("__defaults")
    if isinstance(defaults, list):
        names = [inputs.get(str(each)) for each in cast("list[object]", defaults)]
    elif str(resource.get("type", "")).startswith("azure-native:"):
        logical = re.escape(str(resource.get("urn", "")).rpartition("::")[2]).lower()
        # Some kinds take no hyphen and few characters: Pulumi cuts the name and adds 8 digits.
        own = re.compile(rf"{logical[:20]}.*[0-9a-f]{{8}}", re.IGNORECASE)
        names = [each for each in inputs.values() if isinstance(each, str) and own.fullmatch(each)]
    else:
        return ""
    for name in names:
        if isinstance(name, str) and (_RANDOM_TAIL.search(name) or _UUID.fullmatch(name)):
            return name
    return ""


def _numbered(resource: Mapping[str, Any]) -> str:
    """An id that the vendor gave at random: by the type, for a name may look like one."""
    found, kind = str(resource.get("id") or ""), str(resource.get("type", ""))
    if kind.startswith("pulumi:"):
        return ""
    return found if kind in KINDS or _UUID.fullmatch(found) else ""


def _refers(text: str, name: str) -> bool:
    """Whether the name stands there whole, as a part of a path, an ARN, an address or a policy."""
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))


def _whole(
    record: Mapping[str, Any], resource_id: str, resources: Sequence[Mapping[str, Any]]
) -> str:
    """What is in the state and holds this: it depends on it, and has that id in its own.

    Or a name in it that the vendor made up for what the state has, as a group of machines' is.
    """
    depends = cast("Mapping[str, Any]", record.get("propertyDependencies") or {})
    urns = {str(urn) for each in depends.values() for urn in each or ()}
    package = str(record["type"]).partition(":")[0]
    parts = set(re.split(r"[/:,#~]", resource_id))
    for each in resources:
        if (
            str(each.get("urn")) in urns
            and str(each.get("type", "")).partition(":")[0] == package
            and (found := parts & {str(each.get("id") or ""), *_made_up(each)} - {""})
        ):
            return min(found)
    return ""


def _made_up(resource: Mapping[str, Any]) -> set[str]:
    """Names that the vendor made up: in outputs alone, and of more than a number.

    A number by itself may be a subscription's or a tenant's, which all in it have.
    """
    asked = set(texts(resource.get("inputs") or {}))
    told = set(texts(resource.get("outputs") or {}))
    made_up = {each for each in told - asked if _UUID.search(each)}
    return {each for each in made_up if not _UUID.fullmatch(each)}


def _mark(inputs: Mapping[str, Any]) -> str:
    metadata = _mapping(inputs.get("metadata"))
    labels = _mapping(metadata.get("labels"))
    if labels.get(_MANAGED_BY) == "pulumi" or tags.read(_strings(labels)):
        return "labels"
    for name in _MARKS:
        if tags.read(_strings(_mapping(inputs.get(name)))):
            return name
    return ""


def _is_in(asked: object, live: object) -> bool:
    """Whether all that was asked is live; secrets and files, which nobody can read, apart."""
    if isinstance(asked, Mapping):
        wanted = cast("Mapping[str, object]", asked)
        if _SIGNATURE in wanted:
            return True
        if not isinstance(live, Mapping):
            return False
        found = cast("Mapping[str, object]", live)
        return all(
            key.startswith("__") or _is_in(value, found.get(key)) for key, value in wanted.items()
        )
    if isinstance(asked, list):
        items = cast("list[object]", asked)
        if not isinstance(live, list) or len(cast("list[object]", live)) < len(items):
            return False
        return all(_is_in(*pair) for pair in zip(items, cast("list[object]", live), strict=False))
    return asked == live


def _as_asked(asked: Mapping[str, Any], live: Mapping[str, Any]) -> list[object]:
    """What is live of what was asked and is still as asked: what others wrote there proves less."""
    return [
        live.get(key)
        for key, value in asked.items()
        if key not in _MARKS and _is_in(value, live.get(key))
    ]


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _strings(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: value for key, value in values.items() if isinstance(value, str)}
