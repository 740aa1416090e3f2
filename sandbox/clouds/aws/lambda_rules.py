"""What Lambda refuses of a function's inputs taken together, and of two versions of one alias."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from facts.lambda_serving import (
    PACKAGE_UNZIPPED_BYTES,
    PACKAGE_UPLOAD_BYTES,
    SNAP_START_STORAGE_MIB,
    VARIABLES_BYTES,
    snap_starts,
    variables_bytes,
    wrong_variable,
)
from sandbox.check import Problem
from sandbox.clouds.aws.lambda_versions import has_snap_start
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, mapped

__all__ = [
    "function_constraints",
    "over_concurrency",
    "runtime_problems",
    "snap_started",
    "storage_problems",
    "unlike_versions",
    "with_upload",
]

_FUNCTION: Final = "aws:lambda/function:Function"
_OBJECTS: Final = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")
# What CreateFunction says of a function that is an image.
_OF_ZIPS: Final = ("handler", "runtime", "layers")
# Runtimes beside Python: Java 11 and .NET 8, and later.
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes
_OTHERS: Final = ("java11", "java17", "java21", "java25", "dotnet8", "dotnet10")


def function_constraints(call: Call) -> list[Problem]:
    """Zip or image, SnapStart, and the size of a zip that is on this machine."""
    given = call.inputs
    image = given.get("packageType") == "Image"
    found: list[Problem] = []
    if image:
        text = (
            "Please don't provide Handler or Runtime or Layer when the intent is to create a "
            "function with a container image."
        )
        found += [Problem(name, text) for name in _OF_ZIPS if given.get(name)]
    elif "packageType" in given or "imageUri" not in given:
        text = "handler and runtime must be set when PackageType is Zip"
        found += [Problem(name, text) for name in ("handler", "runtime") if name not in given]
    return [
        *found,
        *_variables(mapped(at(given, "environment", "variables"))),
        *_snap_start(given, image=image),
        *_sizes(mapped(given.get("code"))),
    ]


def _variables(variables: Mapping[str, Any]) -> list[Problem]:
    where = "environment.variables"
    found = [
        Problem(f"{where}.{name}", f"environment variable {name} is refused: {wrong}")
        for name in variables
        if (wrong := wrong_variable(name))
    ]
    known = {name: value for name, value in variables.items() if isinstance(value, str)}
    if not VARIABLES_BYTES.allows(variables_bytes(known)):
        most = f"{VARIABLES_BYTES.maximum:g}"
        text = f"environment variables you have provided exceeded the {most} bytes limit"
        found.append(Problem(where, text))
    return found


def _snap_start(given: Mapping[str, Any], *, image: bool) -> list[Problem]:
    if not has_snap_start(given):
        return []
    where, runtime = "snapStart.applyOn", given.get("runtime")
    found: list[Problem] = []
    if image:
        found.append(Problem(where, "SnapStart is not supported for container images"))
    elif isinstance(runtime, str) and not snap_starts(runtime) and runtime not in _OTHERS:
        found.append(Problem(where, f"{runtime} is not supported for SnapStart enabled functions"))
    if given.get("fileSystemConfig"):
        found.append(Problem("fileSystemConfig", "SnapStart takes no Amazon EFS"))
    return found


def storage_problems(call: Call) -> list[Problem]:
    """The storage of a function with SnapStart: told by the service, not in a preview.

    The provider's own documentation has an example with more than the service takes.
    """
    storage = at(call.inputs, "ephemeralStorage", "size")
    if not has_snap_start(call.inputs) or not isinstance(storage, int | float):
        return []
    if SNAP_START_STORAGE_MIB.allows(storage):
        return []
    text = f"SnapStart takes at most {SNAP_START_STORAGE_MIB.maximum:g} MB of ephemeral storage"
    return [Problem("ephemeralStorage.size", text)]


def with_upload(call: Call) -> dict[str, Any]:
    """The inputs; what was uploaded to the bucket and key that they name stands for the code."""
    asked = (call.inputs.get("s3Bucket"), call.inputs.get("s3Key"))
    for token in _OBJECTS if all(asked) else ():
        for row in call.store.list("aws", token, account=call.scope.account):
            if (row.inputs.get("bucket"), row.inputs.get("key")) == asked:
                return {**call.inputs, "code": row.inputs.get("source")}
    return call.inputs


def _sizes(code: Mapping[str, Any]) -> list[Problem]:
    """An archive that is a zip here; one of parts, or from elsewhere, is not measured."""
    path = code.get("path")
    if not isinstance(path, str) or not zipfile.is_zipfile(path):
        return []
    if not PACKAGE_UPLOAD_BYTES.allows(Path(path).stat().st_size):
        # In base64, as the request has it.
        return [
            Problem(
                "code",
                "Request must be smaller than 69905067 bytes for CreateFunction: bring "
                "the zip to S3, and name it by s3Bucket and s3Key",
            )
        ]
    with zipfile.ZipFile(path) as archive:
        unzipped = sum(item.file_size for item in archive.infolist())
    if PACKAGE_UNZIPPED_BYTES.allows(unzipped):
        return []
    most = f"{PACKAGE_UNZIPPED_BYTES.maximum:.0f}"
    return [Problem("code", f"Unzipped size must be smaller than {most} bytes")]


def snap_started(row: Row, version: object, where: str) -> list[Problem]:
    """A version with SnapStart is kept warm by nothing.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-supported-features
    """
    if not has_snap_start(mapped(mapped(row.live.get("snapshots")).get(str(version)))):
        return []
    reason = (
        f"version {version} of {row.name} has SnapStart, which excludes provisioned concurrency"
    )
    return [Problem(where, reason)]


def unlike_versions(row: Row, primary: object, weights: Mapping[str, Any]) -> list[Problem]:
    """Two versions of an alias have one role and one place for dead letters, or none.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    where = "routingConfig.additionalVersionWeights"
    if len(weights) > 1:
        return [Problem(where, "an alias points to two versions at most: weigh one other")]
    snapshots = mapped(row.live.get("snapshots"))
    one = mapped(snapshots.get(str(primary)))
    found: list[Problem] = []
    for version in weights:
        other = mapped(snapshots.get(version))
        if not one or not other:
            continue
        for key, what in (("role", "execution role"), ("deadLetterConfig", "dead-letter queue")):
            if one.get(key) != other.get(key):
                reason = f"versions {primary} and {version} must have the same {what}"
                found.append(Problem(f'{where}["{version}"]', reason))
    return found


def runtime_problems(call: Call) -> list[Problem]:
    """A runtime is named by a manual update alone, and by every one.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html
    """
    manual, version = call.inputs.get("updateRuntimeOn") == "Manual", "runtimeVersionArn"
    if manual == (version in call.inputs):
        return []
    text = "needed with updateRuntimeOn Manual" if manual else "only with updateRuntimeOn Manual"
    return [Problem(version, text)]


# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_CONCURRENCY = 1000
_UNRESERVED = 100


def over_concurrency(call: Call) -> list[Problem]:
    """Reservations leave a part of the account's concurrency, 1,000 unless a quota says more."""
    asked = call.inputs.get("reservedConcurrentExecutions")
    if not isinstance(asked, int) or asked <= 0:
        return []
    quotas = {quota.token: quota.maximum for quota in call.store.quotas()}
    own = call.previous.id if call.previous is not None else ""
    reserved = sum(
        max(0, int(row.inputs.get("reservedConcurrentExecutions") or 0))
        for row in call.store.list("aws", _FUNCTION, account=call.scope.account, region=call.region)
        if row.id != own
    )
    if asked + reserved <= quotas.get("Concurrent executions", _CONCURRENCY) - _UNRESERVED:
        return []
    reason = (
        "Specified ReservedConcurrentExecutions for function decreases account's"
        f" UnreservedConcurrentExecution below its minimum value of [{_UNRESERVED}]"
    )
    return [Problem("reservedConcurrentExecutions", reason)]
