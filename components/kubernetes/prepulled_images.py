"""Images that are on the nodes of a pool before a model needs them."""

import re
from collections.abc import Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes.confinement import CONFINED_READ_ONLY, pod_security_context
from components.kubernetes.labels import COMPONENT, NAME, PART_OF, check_namespace
from components.kubernetes.mesh import NO_SIDECAR
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from components.kubernetes.taints import read_taints, tolerations
from facts.pods import PINNED_IMAGE
from facts.pools.offers import GPU_TAINT

__all__ = ["PrepulledImages", "PrepulledImagesArgs"]

_PAUSE: Final = (
    "registry.k8s.io/pause:3.10"
    "@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a"
)
_NAME: Final = r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?"
_USE: Final = "an image by its digest, registry/name@sha256: and 64 hexadecimal digits"
_NOBODY: Final = 65_532
_TOOLS: Final = "/tools"
# More images than that are better on the disk that the nodes start with.
_MOST_IMAGES: Final = 20
_AMOUNTS: Final = {"cpu": "20m", "memory": "32Mi", "ephemeral-storage": "32Mi"}
_LEAST: Final = {"requests": _AMOUNTS, "limits": _AMOUNTS}


class PrepulledImagesArgs(TypedDict):
    """Flat arguments of `PrepulledImages`."""

    namespace: pulumi.Input[str]
    """Namespace of the DaemonSet; Pod Security Standard restricted will do."""
    images: list[str]
    """Images to have on the nodes, each by its digest: a server's, with its model if it is in an
    image."""
    node_labels: dict[str, str]
    """Labels of the nodes, such as `model-serving/node-pool: <pool>`."""
    tools_image: str
    """Image with a statically linked /bin/busybox, by its digest, as busybox has under its tags
    that end with -musl. It is lent to every image: few have a command that does nothing."""
    pause_image: NotRequired[str]
    """Image that keeps the pod on its node, by its digest. Default: registry.k8s.io/pause:3.10."""
    pool_taints: NotRequired[list[str]]
    """Taints of the nodes as `key=value:Effect`. Default: nvidia.com/gpu=present:NoSchedule."""
    image_pull_secrets: NotRequired[list[str]]
    """Names of Secrets with the registries' credentials. Default: the node's own rights."""


class PrepulledImages(pulumi.ComponentResource):
    """A DaemonSet whose pods pull each image, run nothing of it, and stay, so that it is kept.

    The kubelet removes images that no pod uses when a disk fills up. A node that an autoscaler adds
    starts to pull as soon as it has joined, beside the model's own pod.
    """

    daemon_set_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: PrepulledImagesArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("PrepulledImages", name, args, PrepulledImagesArgs.__annotations__)
        if not re.fullmatch(_NAME, name):
            checks.problem("name", name, "lower-case letters, digits and '-', at most 40 signs")
        check_namespace(checks)
        images = _images(checks)
        node_labels = checks.mapping("node_labels")
        if not node_labels:
            checks.problem("node_labels", args.get("node_labels"), "labels of the pool's nodes")
        checks.text("tools_image", PINNED_IMAGE, _USE)
        checks.optional_text("pause_image", PINNED_IMAGE, _USE)
        taints = read_taints(checks, "pool_taints", [GPU_TAINT])
        secrets = checks.texts("image_pull_secrets", [])
        checks.raise_problems()
        super().__init__("model-serving:index:PrepulledImages", name, {}, opts)

        labels = {NAME: name, COMPONENT: "prepulled-images", PART_OF: "model-serving"}
        pod = _pod(images, args["tools_image"], args.get("pause_image") or _PAUSE)
        pod |= {
            "nodeSelector": node_labels,
            "tolerations": tolerations(taints),
            "imagePullSecrets": [{"name": secret} for secret in secrets],
        }
        child = pulumi.ResourceOptions(parent=self)
        closed = KubernetesObject(
            f"{name}-network", _closed(name, args["namespace"], labels), child
        )
        spec = {
            "selector": {"matchLabels": labels},
            # A registry that many nodes ask at once slows all of them down.
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}},
            # A mesh's proxy would be one more container that has nothing to do.
            "template": {"metadata": {"labels": {**labels, **NO_SIDECAR}}, "spec": pod},
        }
        made = KubernetesObject(
            f"{name}-daemon-set",
            manifest(
                "apps/v1",
                "DaemonSet",
                name,
                args["namespace"],
                labels,
                # Nobody waits for images: a pool at zero has no pod, and a pull takes minutes.
                annotations={"pulumi.com/skipAwait": "true"},
                spec=spec,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )

        self.daemon_set_name = made.metadata.apply(lambda metadata: str(metadata["name"]))
        self.register_outputs({"daemon_set_name": self.daemon_set_name})


def _images(checks: Checks) -> list[str]:
    images = checks.texts("images", [])
    if not 0 < len(images) <= _MOST_IMAGES:
        checks.problem("images", images, f"1 to {_MOST_IMAGES} images")
    for image in images:
        if not re.fullmatch(PINNED_IMAGE, image):
            checks.problem("images", image, _USE)
    digests = [image.rpartition("@")[2] for image in images]
    for image in images:
        if digests.count(image.rpartition("@")[2]) > 1:
            checks.problem("images", image, "each image once")
    return images


def _pod(images: Sequence[str], tools_image: str, pause_image: str) -> dict[str, Any]:
    """Each image runs one command that does nothing and is not its own."""
    tool = f"{_TOOLS}/busybox"
    lent = [
        _container(
            f"pull-{image.rpartition(':')[2][:12]}", image, [tool, "true"], {"readOnly": True}
        )
        for image in images
    ]
    tools = _container("tools", tools_image, ["/bin/busybox", "cp", "/bin/busybox", tool], {})
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": pod_security_context(_NOBODY),
        "initContainers": [tools, *lent],
        "containers": [
            {
                "name": "pause",
                "image": pause_image,
                "imagePullPolicy": "IfNotPresent",
                "resources": _LEAST,
                "securityContext": CONFINED_READ_ONLY,
            }
        ],
        "volumes": [{"name": "tools", "emptyDir": {"sizeLimit": "16Mi"}}],
    }


def _container(
    name: str, image: str, command: Sequence[str], mount: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(command),
        "resources": _LEAST,
        "securityContext": CONFINED_READ_ONLY,
        "volumeMounts": [{"name": "tools", "mountPath": _TOOLS, **mount}],
    }


def _closed(name: str, namespace: pulumi.Input[str], labels: dict[str, str]) -> Manifest:
    """Its pods talk to nobody: the kubelet pulls."""
    spec = {"podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress", "Egress"]}
    return manifest("networking.k8s.io/v1", "NetworkPolicy", name, namespace, labels, spec=spec)
