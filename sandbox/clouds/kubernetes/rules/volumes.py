"""Rules of the volumes of a pod and of where its containers mount them.

Source: https://kubernetes.io/docs/concepts/storage/volumes/ and
pkg/apis/core/validation/validation.go of the API server, 1.34: ValidateVolumes,
validateVolumeSource, validateHostPathVolumeSource, ValidateVolumeMounts, validateMountPropagation.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, nearest
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN

__all__ = ["host_path", "mounts", "names", "problems"]

_PROPAGATION = ("None", "HostToContainer", "Bidirectional")
_PATH_TYPES = (
    *("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice"),
    "BlockDevice",
)
# What a source must have.
_NEEDED = {
    "hostPath": "path",
    "persistentVolumeClaim": "claimName",
    "secret": "secretName",
    "configMap": "name",
}


def names(given: Any) -> set[str] | None:  # noqa: ANN401
    """The names of volumes; None where they are not all known."""
    if given is UNKNOWN:
        return None
    found = [
        mapped(item).get("name") if words.is_object(item) else UNKNOWN for item in listed(given)
    ]
    return None if UNKNOWN in found else {name for name in found if isinstance(name, str)}


def problems(given: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """What is wrong with volumes."""
    yield from words.unique(given, at, "volume")
    for index, volume in words.each(given):
        where = f"{at}[{index}]"
        yield from words.boundary(volume.get("name"), f"{where}.name")
        sources = [key for key, value in volume.items() if key != "name" and value is not None]
        if len(sources) > 1:
            yield Problem(where, f"give one source, not {' and '.join(sources)}")
        for source, needed in _NEEDED.items():
            part = volume.get(source)
            if words.is_object(part) and not mapped(part).get(needed):
                text = "missing required property; give it a name or path"
                yield Problem(f"{where}.{source}.{needed}", text)
        yield from host_path(mapped(volume.get("hostPath")), f"{where}.hostPath")


def host_path(given: dict[str, Any], at: str) -> Iterator[Problem]:
    """A folder or file of the node."""
    yield from words.among(given.get("type"), _PATH_TYPES, f"{at}.type")
    path = given.get("path")
    if isinstance(path, str) and ".." in path.split("/"):
        yield Problem(f"{at}.path", 'must not contain ".."')


def mounts(container: dict[str, Any], at: str, volumes: set[str] | None) -> Iterator[Problem]:
    """Where a container mounts volumes, of those whose names are known."""
    paths: set[str] = set()
    privileged = mapped(container.get("securityContext")).get("privileged")
    for index, mount in words.each(container.get("volumeMounts")):
        where = f"{at}.volumeMounts[{index}]"
        way = mount.get("mountPropagation")
        yield from words.among(way, _PROPAGATION, f"{where}.mountPropagation")
        known = UNKNOWN not in (privileged, container.get("securityContext"))
        if way == "Bidirectional" and known and privileged is not True:
            text = "Bidirectional is for privileged containers only"
            yield Problem(f"{where}.mountPropagation", text)
        name, path = mount.get("name"), mount.get("mountPath")
        if isinstance(name, str) and volumes is not None and name not in volumes:
            meant = nearest(name, volumes)
            hint = f'; did you mean "{meant}"?' if meant else ""
            yield Problem(f"{where}.name", f'Not found: no volume is named "{name}"{hint}')
        if isinstance(path, str):
            if path in paths:
                yield Problem(f"{where}.mountPath", f'must be unique: "{path}" is there already')
            if not path:
                yield Problem(f"{where}.mountPath", "give it a path")
            paths.add(path)
        if mount.get("subPath") and mount.get("subPathExpr"):
            yield Problem(f"{where}.subPathExpr", "give subPath or subPathExpr, not both")
        for block in ("subPath", "subPathExpr"):
            inside = mount.get(block)
            if isinstance(inside, str) and (inside.startswith("/") or ".." in inside.split("/")):
                yield Problem(f"{where}.{block}", 'must be a relative path without ".."')
