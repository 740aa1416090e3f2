"""Which versions of a model an environment has served, as its stack's outputs keep it.

Written by the program at the end of an update that made everything ready; read by `serving promote`
and `serving rollback`. See docs/adr/0048-versions-served-are-outputs.md.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

from stacks.settings.common import Artifact, Candidate, Common, ShareOwner

__all__ = [
    "MOST",
    "OUTPUT",
    "SCHEMA_VERSION",
    "NewerRecordError",
    "Now",
    "Record",
    "now",
    "recorded",
    "same",
    "versions",
]

OUTPUT: Final = "served"
MOST: Final = 10
"""Versions of each kind that are kept for a model, the newest first."""

SCHEMA_VERSION: Final = 1
"""Of a model's record, in each: an update of one model leaves those of the others as they were.
What has none was written before there were any, in the same form."""

Record: TypeAlias = dict[str, Any]
"""One version: uri, version, digest, image, framework as far as they are said, `asked` where the
file names what a registry resolves, `since`; `percent`, the largest share that a candidate was
given; `withdrawn`, where an older version took its place again."""
Now: TypeAlias = dict[str, Record]
"""What an update deploys: `stable`, and `candidate` where there is one."""


class NewerRecordError(Exception):
    """A record that a newer release of this project has written."""

    def __init__(self, got: object) -> None:
        super().__init__(
            f"the record of versions served has schema_version {got}, and this release knows "
            f"{SCHEMA_VERSION}: a newer one has updated the stack"
        )


_KEYS: Final = ("uri", "version", "digest", "image", "framework")
_KINDS: Final = {"stable": "stable", "candidate": "candidates"}


def now(written: object, resolved: object) -> Now | None:
    """What the settings deploy; None for what has no version, such as a graph.

    `written` are the settings as the files say them, `resolved` with what references stand for.
    """
    if not isinstance(written, Common) or not isinstance(resolved, Common):
        return None
    found = {"stable": _described(written.model, resolved.model)}
    if written.candidate is not None and resolved.candidate is not None:
        candidate = _described(written.candidate, resolved.candidate)
        if resolved.model.framework is not None:
            candidate["framework"] = resolved.model.framework
        if resolved.model.image is not None:
            candidate.setdefault("image", resolved.model.image)
        candidate["percent"] = _share(resolved)
        found["candidate"] = candidate
    return found


def _described(written: Artifact | Candidate, resolved: Artifact | Candidate) -> Record:
    said = {key: getattr(resolved, key, None) for key in _KEYS}
    asked = {"asked": written.uri} if written.uri != resolved.uri else {}
    return {key: value for key, value in said.items() if value is not None} | asked


def _share(settings: Common) -> int:
    """Percent of requests that a candidate gets; copies, and what a rollout gives, count as one."""
    beside = getattr(settings, "strategy", None) == "shadow"
    if beside or settings.rollout.owner is ShareOwner.ROLLOUT:
        return max(settings.canary_percent, 1)
    return settings.canary_percent


def recorded(last: object, deployed: Now, since: object) -> dict[str, Any]:
    """The model's record after an update, from that before it; `since` is this update's time.

    Raises:
        NewerRecordError: what is there is not to be written over in an older form.
    """
    kept = _known(last)
    made: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    for kind, name in _KINDS.items():
        earlier = [dict(each) for each in kept.get(name) or ()]
        if kind in deployed:
            earlier = _with(earlier, deployed[kind], since, stable=kind == "stable")
        for each in earlier:
            each.pop("live", None)
        if kind in deployed:
            earlier[0]["live"] = True
        made[name] = earlier[:MOST]
    return made


def _with(earlier: list[Record], version: Record, since: object, *, stable: bool) -> list[Record]:
    """The versions with the one that is deployed now in front."""
    at = next((i for i, each in enumerate(earlier) if same(each, version)), None)
    if at is None:
        return [{**version, "since": since}, *earlier]
    found = earlier[at]
    made = {**version, "since": found.get("since", since)}
    if "percent" in version:
        made["percent"] = max(float(found.get("percent", 0)), float(version["percent"]))
    if at == 0:
        if "withdrawn" in found:
            made["since"] = since
        return [made, *earlier[1:]]
    made["since"] = since
    above, below = earlier[:at], earlier[at + 1 :]
    if stable and "withdrawn" not in found:
        # Somebody went back: what came after it is nothing to go back to.
        above = [{**each, "withdrawn": each.get("withdrawn", since)} for each in above]
    return [made, *above, *below]


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two versions are the same bytes in the same image, as far as is known."""
    if one.get("image") != other.get("image"):
        return False
    digests = one.get("digest"), other.get("digest")
    if all(digests):
        return digests[0] == digests[1]
    return (one.get("uri"), one.get("version")) == (other.get("uri"), other.get("version"))


def versions(outputs: Mapping[str, Any], model: str, kind: str = "stable") -> list[Record]:
    """What a stack's outputs say of a model, the newest first.

    Raises:
        NewerRecordError: it says so in a form of which nobody here knows.
    """
    served = outputs.get(OUTPUT)
    found = cast("Mapping[str, Any]", served).get(model) if isinstance(served, Mapping) else None
    return [dict(each) for each in _known(found).get(_KINDS[kind]) or ()]


def _known(record: object) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        return {}
    found = cast("Mapping[str, Any]", record)
    # The engine gives whole numbers back as fractions.
    if (got := found.get("schema_version", SCHEMA_VERSION)) != SCHEMA_VERSION:
        raise NewerRecordError(got)
    return found
