"""Amazon Web Services: what the stand-in of pulumi-aws computes and refuses."""

from sandbox.clouds.aws.cloud import Aws

__all__ = ["Aws"]
