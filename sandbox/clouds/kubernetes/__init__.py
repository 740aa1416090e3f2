"""Kubernetes: what the stand-in of pulumi-kubernetes computes and refuses."""

from sandbox.clouds.kubernetes.cloud import Kubernetes, is_cluster_wide

__all__ = ["Kubernetes", "is_cluster_wide"]
