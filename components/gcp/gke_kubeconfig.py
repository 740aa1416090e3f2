"""A kubeconfig for GKE that holds no secret: tokens come from Google's own plugin."""

import json
from typing import Any

__all__ = ["kubeconfig"]


def kubeconfig(name: str, server: str, authority: str | None) -> str:
    """JSON, which is YAML too.

    https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl

    Args:
        name: of the cluster, its user and its context.
        server: URL of the API.
        authority: base64 of the certificate that signs the API's; None where a public one does.
    """
    cluster: dict[str, Any] = {"server": server}
    if authority is not None:
        cluster["certificate-authority-data"] = authority
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "installHint": "gcloud components install gke-gcloud-auth-plugin",
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": True,
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
        "users": [{"name": name, "user": {"exec": plugin}}],
    }
    return json.dumps(document)
