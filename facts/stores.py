"""The clouds' own stores of artifacts: what their URIs look like where a right is given by them.

A right is about what is below a path; a whole bucket is not what one model needs.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["STORES", "STORE_OF", "Store"]


@dataclass(frozen=True, slots=True)
class Store:
    """Regular expressions and words; `begins` tells the store's URIs from others."""

    begins: str
    pattern: str
    shape: str


STORES: Final = {
    # In a policy `*` and `?` stand for other names, and `$` begins a variable.
    "s3": Store(r"s3:", r"s3://[a-z0-9.-]+/[^*?$]+", "s3://bucket/path, without * ? $"),
    "gcs": Store(r"gs:", r"gs://[a-z0-9._-]+/.+", "gs://bucket/path"),
    "blob": Store(
        r"https://[^/]+\.blob\.core\.windows\.net",
        r"https://(?P<account>[a-z0-9]{3,24})\.blob\.core\.windows\.net"
        r"/(?P<container>[a-z0-9$-]+)/(?P<path>[^?']+)",
        "https://account.blob.core.windows.net/container/path",
    ),
}
# By the kind of cloud identity that a cluster's models have.
STORE_OF: Final = {
    "eks_pod_identity": STORES["s3"],
    "eks_irsa": STORES["s3"],
    "gke": STORES["gcs"],
    "aks": STORES["blob"],
}
