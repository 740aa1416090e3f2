"""References to models that a registry is asked about: what of them is judged before, by form.

What the registry will say is not known yet, so that rules over URI and version keep still until
then; see `stacks/references.py`, which asks in previews and lets all rules speak.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from facts.model_references import (
    ASKED_AT_PREVIEW,
    STORES,
    VERIFIED,
    MalformedReferenceError,
    Reference,
    parse,
)
from stacks.settings.artifacts import Holder, Named, artifacts, with_holders
from stacks.settings.common import Described
from stacks.settings.environment import Environment
from stacks.settings.fields import NotKnown
from stacks.settings.model_mirror import is_copied
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import MISSING, PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["asked_reference", "not_asked_yet", "references"]

_Settings = TypeVar("_Settings", bound=Described)
# Of these a version beside the URI has always meant that the path holds it.
_BY_PATH: Final = ("hf", "oci", "s3", "gs")
# Targets of this project's own runtime (runtime/downloads.py).
_READ_VERSIONS: Final = ("lambda", "cloud_run", "azure_functions")


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: AnySettings
    artifact: Named
    where: PlaceOf
    site: Environment | None


def asked_reference(artifact: Named, *, verify: bool = False) -> Reference | None:
    """What a registry has to be asked about; None for what is passed on as it is.

    With `verify` also what is exact and can be looked up.
    """
    try:
        found, version = parse(artifact.uri), artifact.version
    except (MalformedReferenceError, NotKnown):
        return None
    if found is None or not found.asked:
        return found if verify and found is not None and found.kind in VERIFIED else None
    if version is None:
        # Of a part, which has none beside it: a path is passed on, a name that moves is not.
        return None if found.kind in STORES else found
    # With a version beside it, a path of a store is judged by whether it holds that.
    return None if found.kind in _BY_PATH and version != ASKED_AT_PREVIEW else found


def not_asked_yet(settings: _Settings, site: Environment | None) -> _Settings:
    """The same settings without what a registry is still to say; reading it raises `NotKnown`."""
    hidden: dict[KeyPath, Holder] = {}
    for artifact in artifacts(settings):
        told = _malformed(artifact) is not None or _not_read(settings, artifact, site)
        if not told and asked_reference(artifact) is None:
            continue
        *holder, key = artifact.path
        copy = hidden.setdefault(tuple(holder), artifact.holder.model_copy())
        known = cast("dict[str, Any]", copy.__dict__)
        del known[str(key)]
        if known.get("version") == ASKED_AT_PREVIEW:
            del known["version"]
    return with_holders(settings, hidden) if hidden else settings


def references(settings: AnySettings, where: PlaceOf, site: Environment | None) -> list[Problem]:
    """Problems of one file's references."""
    found: list[Problem] = []
    for artifact in artifacts(settings):
        found += apply(_RULES, _Asked(settings, artifact, where, site))
    return found


def _malformed(artifact: Named) -> MalformedReferenceError | None:
    try:
        parse(artifact.uri)
    except MalformedReferenceError as error:
        return error
    return None


def _not_read(settings: Described, artifact: Named, site: Environment | None) -> bool:
    """Whether a version of an object is named where what serves it reads no versions.

    A copy in a mirror has a path of its own.
    """
    try:
        found = parse(artifact.uri)
    except MalformedReferenceError:
        return False
    if found is None or found.kind not in STORES or not found.version:
        return False
    read = getattr(settings, "target", None) in _READ_VERSIONS
    return not read and not is_copied(settings, artifact, site)


def _is_one(asked: _Asked) -> Iterator[Problem]:
    error, path = _malformed(asked.artifact), asked.artifact.path
    if error is not None:
        yield Problem(
            asked.where(path),
            "MS0561",
            dotted(path),
            f"got {shown(asked.artifact.uri)}, {error}",
            allowed=error.allowed,
            fix="name the model as its registry does (docs/model-references.md)",
        )


def _may_move(asked: _Asked) -> Iterator[Problem]:
    found, path = asked_reference(asked.artifact), asked.artifact.path
    if asked.site is None or found is None or not found.moves or asked.site.follow_aliases:
        return
    if found.kind in STORES:
        # That is how a version is forgotten; nobody calls an object an alias.
        version = _version(asked)
        yield Problem(
            asked.where(version, key=True),
            MISSING,
            dotted(version),
            "missing",
            allowed='an exact version in quotes, such as "1.4.0"',
            fix=f"add `version: …` under `{dotted(version[:-1])}`",
        )
        return
    yield Problem(
        asked.where(path),
        "MS0560",
        dotted(path),
        f"got {shown(found.uri)}, which can mean another model tomorrow",
        allowed="an exact version, as this environment does not follow aliases",
        fix="name the version that it means today; or write `model-serving:follow_aliases: true` "
        "into the environment's file, where what moves may be deployed",
    )


def _version_is_the_registrys(asked: _Asked) -> Iterator[Problem]:
    found, path = asked_reference(asked.artifact), _version(asked)
    said = asked.artifact.version not in {None, ASKED_AT_PREVIEW}
    if found is None or not found.moves or not said:
        return
    yield Problem(
        asked.where(path),
        "MS0562",
        dotted(path),
        f"got {shown(asked.artifact.version)}, and which version {found.uri} is says its registry",
        fix="remove `version` (in an environment's entry: `version: null`, against the file's); or "
        "name that version in the URI too, without an alias",
    )


def _version(asked: _Asked) -> KeyPath:
    return (*asked.artifact.path[:-1], "version")


def _version_is_read(asked: _Asked) -> Iterator[Problem]:
    path = asked.artifact.path
    if _not_read(asked.settings, asked.artifact, asked.site):
        yield Problem(
            asked.where(path),
            "MS0565",
            dotted(path),
            f"got {shown(asked.artifact.uri)}, one version of an object, and this target's servers "
            "read whatever is there when they start",
            allowed="a URI whose path holds the version",
            fix="keep each version below a path of its own, and name that with `version`; or let "
            "the environment keep copies: `model-serving:model_mirror: …`",
        )


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _is_one,
    _may_move,
    _version_is_the_registrys,
    _version_is_read,
)
