"""What a copy holds, written last: where there is no manifest, there is no copy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from facts.model_mirror import Place, manifest_key
from provider.mirror.protocol import CopyError, Store, Stored

__all__ = ["CopiedFile", "Manifest", "damage", "intact", "read"]

_FORMAT: Final = 1
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file of a copy: `sha256` is empty where nobody read it.

    `identity` is what the copy was marked with, which changes when its source is written.
    """

    size: int
    check: str
    sha256: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was copied from where."""

    source: str
    digest: str
    files: Mapping[str, CopiedFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files.values())

    def text(self) -> bytes:
        """As it is stored."""
        files = {
            key: {
                "size": each.size,
                "check": each.check,
                "sha256": each.sha256,
                "identity": each.identity,
            }
            for key, each in sorted(self.files.items())
        }
        document = {
            "format": _FORMAT,
            "source": self.source,
            "digest": self.digest,
            "files": files,
        }
        return json.dumps(document, indent=1).encode()


def read(store: Store, copy: Place) -> Manifest | None:
    """A copy's manifest; None where there is no whole copy."""
    key = manifest_key(copy)
    content = store.content(key)
    if content is None:
        return None
    try:
        document = cast("dict[str, Any]", json.loads(content))
        return _READERS[document["format"]](document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CopyError(
            copy.uri(key),
            "it is no manifest of this version",
            "Remove it, and the copy is looked through and completed",
        ) from error


def _first(document: dict[str, Any]) -> Manifest:
    return Manifest(
        str(document["source"]),
        str(document["digest"]),
        {
            str(key): CopiedFile(
                int(each["size"]),
                str(each["check"]),
                str(each["sha256"]),
                str(each.get("identity", "")),
            )
            for key, each in document["files"].items()
        },
    )


_READERS: Final = {_FORMAT: _first}


def intact(manifest: Manifest, there: Mapping[str, Stored]) -> dict[str, CopiedFile]:
    """The files that are as they were copied."""
    return {
        key: each
        for key, each in manifest.files.items()
        if key in there and (each.size, each.check) == (there[key].size, there[key].check)
    }


def damage(manifest: Manifest, there: Mapping[str, Stored]) -> str:
    """What is not as it was copied, for people; empty where all is whole.

    `there` is what is live in the copy's folder, without the manifest.
    """
    left = intact(manifest, there)
    found = [
        *(f"{key} is gone" for key in manifest.files if key not in there),
        *(f"{key} was changed" for key in manifest.files if key in there and key not in left),
        *(f"{key} is not of the model" for key in there if key not in manifest.files),
    ]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
