"""What Pulumi uploaded as a function's code, kept by the digest of its bytes.

A package is `packages/<sha256>.zip` beside the store's file. A function's row has, in `live`,
`snapshots`: by version, `$LATEST` among them, what that version runs with (see `snapshot`).
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.bootstrap import cache
from sandbox.store import Row, Store
from sandbox.values import mapped

__all__ = ["FUNCTION", "LATEST", "folder", "snapshot", "snapshots"]

FUNCTION = "aws:lambda/function:Function"
LATEST = "$LATEST"
# What a published version keeps of its function.
_KEPT = (
    *("handler", "runtime", "timeout", "memorySize", "environment", "architectures"),
    *("loggingConfig", "packageType", "imageUri", "ephemeralStorage", "layers", "s3Bucket"),
    # What an alias, or what keeps it warm, asks of a version.
    *("role", "deadLetterConfig", "snapStart"),
)
# The earliest time that a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)


def folder(store_path: Path) -> Path:
    """Where the packages of a store are."""
    return store_path.parent / "packages"


def snapshots(
    store: Store, before: Row | None, inputs: Mapping[str, Any], version: str, *, same_code: bool
) -> dict[str, Any]:
    """The snapshots of a function that gets these inputs, its `version` the newest.

    To be called within a transaction: packages that no function has any more are removed.
    """
    known = dict(mapped(before.live.get("snapshots")) if before is not None else {})
    if same_code and LATEST in known:
        package = str(known[LATEST].get("package", ""))
    else:
        package = _keep(store, inputs.get("code"))
    now = snapshot(inputs, package)
    return {**known, LATEST: now, **({} if version in known else {version: now})}


def snapshot(inputs: Mapping[str, Any], package: str) -> dict[str, Any]:
    """What a version runs with; `package` is empty where its code is not on this machine."""
    return {name: inputs[name] for name in _KEPT if name in inputs} | {"package": package}


def _keep(store: Store, code: Any) -> str:  # noqa: ANN401 - an archive
    """The digest of an archive that is here, whose bytes are kept then; else nothing."""
    target = folder(store.path)
    target.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target, prefix=".part-")
    os.close(handle)
    part = Path(name)
    try:
        if not _written(mapped(code), part):
            return ""
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        kept = target / f"{digest}.zip"
        if not kept.exists():
            part.replace(kept)
        _prune(store, target, digest)
        return digest
    finally:
        part.unlink(missing_ok=True)


def _written(archive: Mapping[str, Any], part: Path) -> bool:
    """Whether an archive's zip could be written to `part`: one by URL is not on this machine."""
    path = archive.get("path")
    if isinstance(path, str) and zipfile.is_zipfile(path):
        _copy(Path(path), part)
        return True
    contents = list(_contents(archive))
    if not contents:
        return False
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(contents):
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return True


def _copy(path: Path, part: Path) -> None:
    """A second name where the file is the project's own, which is replaced and never rewritten."""
    if path.resolve().is_relative_to(cache().resolve() / "artifacts"):
        part.unlink()
        with contextlib.suppress(OSError):  # On another disk.
            part.hardlink_to(path.resolve())
            return
    shutil.copyfile(path, part)


def _contents(archive: Mapping[str, Any], below: str = "") -> Iterator[tuple[str, bytes]]:
    """The files of a folder, of a map of assets, or of an archive within one."""
    path = archive.get("path")
    if isinstance(path, str) and Path(path).is_dir():
        for file in sorted(Path(path).rglob("*")):
            if file.is_file():
                yield below + file.relative_to(path).as_posix(), file.read_bytes()
    elif isinstance(path, str) and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for entry in packed.infolist():
                if not entry.is_dir():
                    yield below + entry.filename, packed.read(entry)
    for name, item in mapped(archive.get("assets")).items():
        asset = mapped(item)
        given = asset.get("path")
        if isinstance(asset.get("text"), str):
            yield below + name, asset["text"].encode()
        elif isinstance(given, str) and Path(given).is_file() and not zipfile.is_zipfile(given):
            yield below + name, Path(given).read_bytes()
        else:
            yield from _contents(asset, f"{below}{name}/")


def _prune(store: Store, target: Path, fresh: str) -> None:
    used = {fresh}
    for row in store.list("aws", FUNCTION):
        used |= {str(each.get("package")) for each in mapped(row.live.get("snapshots")).values()}
    for path in target.iterdir():
        if path.name.startswith("."):
            continue
        if path.name.partition(".")[0] not in used:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
