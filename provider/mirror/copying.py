"""Copies a model: what is there whole is left, the manifest is written last.

Each object of a copy is marked with what it is a copy of; by that a run that goes on after one that
was killed knows what it need not copy. Memory is bounded by the parts that a store holds of the
files that are copied at once.
"""

import hashlib
import threading
from collections.abc import Generator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Final

from facts.model_mirror import Place, manifest_key
from provider.mirror import manifest as manifests
from provider.mirror.manifest import CopiedFile, Manifest
from provider.mirror.protocol import CopyError, Progress, Source, SourceFile, Store, Stored
from provider.mirror.reading import Reading, checked

__all__ = ["Copy", "copied", "refuse_another", "whole"]

_FILES_AT_ONCE: Final = 2
# Of all copies of this process: each has its own parts in memory, see the stores.
_STREAMS: Final = threading.BoundedSemaphore(4)
_LOOK_SECONDS: Final = 0.5
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copy:
    """What is to be copied where; `digest` is that of a model of one file, where it is known.

    `earlier` says what was there of a copy that is not whole any more: that comes back, or nothing.
    """

    source: str
    place: Place
    digest: str = ""
    earlier: Manifest | None = None


def whole(store: Store, copy: Copy) -> tuple[Manifest | None, str]:
    """The copy's manifest, and what of it is not as it was copied; two calls of the store."""
    found = manifests.read(store, copy.place)
    if found is None:
        return None, ""
    there = _there(store, copy.place)
    return found, manifests.damage(found, there)


def refuse_another(manifest: Manifest, copy: Copy) -> None:
    """Raises `CopyError` where the place holds a copy of something else."""
    if (manifest.source, manifest.digest) != (copy.source, copy.digest):
        raise CopyError(
            f"the copy {copy.place.uri()}",
            f"it is one of {manifest.source}, and {copy.source} was asked",
            "Look who wrote it; without its manifest it is copied again",
        )


def copied(source: Source, store: Store, copy: Copy, progress: Progress) -> Manifest:
    """Copy what is not there yet, look at all of it, and say so in the manifest."""
    files = {_key_of(copy.place, each.path): each for each in source.files()}
    before = _there(store, copy.place)
    found: dict[str, CopiedFile] = {}
    if copy.earlier is not None:
        found = manifests.intact(copy.earlier, before)
        files = _as_they_were(copy, copy.earlier, files, found)
    progress.begin(len(files), sum(each.size for each in files.values()))
    if others := sorted(before.keys() - files.keys() - found.keys()):
        raise CopyError(
            f"the copy {copy.place.uri()}",
            f"there is what is not of the model: {', '.join(others[:3])}",
            "Remove it: servers would load it",
        )
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        # The small ones first: a configuration that is refused is refused before hours of weights.
        running = {
            pool.submit(_file, source, store, copy, each, progress): key
            for key, each in sorted(files.items(), key=lambda each: each[1].size)
        }
        done, left = wait(running, return_when=FIRST_EXCEPTION)
        if left:
            progress.stop()
            for each in left:
                each.cancel()
        for each in done:
            found[running[each]] = each.result()
    made = Manifest(copy.source, copy.digest, found)
    if wrong := manifests.damage(made, _there(store, copy.place)):
        raise CopyError(
            f"the copy {copy.place.uri()}",
            f"it was changed while it was made: {wrong}",
            "Run `up` again, and see that nobody else writes there",
        )
    store.put(manifest_key(copy.place), made.text())
    return made


def _as_they_were(
    copy: Copy,
    earlier: Manifest,
    files: Mapping[str, SourceFile],
    intact: Mapping[str, CopiedFile],
) -> dict[str, SourceFile]:
    """The files that are to come back, with the digests that they had.

    Raises `CopyError` where the source was written since, and nothing can show that it is the same.
    """
    wanted: dict[str, SourceFile] = {}
    for key, was in earlier.files.items():
        if key in intact:
            continue
        file = files.get(key)
        if file is not None and was.identity not in {"", _identity(copy, file)}:
            file = replace(file, digest=was.sha256) if was.sha256 else None
        if file is None or file.size != was.size:
            raise CopyError(
                copy.source,
                f"it was written since it was copied, and {key} is not there as it was",
                "Name it by another version; or remove the copy with its manifest, and what is "
                "there now is copied",
            )
        wanted[key] = file
    return wanted


def _key_of(place: Place, path: str) -> str:
    """The key of a file of the model; a model of one file has the copy's own."""
    return f"{place.key.rstrip('/')}/{path}" if path else place.key.rstrip("/")


def _there(store: Store, place: Place) -> dict[str, Stored]:
    manifest = manifest_key(place)
    folder = manifest.rpartition("/")[0]
    found = store.listed(f"{folder}/" if folder else "")
    # What consoles make to show a folder is not of the model, and nothing that a server loads.
    return {key: each for key, each in found.items() if key != manifest and not key.endswith("/")}


def _file(
    source: Source, store: Store, copy: Copy, file: SourceFile, progress: Progress
) -> CopiedFile:
    key = _key_of(copy.place, file.path)
    identity = _identity(copy, file)
    there = store.stored(key)
    sha256 = ""
    if there is not None and (there.size, there.identity) == (file.size, identity):
        progress.ended(file.size)
    else:
        if source.scheme == store.scheme:
            store.copy(file, key, identity, progress)
        else:
            with _in_turn(progress), closing(_reading(source, file, progress)) as reading:
                store.stream(key, reading.read, file.size, identity)
                sha256 = reading.sha256
        progress.ended()
        there = store.stored(key)
    if there is None or there.size != file.size:
        raise CopyError(
            f"the copy {copy.place.uri(key)}",
            f"it has {there.size if there else 'no'} bytes, and {file.size} were copied",
            "Run `up` again",
        )
    sha256 = sha256 or there.sha256
    if file.digest.startswith("sha256:"):
        # What was streamed has been checked as it came, also before an earlier run was killed.
        if source.scheme == store.scheme and not sha256:
            sha256 = _sha256_of(store, key, file, progress)
        checked(f"{copy.source} {file.path}".strip(), file.digest, sha256 or file.digest)
        sha256 = file.digest
    return CopiedFile(there.size, there.check, sha256, identity)


def _identity(copy: Copy, file: SourceFile) -> str:
    """What a copy of a file is marked with."""
    said = "\n".join((copy.source, file.path, str(file.size), file.identity, file.digest))
    return hashlib.sha256(said.encode()).hexdigest()


@contextmanager
def _in_turn(progress: Progress) -> Generator[None]:
    """Not many at once, whatever the copies that they are of."""
    while not _STREAMS.acquire(timeout=_LOOK_SECONDS):
        progress.add(0)
    try:
        yield
    finally:
        _STREAMS.release()


def _reading(source: Source, file: SourceFile, progress: Progress) -> Reading:
    return Reading(
        lambda offset: source.opened(file, offset),
        name=file.path or "the model",
        size=file.size,
        digest=file.digest,
        progress=progress,
    )


def _sha256_of(store: Store, key: str, file: SourceFile, progress: Progress) -> str:
    """Of a copy whose store does not tell it: read once, where a digest is to be compared."""
    reading = Reading(
        lambda offset: store.opened(key, offset),
        name=key,
        size=file.size,
        digest="",
        progress=_Silent(progress),
    )
    with closing(reading):
        while reading.read(_CHUNK):
            pass
    return reading.sha256


class _Silent(Progress):
    """Stops with another one, and counts nothing twice."""

    def __init__(self, of: Progress) -> None:
        super().__init__()
        self._of = of

    def add(self, size: int) -> None:  # noqa: ARG002 - see above
        """See above."""
        self._of.add(0)

    def pause(self, seconds: float) -> None:
        """See above."""
        self._of.pause(seconds)
