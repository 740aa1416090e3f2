"""What an instance runs: an image by digest, or an archive over one of Google's base images.

An archive is run without a build: it holds all that it needs, and Cloud Run lays it over the base
image, whose security patches come by themselves. `buildConfig` of the Service starts no build.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.serving import Core
from facts.cloud_run import BASE_IMAGE, IMAGE, SOURCE_MIB, base_image
from facts.strategies import slug

__all__ = ["Archive", "Code", "container", "folder", "read_code", "upload"]

_DIGEST: Final = r"sha256:[0-9a-f]{64}"
_FUNCTION: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_SOURCE_FILE: Final = r"[A-Za-z0-9_./-]+\.py"
_SHORT: Final = 16
_MIB: Final = 1024 * 1024
# What gives the archive its place in the API; nothing is pulled by this name.
_NO_IMAGE: Final = "scratch"
_OF_ARCHIVES: Final = ("bucket", "function_target", "function_source")


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip on this machine, and the digest by which its object is named."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Images by version, or archives by version and what they are laid over."""

    images: dict[str, pulumi.Input[str]] | None
    archives: dict[str, Archive] | None
    digests: dict[str, str]
    uris: dict[str, pulumi.Input[str]]
    base_image: str | None
    """Without one an image stays as it was on the day that it was built."""
    function_target: str
    function_source: str


def read_code(checks: Checks, core: Core, args: Mapping[str, Any], region: str) -> Code:
    """Reads and notes what is wrong."""
    versions = {"": core.model_version}
    if core.candidate_version is not None:
        versions["candidate_"] = core.candidate_version
    kind = _kind(checks, core, args)
    checks.optional_text("base_image", BASE_IMAGE, "one of Google's base images")
    given = {v: args.get(f"{start}{kind}") or args.get(kind) for start, v in versions.items()}
    for key in ("image", "candidate_image"):
        checks.optional_text(key, IMAGE, "an image by its digest: …@sha256:…")
    for key in ("model_digest", "candidate_digest"):
        checks.optional_text(key, _DIGEST, "sha256: and 64 hexadecimal digits")
    archives = None if kind == "image" else _archives(checks, given)
    return Code(
        images={v: found for v, found in given.items() if found} if kind == "image" else None,
        archives=archives,
        digests={
            version: str(digest)
            for start, version in versions.items()
            if (digest := args.get(f"{start or 'model_'}digest"))
        },
        uris={v: args.get(f"{start or 'model_'}uri", "") for start, v in versions.items()},
        base_image=checks.optional("base_image")
        or (base_image(region) if kind == "code_path" else None),
        function_target=_matching(checks, "function_target", "predict", _FUNCTION),
        function_source=_matching(checks, "function_source", "main.py", _SOURCE_FILE),
    )


def _kind(checks: Checks, core: Core, args: Mapping[str, Any]) -> str:
    """Image or archive, of both versions alike, and what goes with it."""
    for key in ("candidate_image", "candidate_code_path", "candidate_digest"):
        if checks.given(key) and core.candidate_version is None:
            checks.problem(key, args[key], "it beside a candidate")
    if checks.given("image") == checks.given("code_path"):
        checks.problem("code_path", args.get("code_path"), "either code_path or image")
    kind = "image" if checks.given("image") else "code_path"
    other = {"image": "candidate_code_path", "code_path": "candidate_image"}[kind]
    if checks.given(other):
        checks.problem(other, args[other], f"candidate_{kind}: both versions run alike")
    if kind == "image":
        for key in filter(checks.given, _OF_ARCHIVES):
            checks.problem(key, args[key], "it with code_path")
        return kind
    checks.text("bucket", use="the bucket that archives are put into")
    for key in ("model_uri", "candidate_uri"):
        if str(args.get(key) or "").endswith("/"):
            checks.problem(key, args[key], "the model's file, which each instance pulls")
    return kind


def _matching(checks: Checks, key: str, default: str, pattern: str) -> str:
    value = checks.plain(key, default)
    if not re.fullmatch(pattern, value):
        checks.problem(key, value, f"what fits {pattern}")
    return value


def _archives(checks: Checks, given: Mapping[str, object]) -> dict[str, Archive]:
    """The archives with their digests: the same bytes have the same name, and change nothing."""
    found: dict[str, Archive] = {}
    most = int(SOURCE_MIB.maximum or 0) * _MIB
    for version, path in given.items():
        if not isinstance(path, str):
            continue  # That it is missing is said already.
        file = Path(path)
        if not file.is_file():
            checks.problem("code_path", path, "a zip that is there")
        elif (size := file.stat().st_size) > most:
            got = f"{path}: {size / _MIB:.1f} MiB"
            checks.problem("code_path", got, f"{SOURCE_MIB}, or image ({SOURCE_MIB.source})")
        else:
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            found[version] = Archive(path, digest)
    return found


def upload(
    core: Core, code: Code, bucket: pulumi.Input[str], parent: pulumi.Resource
) -> dict[str, gcp.storage.BucketObject]:
    """The archives in the bucket, each below the service's name; none where images run.

    Beside a candidate the stable revision is one that is there already, and so is its archive.
    """
    kept = core.model_version if core.candidate_version is not None else None
    return {
        version: gcp.storage.BucketObject(
            f"{core.name}-{slug(version)}-source",
            bucket=bucket,
            name=f"{folder(core)}{slug(version)}-{archive.digest[:_SHORT]}.zip",
            source=pulumi.FileAsset(archive.path),
            content_type="application/zip",
            # What serves starts its instances from the old one until another revision serves.
            opts=pulumi.ResourceOptions(
                parent=parent,
                delete_before_replace=False,
                ignore_changes=["bucket", "name", "source"] if version == kept else None,
            ),
        )
        for version, archive in (code.archives or {}).items()
    }


def folder(core: Core) -> str:
    """Where in the bucket a service's archives are."""
    return f"cloud-run/{core.physical_name}/"


def container(
    code: Code,
    version: str,
    bucket: pulumi.Input[str] | None,
    archive: gcp.storage.BucketObject | None,
) -> dict[str, Any]:
    """The container of a version, as far as its code is concerned."""
    patched = {"base_image_uri": code.base_image} if code.base_image else {}
    if code.images is not None or archive is None:
        return {"image": (code.images or {})[version], **patched}
    return {
        "image": _NO_IMAGE,
        **patched,
        "source_code": {
            "cloud_storage_source": {
                "bucket": bucket,
                "object": archive.name,
                "generation": archive.generation.apply(lambda number: str(int(number))),
            }
        },
        "commands": ["python", "-m", "functions_framework"],
    }
