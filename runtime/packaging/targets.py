"""What differs between the packages of the three clouds: handler, entry files, wheels, limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

__all__ = ["TARGETS", "Limit", "Target"]

_REQUIREMENTS: Final = Path(__file__).resolve().parents[1]
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limit:
    """A vendor's limit of a package's bytes, `zipped` or `unzipped`, and the ways out of it."""

    what: str
    most: int
    vendor: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Target:
    """How a package for one cloud is made.

    `file` is its name beside the model; `{architecture}` stands for the processor. `wheels` is the
    folder in the package for installed wheels.
    """

    handler: str
    file: str
    requirements: Path
    architectures: tuple[str, ...]
    wheels: str
    entries: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: tuple[Limit, ...] = ()


_PULL: Final = "leave the model out (--without-model) and set MODEL_SERVING_MODEL_URI"

TARGETS: Final = {
    "lambda": Target(
        handler="runtime.lambda_handler",
        file="lambda-{architecture}.zip",
        requirements=_REQUIREMENTS / "requirements-lambda.txt",
        architectures=("arm64", "x86_64"),
        wheels="",
        # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, deployment
        # package; looked up 2026-11-26. What is over 50 MiB zipped goes by a bucket, to which
        # LambdaEndpoint brings it.
        limits=(
            Limit(
                "unzipped",
                250 * _MIB,
                "Lambda",
                f"make the model smaller, {_PULL}, or serve it from a container image "
                "(up to 10 GB)",
            ),
        ),
    ),
    # Cloud Run lays it over a base image and builds nothing: ADR 26.
    "cloud_run": Target(
        handler="runtime.cloud_run_handler",
        file="cloud-run.zip",
        requirements=_REQUIREMENTS / "requirements-cloud-run.txt",
        architectures=("x86_64",),
        wheels="",
        entries={
            "main.py": '"""The function that Cloud Run calls."""\n\n'
            'from runtime.cloud_run_handler import predict\n\n__all__ = ["predict"]\n',
        },
        # As Google's own client of this way to deploy has it (cloud-run-mcp, its constants).
        limits=(
            Limit(
                "zipped",
                250 * _MIB,
                "Cloud Run without a build",
                f"make the model smaller, {_PULL}, or serve it from a container image",
            ),
        ),
    ),
    "azure_functions": Target(
        handler="runtime.azure_handler",
        file="azure-functions.zip",
        requirements=_REQUIREMENTS / "requirements-azure-functions.txt",
        architectures=("x86_64",),
        # https://learn.microsoft.com/en-us/azure/azure-functions/python-build-options, where a
        # package that is not built there has its dependencies; looked up 2026-11-26.
        wheels=".python_packages/lib/site-packages/",
        entries={
            "function_app.py": '"""The functions that the host finds."""\n\n'
            'from runtime.azure_handler import app\n\n__all__ = ["app"]\n',
            # No prefix, so that the path is that of the other clouds, /predict.
            "host.json": '{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}\n',
        },
        # https://learn.microsoft.com/en-us/azure/azure-functions/run-functions-from-deployment-package
        # looked up 2026-11-26.
        limits=(
            Limit(
                "zipped",
                1024 * _MIB,
                "Azure Functions",
                f"make the model smaller, {_PULL}, or serve it from a container image on a "
                "Premium plan",
            ),
        ),
    ),
}
