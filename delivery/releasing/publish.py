"""`serving publish`: a trained model looked into, and put where its version stays for good."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from delivery.exits import Exit
from delivery.failure import Failure
from facts.model_content.archives import TooLargeError
from facts.model_content.readable import LocalFile
from facts.model_content.why_unsafe import why_unsafe
from facts.model_files import judged_as
from facts.model_mirror import Place, place

__all__ = ["publish"]

SCHEMA_VERSION: Final = 1
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class _File:
    """One of the model's; `name` is below its folder, and empty for a model of one file."""

    path: Path
    name: str
    sha256: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size


def publish(
    path: Path, to: str | None, *, framework: str | None, allow_pickles: bool, as_json: bool
) -> int:
    """Look into the files, and put them below `to`; without it that is all.

    Raises:
        Failure: there is nothing, it runs code when it is loaded, or other bytes are there.
    """
    files = _files(path)
    _refuse_unsafe(files, pickles=allow_pickles or judged_as(framework) is True)
    digest = _digest(files)
    uri, did = to, "looked into"
    if to is not None:
        found = _place(to, folder=path.is_dir())
        did = _put(files, found, digest)
        uri = found.uri()
    if as_json:
        told: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "uri": uri,
            "digest": digest,
            # A setting takes the digest of one file; a folder's files are read by their names.
            "one_file": not path.is_dir(),
            "files": len(files),
            "bytes": sum(each.size for each in files),
            "did": did,
        }
        print(json.dumps(told, indent=2))
    else:
        print(f"{path}: nothing that runs code when it is loaded; {digest}")
        if uri is not None:
            print(f"{uri}: {did}")
    return Exit.OK


def _files(path: Path) -> list[_File]:
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file() or each.is_symlink())
        named = [(each, each.relative_to(path).as_posix()) for each in inside]
    else:
        named = [(path, "")]
    if not named or not all(each.is_file() for each, _ in named):
        raise Failure(f"{path} is no model: there is no file\n  fix: name what training left")
    if links := [name for each, name in named if each.is_symlink()]:
        raise Failure(f"{path} has links, which lead elsewhere: {', '.join(links[:_SHOWN])}")
    return [_File(each, name, _sha256(each)) for each, name in named]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(files: Sequence[_File]) -> str:
    """As docs/model-references.md says: of a folder, of what `sha256sum` prints of its files."""
    if not files[0].name:
        return f"sha256:{files[0].sha256}"
    lines = "".join(f"{each.sha256}  {each.name}\n" for each in files)
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _refuse_unsafe(files: Sequence[_File], *, pickles: bool) -> None:
    found: list[str] = []
    for each in files:
        try:
            said = why_unsafe(each.name or each.path.name, LocalFile(each.path), pickles=pickles)
        except TooLargeError as error:
            said = f"{each.name or each.path.name} cannot be looked into: {error}"
        if said:
            found.append(said)
    if not found:
        return
    more = len(found) - _SHOWN
    told = "\n".join(f"  {each}" for each in found[:_SHOWN])
    raise Failure(
        f"the model is not to be loaded, so it was not published\n{told}\n"
        + (f"  and {more} more\n" if more > 0 else "")
        + "  fix: convert it to ONNX or safetensors; for a server that unpickles (sklearn), name "
        "it by --framework, or say --allow-pickles",
        Exit.POLICY,
    )


def _place(to: str, *, folder: bool) -> Place:
    found = place(to)
    if found is None or not found.key or folder != found.key.endswith("/"):
        what = (
            "a folder, s3://bucket/fraud/1.6.0/"
            if folder
            else "a file, s3://bucket/fraud/1.6.0/model.onnx"
        )
        raise Failure(
            f"got {to!r} to publish to\n"
            f"  allowed: {what}; or gs://, or https://<account>.blob.core.windows.net/"
        )
    return found


def _put(files: Sequence[_File], to: Place, digest: str) -> str:
    """Each file, unless it is there; what is there stays as it is."""
    # Vendors' clients take a second to import.
    from provider.clients import Clients  # noqa: PLC0415
    from provider.errors import ProviderError  # noqa: PLC0415
    from provider.mirror.places import store_of  # noqa: PLC0415

    done = 0
    try:
        store = store_of(Clients(), to)
        for each in files:
            key = to.key + each.name
            # What a file is marked with changes with its content, so that two tell each other.
            mark = f"sha256:{each.sha256}"
            there = store.stored(key)
            if there is not None and there.identity != mark:
                raise Failure(
                    f"{to.uri(key)} is there, and not these bytes\n"
                    f"  got: {mark}\n"
                    f"  there: {there.identity or there.check}\n"
                    "  fix: give what was trained anew a version of its own"
                )
            if there is None:
                with each.path.open("rb") as file:
                    store.stream(key, file.read, each.size, mark)
                done += 1
    except ProviderError as error:
        raise Failure(f"{to.uri()} cannot be written: {error}", Exit.ERROR) from None
    return f"published ({digest})" if done else "there already, the same bytes"
