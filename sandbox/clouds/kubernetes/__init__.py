"""Kubernetes: what the stand-in of pulumi-kubernetes computes and refuses."""

from sandbox.clouds.kubernetes.cloud import Kubernetes

__all__ = ["Kubernetes"]
