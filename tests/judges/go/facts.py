"""What comments of a Go field or type say of its values: markers, and Kubernetes' sentences."""

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["facts", "is_required"]

_MARKER = re.compile(r"\+(?:kubebuilder:validation:|k8s:)(?P<name>[\w:]+)(?::?=(?P<value>.*))?")
_NUMBERS = {
    "Minimum": "min",
    "Maximum": "max",
    "MinLength": "min_length",
    "MaxLength": "max_length",
    "MinItems": "min_items",
    "MaxItems": "max_items",
}
# Sentences in k8s.io/api, which the API server's validation keeps; the groups are the limits.
_SENTENCES = tuple(
    re.compile(text, re.IGNORECASE)
    for text in (
        r"(?P<above>0) < x < (?P<below>\d+)",
        r"in the range (?:of )?(?P<min>\d+)(?: to |-)(?P<max>\d+)",
        r"minimum value is (?P<min>\d+)",
        r"must be (?:a )?(?P<zero>non-?negative)",
        r"must be (?P<one>(?:a )?positive|greater than zero)",
    )
)


def facts(doc: Iterable[str]) -> dict[str, Any]:
    """Limits in the words of a truth table, `items` for those of a list's items.

    What markers say is in the schema that a custom resource is checked by; what Kubernetes' own
    comments say (`own`), only the API server's validation of built-in types keeps.
    """
    lines = list(doc)
    found: dict[str, Any] = {}
    text = " ".join(line for line in lines if not line.startswith("+"))
    said = [_said(match.groupdict()) for each in _SENTENCES if (match := each.search(text))]
    if said:
        found["own"] = said[0]
    for line in lines:
        if match := _MARKER.match(line):
            name, value = match["name"], (match["value"] or "").strip()
            target = found
            if name.startswith("items:"):
                name, target = name.removeprefix("items:"), found.setdefault("items", {})
            _marked(target, name, value)
    return found


def _said(groups: dict[str, str]) -> dict[str, int]:
    if "zero" in groups:
        return {"min": 0}
    if "one" in groups:
        return {"min": 1}
    if "below" in groups:
        return {"min": int(groups["above"]) + 1, "max": int(groups["below"]) - 1}
    return {name: int(value) for name, value in groups.items()}


def _marked(found: dict[str, Any], name: str, value: str) -> None:
    if name == "Enum":
        found["enum"] = [word.strip().strip('"') for word in re.split("[;,]", value.strip("{}"))]
    elif name == "Pattern":
        found["pattern"] = value.strip("`\"'") if value[:1] in "`\"'" else value
        found["pattern"] = (
            found["pattern"].replace("\\\\", "\\") if value[:1] == '"' else found["pattern"]
        )
    elif name in _NUMBERS:
        try:
            number = float(value)
        except ValueError:
            return
        found[_NUMBERS[name]] = int(number) if number.is_integer() else number
    elif name in {"ExclusiveMinimum", "ExclusiveMaximum"} and value == "true":
        found["exclusive"] = True


def is_required(doc: Iterable[str], tag: str, *, optional: bool) -> bool:
    """Whether the API server wants the field wherever its object is given."""
    marks = {line.split("=")[0].strip() for line in doc if line.startswith("+")}
    if marks & {"+default", "+kubebuilder:default", "+kubebuilder:default:"}:
        return False
    if marks & {"+required", "+kubebuilder:validation:Required", "+k8s:required"}:
        return True
    if optional or marks & {"+optional", "+kubebuilder:validation:Optional", "+k8s:optional"}:
        return False
    return "protobuf_oneof" not in tag and ",omitempty" not in tag and ",omitzero" not in tag
