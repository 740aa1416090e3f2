"""The Kubernetes namespaces of the models."""

import pulumi


class Namespace(pulumi.CustomResource):
    """`kubernetes:core/v1:Namespace`.

    The SDK's own class costs 0.6 s to import, as it brings the whole of core/v1 along.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__(
            "kubernetes:core/v1:Namespace",
            name,
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {
                    # Explicit: models name it, and hosts contain it.
                    "name": name,
                    "labels": {
                        "pod-security.kubernetes.io/enforce": "restricted",
                        "app.kubernetes.io/managed-by": "pulumi",
                    },
                },
            },
            opts,
        )
