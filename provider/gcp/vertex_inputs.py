"""Checks and names that the inputs of all Vertex AI resources share; none makes a call.

Sources: the v1 types of google-cloud-aiplatform 1.148 (read 2026-11-26), which are the service's
own: https://cloud.google.com/vertex-ai/docs/reference/rpc/google.cloud.aiplatform.v1
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from provider.input_checks import Problems, is_whole, no_inputs, shown
from provider.ownership import LABEL
from provider.values import UNKNOWN

PAGES: Final = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1"
PEERED_PAGE: Final = "https://cloud.google.com/vertex-ai/docs/predictions/using-private-endpoints"
LABELS_PAGE: Final = "https://goo.gl/xmQnxf"
ACCELERATORS_PAGE: Final = f"{PAGES}/MachineSpec#AcceleratorType"
# What this provider finds its own uploads and jobs by; a program cannot set it.
OWN_LABEL: Final = "model-serving-inputs"
OWN_LABELS: Final = frozenset({OWN_LABEL, LABEL})

REGION: Final = re.compile(r"[a-z]+(-[a-z]+)+[0-9]+")
_PROJECT: Final = re.compile(r"([a-z0-9.-]+:)?[a-z0-9][a-z0-9-]{4,28}[a-z0-9]")
_LABEL_KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE: Final = re.compile(r"[a-z0-9_-]{0,63}")
_KEY: Final = re.compile(
    r"projects/[^/]+/locations/(?P<region>[^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+"
)
_ACCOUNT: Final = re.compile(r"[^@\s/]+@[^@\s/]+\.[^@\s/]+")
_MOST_LABELS: Final = 64
_LONGEST_DISPLAY_NAME: Final = 128

PLACE: Final[dict[str, Any]] = {
    "project": {
        "type": "string",
        "description": "Id of the Google Cloud project.",
        "willReplaceOnChanges": True,
    },
    "region": {
        "type": "string",
        "description": "Region, as in `europe-west4`.",
        "willReplaceOnChanges": True,
    },
}
LABELS: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "Labels: lower-case letters, digits, `_` and `-`, at most 63 characters each.",
}
LISTED: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string"}}


def timeout(seconds: int, what: str) -> dict[str, Any]:
    """The schema of `timeoutSeconds`."""
    return {
        "type": "integer",
        "default": seconds,
        "description": f"How long to wait for {what}. Default: {seconds} s.",
    }


@dataclass(slots=True)
class Reading:
    """Reads one resource's inputs and notes every problem; what is not known yet is right."""

    inputs: Mapping[str, object]
    problems: Problems = field(default_factory=list[tuple[str, str]])

    @classmethod
    def of(cls, inputs: Mapping[str, object], known: Mapping[str, object]) -> "Reading":
        """With what is no input at all noted, and with project and region read."""
        reading = cls(inputs, no_inputs(inputs, known))
        reading.text("project", _PROJECT, "use a project's id, as in example-models", must=True)
        reading.text("region", REGION, "use a region, as in europe-west4", must=True)
        reading.whole("timeoutSeconds", 1, None)
        return reading

    def note(self, key: str, reason: str) -> None:
        """One problem."""
        self.problems.append((key, reason))

    def given(self, key: str) -> bool:
        """Whether there is a value, known or not."""
        return self.inputs.get(key) is not None

    def known(self, key: str) -> object:
        """The value; None when there is none or it is not known yet."""
        value = self.inputs.get(key)
        return None if value is UNKNOWN else value

    def text(self, key: str, pattern: re.Pattern[str], allowed: str, *, must: bool = False) -> str:
        """A text, or an empty one where there is none that can be read."""
        value = self.inputs.get(key)
        if value is UNKNOWN or (value is None and not must):
            return ""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.note(key, f"got {shown(value)}; {allowed}")
            return ""
        return value

    def word(self, key: str, words: Collection[str], page: str, *, must: bool = False) -> None:
        """One of some words."""
        allowed = f"use one of {', '.join(words)} ({page})"
        self.text(key, re.compile("|".join(map(re.escape, words))), allowed, must=must)

    def whole(self, key: str, low: int, high: int | None, page: str = "") -> int | None:
        """A whole number."""
        value = self.inputs.get(key)
        if value is None or value is UNKNOWN:
            return None
        fits = is_whole(value) and low <= cast(float, value)
        if not fits or (high is not None and cast(float, value) > high):
            most = f" to {high}" if high is not None else ""
            source = f" ({page})" if page else ""
            self.note(key, f"got {shown(value)}; use a whole number from {low}{most}{source}")
            return None
        return int(cast(float, value))

    def flag(self, *keys: str) -> None:
        """True or false."""
        for key in keys:
            value = self.known(key)
            if value is not None and not isinstance(value, bool):
                self.note(key, f"got {shown(value)}; use true or false")

    def texts(self, *keys: str) -> None:
        """Lists of texts."""
        for key in keys:
            value = self.known(key)
            good = isinstance(value, list) and all(
                isinstance(each, str) or each is UNKNOWN for each in cast(list[object], value)
            )
            if value is not None and not good:
                self.note(key, f"got {shown(cast(object, value))}; use a list of texts")

    def text_map(self, key: str) -> dict[str, object]:
        """A map of texts by name."""
        value = self.known(key)
        if value is None:
            return {}
        found = cast(dict[str, object], value) if isinstance(value, dict) else None
        if found is None or not all(
            isinstance(each, str) or each is UNKNOWN for each in found.values()
        ):
            self.note(key, f"got {shown(cast(object, value))}; use texts by name")
            return {}
        return found

    def labels(self) -> None:
        """`labels`, by Google Cloud's rules for them."""
        labels = self.text_map("labels")
        most = _MOST_LABELS - len(OWN_LABELS)
        if len(labels) > most:
            self.note("labels", f"got {len(labels)}; use at most {most}")
        for key, value in labels.items():
            if key in OWN_LABELS:
                self.note(f"labels.{key}", "is this provider's own; use another key")
            elif not _LABEL_KEY.fullmatch(key):
                self.note(
                    "labels",
                    f"got the key {shown(key)}; use lower-case letters, digits, _ and -, a letter"
                    f" first, at most 63 ({LABELS_PAGE})",
                )
            elif isinstance(value, str) and not _LABEL_VALUE.fullmatch(value):
                self.note(
                    f"labels.{key}",
                    f"got {shown(value)}; use at most 63 lower-case letters, digits, _ and - "
                    f"({LABELS_PAGE})",
                )

    def display_name(self) -> None:
        """`displayName`, which every one of these has."""
        pattern = re.compile(rf"(?s).{{1,{_LONGEST_DISPLAY_NAME}}}")
        allowed = f"use 1 to {_LONGEST_DISPLAY_NAME} characters ({PAGES}/projects.locations.models)"
        self.text("displayName", pattern, allowed, must=True)

    def service_account(self, key: str = "serviceAccount") -> None:
        """An email address of a service account."""
        self.text(key, _ACCOUNT, "use a service account's email address")

    def kms_key(self) -> None:
        """`kmsKeyName`: a key in the same region."""
        form = "projects/…/locations/…/keyRings/…/cryptoKeys/…"
        found = _KEY.fullmatch(self.text("kmsKeyName", _KEY, f"use {form}"))
        region = self.known("region")
        if found and isinstance(region, str) and found["region"] != region:
            self.note(
                "kmsKeyName",
                f"got a key in {found['region']}; use one in {region}, where the resource is "
                f"({PAGES}/EncryptionSpec)",
            )

    def full_name(self, key: str, kind: str, *, must: bool = False, version: bool = False) -> str:
        """`projects/…/locations/…/<kind>/…`, with `@version` or `@alias` where that is allowed."""
        tail = "(@[A-Za-z0-9_-]+)?" if version else ""
        pattern = re.compile(rf"projects/[^/]+/locations/[^/]+/{kind}/[^/@]+{tail}")
        suffix = ", with @version or @alias behind it if it is to be that one" if version else ""
        allowed = f"use projects/…/locations/…/{kind}/…{suffix}"
        return self.text(key, pattern, allowed, must=must)

    def same_region(self, key: str, name: str) -> None:
        """A resource that is named must be where this one is."""
        region = self.known("region")
        parts = name.split("/")
        if len(parts) > 3 and isinstance(region, str) and parts[3] != region:  # noqa: PLR2004
            self.note(key, f"is in {parts[3]}; use one in {region}, the region of this resource")

    def endpoint(self) -> None:
        """`endpoint`: its id, or its whole name."""
        pattern = re.compile(r"(projects/[^/]+/locations/[^/]+/endpoints/)?[a-z0-9][a-z0-9-]{0,62}")
        allowed = "use an endpoint's id, or projects/…/locations/…/endpoints/…"
        self.same_region("endpoint", self.text("endpoint", pattern, allowed, must=True))

    def machine(self) -> None:
        """`machineType`, `acceleratorType`, `acceleratorCount`: both of the latter, or none."""
        page = f"{PAGES}/MachineSpec"
        machine = re.compile(r"[a-z0-9]+-[a-z0-9]+(-[a-z0-9]+)*")
        self.text("machineType", machine, f"use a machine type, as in n1-standard-4 ({page})")
        accelerator = re.compile(r"(NVIDIA|TPU)_[A-Z0-9_]+")
        self.text(
            "acceleratorType",
            accelerator,
            f"use a word such as NVIDIA_L4 or NVIDIA_TESLA_T4 ({ACCELERATORS_PAGE})",
        )
        self.whole("acceleratorCount", 1, None, page)
        if self.given("acceleratorType") != self.given("acceleratorCount"):
            self.note(
                "acceleratorType",
                f"goes with acceleratorCount; give both, or neither ({page})",
            )

    def exactly_one(self, keys: Sequence[str], page: str) -> None:
        """One of these inputs, and no other."""
        given = [key for key in keys if self.given(key)]
        if len(given) != 1:
            got = " and ".join(given) or "none"
            self.note(keys[0], f"got {got}; give exactly one of {', '.join(keys)} ({page})")


def _items(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """A list's texts, without what is not known yet."""
    return [each for each in _items(value) if isinstance(each, str)]


def mapped(value: object) -> dict[str, Any]:
    """A map, or an empty one."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def short(name: object) -> str:
    """The id at the end of a resource's name."""
    return str(name).rpartition("/")[2]


def parent(inputs: Mapping[str, object]) -> str:
    """`projects/…/locations/…`."""
    return f"projects/{inputs['project']}/locations/{inputs['region']}"


def endpoint_name(inputs: Mapping[str, object]) -> str:
    """The whole name of the input `endpoint`, which may be an id."""
    return f"{parent(inputs)}/endpoints/{short(inputs['endpoint'])}"


def place(resource_id: str) -> dict[str, object]:
    """Project and region from a resource's name."""
    parts = resource_id.split("/")
    if len(parts) < 6 or parts[0] != "projects" or parts[2] != "locations":  # noqa: PLR2004
        return {}
    return {"project": parts[1], "region": parts[3]}


def same_resource(one: str, other: str) -> bool:
    """Whether two names mean the same; the API answers with the project's number for its id."""
    return one.split("/")[2:] == other.split("/")[2:]


def settled(value: object) -> object:
    """A value in the form in which two of them are compared: what is empty is nothing."""
    if isinstance(value, dict):
        found = {key: settled(each) for key, each in cast(dict[str, object], value).items()}
        return {key: each for key, each in found.items() if each is not None} or None
    if isinstance(value, list):
        return [settled(each) for each in cast(list[object], value)] or None
    if isinstance(value, bool):
        return value or None
    if isinstance(value, int | float):
        return float(value)
    return None if value == "" else value


def differing(
    old: Mapping[str, object],
    new: Mapping[str, object],
    keys: Collection[str],
    replaces: Collection[str],
) -> dict[str, bool]:
    """The inputs among `keys` that differ, and whether each replaces."""
    return {
        key: key in replaces
        for key in sorted(keys)
        if settled(old.get(key)) != settled(new.get(key))
    }


def fingerprint(inputs: Mapping[str, object], keys: Collection[str]) -> str:
    """Sixteen hexadecimal digits that stand for these inputs; empty while one is not known."""
    values = {key: settled(inputs.get(key)) for key in sorted(keys)}
    if holds_unknown(values):
        return ""
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def holds_unknown(value: object) -> bool:
    """Whether something within is not known yet."""
    if isinstance(value, dict):
        return any(holds_unknown(each) for each in cast(dict[str, object], value).values())
    if isinstance(value, list):
        return any(holds_unknown(each) for each in cast(list[object], value))
    return value is UNKNOWN
