"""Google Cloud: what the stand-in of pulumi-gcp computes and refuses."""

from sandbox.clouds.gcp.cloud import Gcp

__all__ = ["Gcp"]
