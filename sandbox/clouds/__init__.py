"""The stand-in clouds, one package or module each; only the one that is asked for is imported."""

from sandbox.clouds.base import Cloud
from sandbox.schema import Library

__all__ = ["PROVIDERS", "cloud"]

PROVIDERS = ("aws", "gcp", "azure-native", "kubernetes")


def cloud(provider: str) -> Cloud:
    """The stand-in of a provider.

    Raises:
        FileNotFoundError: The provider's Python SDK is not installed.
        ValueError: The sandbox has no such cloud.
    """
    library = Library(provider) if provider in PROVIDERS else None
    match provider, library:
        case "aws", Library():
            from sandbox.clouds.aws import Aws  # noqa: PLC0415

            return Aws(library)
        case "kubernetes", Library():
            from sandbox.clouds.kubernetes import Kubernetes  # noqa: PLC0415

            return Kubernetes(library)
        case "gcp", Library():
            from sandbox.clouds.gcp import Gcp  # noqa: PLC0415

            return Gcp(library)
        case "azure-native", Library():
            from sandbox.clouds.azure import Azure  # noqa: PLC0415

            return Azure(library)
        case _:
            raise ValueError(f"{provider}: the sandbox has {', '.join(PROVIDERS)}")
