"""The Hugging Face Hub: what its client reads of a model at a revision, and its files.

Source: huggingface_hub 2.4 (`hf_api.model_info`, and `utils/_http.py` for the headers by which its
errors are told apart).
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from sandbox.api.http import Response
from sandbox.api.registries.asked import Asked, Refusal, answered, ranged
from sandbox.values import listed, mapped

__all__ = ["TOKEN", "answer", "operation", "refused"]

TOKEN = "huggingface:Model"  # noqa: S105 - a type's
_INFO = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+)/revision/(?P<revision>.+)")
_FILE = re.compile(r"/(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
# What the Hub keeps in LFS, and knows the SHA-256 of.
_LARGE = (".bin", ".onnx", ".safetensors")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def operation(asked: Asked) -> str:
    """The name of the client's method."""
    if _FILE.fullmatch(asked.path):
        return "download"
    return "model_info" if _INFO.fullmatch(asked.path) else asked.path.removeprefix("/api/")


def answer(asked: Asked) -> Response:
    """Answer what the client reads."""
    found = _INFO.fullmatch(asked.path) or _FILE.fullmatch(asked.path)
    if found is None:
        raise Refusal(404, "NotFound", "Sorry, we can't find the page you are looking for.")
    name, revision = found["name"], found["revision"]
    row = asked.row(TOKEN, name)
    if row is None or (row.live.get("private") and not _token(asked)):
        raise _refusal(401, "RepoNotFound", "Invalid username or password.")
    live = row.live
    if live.get("gated") and not _token(asked):
        said = f"Access to model {name} is restricted."
        raise _refusal(401, "GatedRepo", said)
    commit = mapped(live.get("refs")).get(revision)
    if _COMMIT.fullmatch(revision) and revision in mapped(live.get("commits")):
        commit = revision
    if commit is None:
        raise _refusal(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    at = mapped(mapped(live.get("commits")).get(str(commit)))
    if (file := found.groupdict().get("file")) is not None:
        if file not in listed(at.get("files")):
            raise _refusal(404, "EntryNotFound", "Entry not found")
        return ranged(asked, _content(at, name, file), {"X-Repo-Commit": str(commit)})
    return answered(
        {
            "id": name,
            "sha": commit,
            "private": bool(live.get("private")),
            "gated": live.get("gated") or False,
            "tags": listed(at.get("tags")),
            "config": at.get("config") or {},
            "siblings": [
                {
                    "rfilename": file,
                    **(_sizes(at, name, file) if "blobs" in asked.parameters else {}),
                }
                for file in listed(at.get("files"))
            ],
        }
    )


def _content(at: Mapping[str, Any], name: str, file: str) -> bytes:
    """What the row says, else a line of its own."""
    said = mapped(at.get("contents")).get(file)
    return str(f"{name} {file}\n" if said is None else said).encode()


def _sizes(at: Mapping[str, Any], name: str, file: str) -> dict[str, Any]:
    content = _content(at, name, file)
    if not file.endswith(_LARGE):
        git = hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False)
        return {"size": len(content), "blobId": git.hexdigest()}
    sha256 = hashlib.sha256(content).hexdigest()
    return {
        "size": len(content),
        "blobId": sha256[:40],
        "lfs": {"sha256": sha256, "size": len(content), "pointerSize": 134},
    }


def refused(error: Refusal) -> Mapping[str, Any]:
    """As the Hub words a refusal."""
    return {"error": str(error)}


def _refusal(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, code, message, {"X-Error-Code": code, "X-Error-Message": message})


def _token(asked: Asked) -> bool:
    return asked.request.headers.get("authorization", "").startswith("Bearer ")
