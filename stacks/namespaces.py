"""The Kubernetes namespaces of the models."""

from typing import Final

import pulumi

# Pod Security Standards. `baseline` is enforced: no privileged container, no host namespaces, no
# host paths. `restricted` is only warned about and audited, because KServe 0.20 injects a
# storage initialiser at admission that restricted refuses: without any securityContext when KServe
# was installed by its manifests, without seccompProfile when by its chart. Our own containers meet
# restricted. See docs/adr/0010-pod-security-of-namespaces.md.
_POD_SECURITY: Final = {
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/warn": "restricted",
    "pod-security.kubernetes.io/audit": "restricted",
}


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
                    "labels": {**_POD_SECURITY, "app.kubernetes.io/managed-by": "pulumi"},
                },
            },
            opts,
        )
