"""Azure: what the stand-in of pulumi-azure-native computes and refuses."""

from sandbox.clouds.azure.cloud import Azure

__all__ = ["Azure"]
