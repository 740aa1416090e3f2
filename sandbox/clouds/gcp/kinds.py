"""Every type of Google Cloud that the sandbox knows more about than shape, limits and places."""

from sandbox.clouds.gcp import gke, network, operations, run, security, storage, vertex
from sandbox.clouds.gcp.kind import Kind

__all__ = ["KINDS", "PLAIN"]

PLAIN = Kind()
KINDS: dict[str, Kind] = {
    **gke.KINDS,
    **network.KINDS,
    **operations.KINDS,
    **run.KINDS,
    **security.KINDS,
    **storage.KINDS,
    **vertex.KINDS,
}
