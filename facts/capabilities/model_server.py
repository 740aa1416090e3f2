"""What a plain model server on Kubernetes can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities import takeover
from facts.capabilities.shapes import Refusal, Target

TARGET: Final = Target(
    "kubernetes",
    "a plain model server on Kubernetes",
    ("s3", "gs", "hf", "https", "oci", "pvc", "image"),
    # Whatever the image serves; only the image knows.
    (),
    ("rolling", "all_at_once"),
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0350",
        "kubernetes/no-image",
        "a plain model server needs an image: only KServe finds one for a framework",
        "`model.image`, pinned by digest; or target: kserve",
        "https://kubernetes.io/docs/concepts/containers/images/",
    ),
    *takeover.REFUSALS,
)
