"""Where requests come in: Service and Ingress."""

from collections.abc import Mapping

import pulumi

from components.kubernetes.model_server_settings import ServerSettings
from components.kubernetes.objects import Manifest, manifest
from components.kubernetes.pod import HTTP

__all__ = ["ingress", "service"]


def service(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
) -> Manifest:
    """The address inside the cluster: port 80 of `<name>.<namespace>.svc`."""
    return manifest(
        "v1",
        "Service",
        name,
        namespace,
        labels,
        spec={
            "type": "ClusterIP",
            "selector": dict(selector),
            "ports": [
                {
                    "name": HTTP,
                    "port": 80,
                    "targetPort": HTTP,
                    "protocol": "TCP",
                    "appProtocol": "http",
                }
            ],
        },
    )


def ingress(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str], settings: ServerSettings
) -> Manifest:
    """The host outside, by TLS only, for the paths that callers use."""
    backend = {"service": {"name": name, "port": {"name": HTTP}}}
    return manifest(
        "networking.k8s.io/v1",
        "Ingress",
        name,
        namespace,
        labels,
        spec={
            "ingressClassName": settings.ingress_class,
            "tls": [{"hosts": [settings.host], "secretName": settings.tls_secret_name}],
            "rules": [
                {
                    "host": settings.host,
                    "http": {
                        "paths": [
                            {"path": path, "pathType": "Prefix", "backend": backend}
                            for path in settings.server.predict_paths
                        ]
                    },
                }
            ],
        },
    )
