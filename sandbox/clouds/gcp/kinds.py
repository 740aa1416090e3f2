"""Every type of Google Cloud that the sandbox knows more about than shape, limits and places."""

from sandbox.clouds.base import Naming
from sandbox.clouds.gcp import (
    gke,
    monitoring,
    neighbours,
    network,
    operations,
    run,
    security,
    storage,
    vertex,
)
from sandbox.clouds.gcp.kind import LOWER, Kind

__all__ = ["KINDS", "PLAIN"]

PLAIN = Kind()
# Types of which only the name is known to be special: pulumi-gcp's own lengths.
_NAMED = {
    "gcp:cloudfunctions/function:Function": Naming("name", max_length=63),
    "gcp:cloudrun/service:Service": LOWER,
    "gcp:dataproc/metastoreService:MetastoreService": Naming("serviceId", max_length=63),
    "gcp:firestore/database:Database": LOWER,
    "gcp:organizations/iAMCustomRole:IAMCustomRole": Naming("roleId", separator="_"),
}
KINDS: dict[str, Kind] = {
    **{token: Kind(naming=naming, name=naming.property) for token, naming in _NAMED.items()},
    **gke.KINDS,
    **monitoring.KINDS,
    **neighbours.KINDS,
    **network.KINDS,
    **operations.KINDS,
    **run.KINDS,
    **security.KINDS,
    **storage.KINDS,
    **vertex.KINDS,
}
