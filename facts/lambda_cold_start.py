"""How long a Lambda function's first answer takes, and what keeps it within a budget.

An estimate before anything is deployed, meant to choose between three ways, not to promise a time.
Each figure says where it is from; those that are ours were measured or set by this project, and
`docs/lambda.md` says how to measure the real one.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["MODES", "Choice", "Package", "choose", "cold_start_ms"]

MODES: Final = ("none", "snap_start", "provisioned")
"""From the cheapest to the dearest: nothing, a snapshot, instances that are kept."""

# Ours: what AWS takes to find a machine and begin Python, before any code of the package runs.
_BEGIN_MS: Final = 300.0
# Ours, measured on two shared cores (2026-11-26): Python, NumPy and ONNX Runtime are imported in
# 180 ms from a warm disk. Doubled, for a disk that is not.
_IMPORTS_MS: Final = 360.0
# Ours: 100 MiB/s to fetch and unpack a zip.
_MS_PER_MIB_OF_ZIP: Final = 10.0
# A chatbot with a model of about 1,100 MiB, read from S3 into memory, began in 16.5 s, and in 1.6 s
# from its snapshot:
# https://aws.amazon.com/blogs/compute/deploying-ai-models-for-inference-with-aws-lambda-using-zip-packaging
# (2026-11-26). How the 14 ms of each MiB are parted between the two is ours.
_MS_PER_MIB_PULLED: Final = 10.0
_MS_PER_MIB_OF_MODEL: Final = 4.0
# Ours: an image is read lazily, in blocks that other instances of the region may share; its size
# is not known here.
_IMAGE_MS: Final = 2000.0
# Of these 1.6 s, what does not grow with the memory is ours.
_RESTORE_MS: Final = 400.0
_RESTORE_MS_PER_MIB: Final = (1600.0 - _RESTORE_MS) / 1100.0
# Ours: what Python and the two libraries hold in memory beside the model.
_LIBRARIES_MIB: Final = 120.0
# "Double-digit milliseconds": https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
# (2026-11-26).
_WARM_MS: Final = 99.0


@dataclass(frozen=True, slots=True)
class Package:
    """What an instance begins with. Sizes in MiB; None where they are not known here."""

    zip_mib: float | None
    """The zip; None for an image."""
    model_mib: float | None = None
    """The model, in the zip or not."""
    pulled: bool = False
    """Whether the model is fetched from a store when the instance begins."""
    snap_startable: bool = True
    """Whether SnapStart takes it: a zip, storage, runtime and region."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How the budget is kept, and what the first answer is expected to take, in ms."""

    mode: str
    expected_ms: float


def cold_start_ms(package: Package, mode: str) -> float:
    """The expected time of the first answer of an instance, in ms."""
    if mode == "provisioned":
        return _WARM_MS
    model = package.model_mib or 0.0
    if mode == "snap_start":
        return _RESTORE_MS + _RESTORE_MS_PER_MIB * (_LIBRARIES_MIB + model)
    fetched = _IMAGE_MS if package.zip_mib is None else _MS_PER_MIB_OF_ZIP * package.zip_mib
    pulled = _MS_PER_MIB_PULLED * model if package.pulled else 0.0
    return _BEGIN_MS + fetched + pulled + _IMPORTS_MS + _MS_PER_MIB_OF_MODEL * model


def choose(budget_ms: float, package: Package) -> Choice:
    """The cheapest mode whose expected time is within the budget; else the fastest there is.

    The caller compares `expected_ms` with the budget: below 100 ms nothing keeps it for certain.
    """
    for mode in MODES:
        if mode == "snap_start" and not package.snap_startable:
            continue
        expected = cold_start_ms(package, mode)
        if expected <= budget_ms:
            return Choice(mode, expected)
    return Choice("provisioned", _WARM_MS)
