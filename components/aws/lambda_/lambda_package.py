"""What a function's code is: a zip here, a zip in S3, or an image; its size is checked first."""

import base64
import hashlib
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.checks import Checks
from components.serving import Core
from facts.lambda_serving import IMAGE, PACKAGE_UNZIPPED_BYTES, PACKAGE_UPLOAD_BYTES
from facts.limits import Limit

__all__ = ["Package", "function_code", "read_package"]

_MIB: Final = 1024 * 1024
_USE_IMAGE: Final = (
    "an image in Amazon ECR by its digest: account.dkr.ecr.region.amazonaws.com/name@sha256:…"
)
_KINDS: Final = ("code_path", "s3_bucket", "image")


@dataclass(frozen=True, slots=True)
class Package:
    """A zip or folder on this machine; None where the code is elsewhere."""

    path: Path | None
    by_s3: bool
    """Whether it is larger than what goes with the function itself."""


def read_package(checks: Checks, args: Mapping[str, Any]) -> Package:
    """`code_path`, `s3_bucket` with `s3_key`, or `image`, within Lambda's limits."""
    given = [key for key in _KINDS if checks.given(key)]
    if len(given) != 1:
        checks.problem("code_path", args.get("code_path"), "either code_path, s3_bucket or image")
    if checks.given("s3_bucket") != checks.given("s3_key"):
        missing = "s3_key" if checks.given("s3_bucket") else "s3_bucket"
        checks.problem(missing, None, "both s3_bucket and s3_key, or neither")
    if checks.given("s3_object_version") and not checks.given("s3_key"):
        checks.problem("s3_object_version", args["s3_object_version"], "it with s3_key")
    checks.optional_text("image", IMAGE, _USE_IMAGE)
    code = checks.optional("code_path")
    if code is None:
        return Package(None, by_s3=False)
    path = Path(code)
    if path.is_dir():
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        _within(checks, code, size, PACKAGE_UNZIPPED_BYTES)
        return Package(path, by_s3=False)
    try:
        with zipfile.ZipFile(path) as archive:
            unzipped = sum(item.file_size for item in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        reason = "there is none" if isinstance(error, FileNotFoundError) else str(error)
        checks.problem("code_path", code, f"a zip that can be read: {reason}")
        return Package(path, by_s3=False)
    _within(checks, code, unzipped, PACKAGE_UNZIPPED_BYTES)
    by_s3 = not PACKAGE_UPLOAD_BYTES.allows(path.stat().st_size)
    if by_s3 and not checks.given("package_bucket"):
        size = path.stat().st_size / _MIB
        most = (PACKAGE_UPLOAD_BYTES.maximum or 0) / _MIB
        use = (
            f"package_bucket too: the zip has {size:.1f} MiB, and over {most:g} MiB it goes by a "
            "bucket"
        )
        checks.problem("code_path", code, use)
    return Package(path, by_s3=by_s3)


def _by_digest(image: str) -> str:
    if not re.fullmatch(IMAGE, image):
        raise pulumi.RunError(f"image: got {image}; use {_USE_IMAGE}")
    return image


def _within(checks: Checks, code: str, size: int, limit: Limit) -> None:
    if not limit.allows(size):
        most = (limit.maximum or 0) / _MIB
        use = (
            f"at most {most:g} MiB unzipped, and it has {size / _MIB:.1f}: pull_model with the "
            "model in S3, or an image of up to 10 GB"
        )
        checks.problem("code_path", code, use)


def function_code(
    core: Core, package: Package, args: Mapping[str, Any], child: pulumi.ResourceOptions
) -> dict[str, Any]:
    """The arguments of the function that say where its code is.

    What goes by S3 has its digest in its key: another content is another object, and the same
    content changes nothing.
    """
    if "image" in args:
        # What another resource makes is known only now.
        image = pulumi.Output.from_input(args["image"]).apply(_by_digest)
        return {"package_type": "Image", "image_uri": image}
    made: dict[str, Any] = {"package_type": "Zip"}
    if package.path is None:
        made |= {key: args[key] for key in ("s3_bucket", "s3_key") if key in args}
        made["s3_object_version"] = args.get("s3_object_version")
        return made
    if not package.by_s3:
        # Pulumi compares the bytes of a zip, and what is in a folder; its own time is no matter.
        return {**made, "code": pulumi.FileArchive(str(package.path))}
    with package.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    with warnings.catch_warnings():
        # The SDK's module of S3 warns of its own outdated classes when it is first used.
        warnings.simplefilter("ignore", DeprecationWarning)
        bucket_object = aws.s3.BucketObjectv2
    uploaded = bucket_object(
        f"{core.name}-package",
        bucket=args["package_bucket"],
        key=f"lambda/{core.physical_name}/{digest.hexdigest()}.zip",
        source=pulumi.FileAsset(str(package.path)),
        content_type="application/zip",
        # Ten tags at most, fewer than a deployment may have; the key says whose it is:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
        override_provider={"default_tags": {"tags": {}}},
        opts=child,
    )
    return {
        **made,
        "s3_bucket": uploaded.bucket,
        "s3_key": uploaded.key,
        "source_code_hash": base64.b64encode(digest.digest()).decode(),
    }
