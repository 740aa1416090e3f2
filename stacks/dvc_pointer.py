"""What a `.dvc` file of this repository points to: a file in a remote, by its content's hash.

Nothing is asked: the pointer is in version control, and a remote keeps each content under its own
hash. Sources, read 2026-11-26: https://dvc.org/doc/user-guide/project-structure/dvc-files,
https://dvc.org/doc/user-guide/data-management/cloud-versioning,
https://dvc.org/doc/user-guide/project-structure/configuration.
"""

import configparser
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast
from urllib.parse import quote

import yaml

from components.model_reference import Refused, Resolved
from facts.model_references import Reference, label_of_digest, label_of_object

__all__ = ["resolve"]

_MD5: Final = re.compile(r"[0-9a-f]{32}")
_COMMIT_IT: Final = "`dvc add` makes it; commit it beside the settings"


class _WrongError(Exception):
    """What is wrong with the pointer, and the way out."""

    def __init__(self, said: str, way_out: str) -> None:
        super().__init__(said)
        self.said = said
        self.way_out = way_out


@dataclass(frozen=True, slots=True)
class _Remote:
    name: str
    url: str
    by_path: bool
    """Whether files have their own names there, and the store their versions."""


def resolve(root: Path, reference: Reference) -> Resolved | Refused:
    """Where the content is, by a name that stays."""
    path = reference.parts["path"]
    try:
        return _resolved(root, reference.uri, root / path)
    except _WrongError as error:
        return Refused(reference.uri, f"the file {path}", error.said, error.way_out)


def _resolved(root: Path, uri: str, file: Path) -> Resolved:
    out = _out(file)
    top = next((each for each in file.parents if (each / ".dvc").is_dir()), root)
    remote = _remote(top, out.get("remote"))
    md5 = str(out.get("md5") or "")
    details = {"md5": md5, "remote": remote.name}
    if remote.by_path:
        version = str(_mapping(_mapping(out.get("cloud")).get(remote.name)).get("version_id") or "")
        if not version:
            raise _WrongError(
                f"the remote {remote.name} keeps versions, and it names none",
                "`dvc push` writes the version into the file; commit it",
            )
        path = (file.parent / str(out.get("wdir") or ".") / str(out["path"])).resolve()
        if not path.is_relative_to(top.resolve()):
            raise _WrongError("its output is outside of the repository", "Move it into it")
        name = PurePosixPath(path.relative_to(top.resolve()))
        sign = "#" if remote.url.startswith("gs://") else "?versionId="
        at = f"{remote.url}/{name}{sign}{quote(version, safe='')}"
        label = version if version.isdecimal() else label_of_object(version)
        return Resolved(uri, at, label, details=details)
    if _MD5.fullmatch(md5) is None:
        what = "a folder" if md5.endswith(".dir") else "no file with an md5"
        raise _WrongError(
            f"it points to {what}; only a file is one object of the remote",
            "Add the model as one file (ONNX, or an archive)",
        )
    # Before DVC 3 an output has no `hash`, and the remote no `files/md5`.
    folder = "files/md5/" if out.get("hash") == "md5" else ""
    at = f"{remote.url}/{folder}{md5[:2]}/{md5[2:]}"
    return Resolved(uri, at, label_of_digest(f"md5:{md5}"), details=details)


def _out(file: Path) -> dict[str, Any]:
    """The one output of the pointer."""
    try:
        document: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _WrongError(f"it cannot be read ({error.strerror})", _COMMIT_IT) from error
    except (ValueError, yaml.YAMLError) as error:
        raise _WrongError("it is no YAML", _COMMIT_IT) from error
    outs = _mapping(document).get("outs")
    if not isinstance(outs, list) or len(cast("list[object]", outs)) != 1:
        raise _WrongError("it has not one output (`outs`)", "Name a pointer of one file")
    (out,) = cast("list[object]", outs)
    if not isinstance(_mapping(out).get("path"), str):
        raise _WrongError("its output has no path", _COMMIT_IT)
    return {**_mapping(out), "wdir": _mapping(document).get("wdir")}


def _mapping(value: object) -> dict[str, Any]:
    """A mapping of the YAML; anything else is an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _remote(top: Path, wanted: object) -> _Remote:
    """The output's remote, or the repository's default one."""
    parser = configparser.ConfigParser(interpolation=None)
    config = top / ".dvc" / "config"
    try:
        # Values are indented under their section.
        lines = config.read_text(encoding="utf-8").splitlines()
        parser.read_string("\n".join(line.strip() for line in lines))
    except OSError:
        raise _WrongError(
            "the repository has no .dvc/config", "`dvc remote add -d` writes it; commit it"
        ) from None
    except (configparser.Error, ValueError) as error:
        raise _WrongError(".dvc/config cannot be read", "Correct it") from error
    name = str(wanted or parser.get("core", "remote", fallback=""))
    section = f"'remote \"{name}\"'"
    if not parser.has_section(section):
        said = f".dvc/config has no remote {name}" if name else ".dvc/config has no default remote"
        raise _WrongError(said, "`dvc remote add -d` writes one; commit .dvc/config")
    of = parser[section]
    by_path = "true" in {of.get("version_aware", "").lower(), of.get("worktree", "").lower()}
    store = _store(name, of.get("url", ""), of.get("account_name", ""))
    if by_path and store.startswith("https://"):
        raise _WrongError(
            f"the remote {name} keeps versions in Azure Blob Storage, which no target reads",
            "Use one that is not version_aware: it keeps each content under its own hash",
        )
    return _Remote(name, store, by_path)


def _store(name: str, url: str, account: str) -> str:
    """A remote's address, as targets name it."""
    url = url.rstrip("/")
    if url.startswith("azure://") and account:
        return f"https://{account}.blob.core.windows.net/{url.removeprefix('azure://')}"
    if url.startswith(("s3://", "gs://")):
        return url
    raise _WrongError(
        f"the remote {name} is at {url or 'no address'}, which no target reads",
        "Use a remote in S3, Cloud Storage, or Azure Blob Storage with its account_name",
    )
