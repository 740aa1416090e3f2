"""The machines of GKE's node pools: which ones, where, and what happens without them."""

from sandbox.capacity import Ask, failed, take
from sandbox.clouds.base import Call
from sandbox.clouds.gcp.gke import CLUSTER, POOL
from sandbox.store import Row, Store
from sandbox.values import at, listed

__all__ = ["capacity", "machine", "nodes", "placed", "zones"]

# https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/NodeConfig
_DEFAULT_MACHINE = "e2-medium"
# Regions whose first zone is not `a`: https://cloud.google.com/compute/docs/regions-zones
_FROM_B = frozenset({"europe-west1", "us-east1"})


def machine(row: Row) -> str:
    """The machine type of a pool's nodes."""
    return str(at(row.inputs, "nodeConfig", "machineType") or _DEFAULT_MACHINE)


def zones(store: Store, row: Row) -> list[str]:
    """The pool's own zones, else the cluster's, else three of the region, as GKE chooses."""
    cluster = store.get("gcp", CLUSTER, row.id.partition("/nodePools/")[0])
    given = listed(row.inputs.get("nodeLocations"))
    given = given or (listed(cluster.inputs.get("nodeLocations")) if cluster is not None else [])
    if given:
        return [str(zone) for zone in given]
    place = row.id.split("/")[3]
    if place.count("-") > 1:
        return [place]
    return [f"{place}-{letter}" for letter in ("bcd" if place in _FROM_B else "abc")]


def nodes(row: Row) -> int:
    """How many nodes it begins with in each zone."""
    return int(row.inputs.get("nodeCount", row.inputs.get("initialNodeCount")) or 0)


def capacity(row: Row) -> str:
    """How the machines are paid: on_demand, spot or reserved."""
    node = row.inputs.get("nodeConfig")
    if at(node, "reservationAffinity", "consumeReservationType") == "SPECIFIC_RESERVATION":
        return "reserved"
    return "spot" if at(node, "spot") or at(node, "preemptible") else "on_demand"


def placed(call: Call, row: Row) -> Row:
    """The new pool with its first machines, or in its state of error for want of them.

    Each zone gets as many as the pool begins with or has at least; a least number in all may be
    anywhere among the zones.
    """
    if row.token != POOL:
        return row
    there = zones(call.store, row)
    each = max(nodes(row), int(at(row.inputs, "autoscaling", "minNodeCount") or 0))
    total = int(at(row.inputs, "autoscaling", "totalMinNodeCount") or 0)
    anywhere = max(0, total - each * len(there))
    ask = Ask(
        [machine(row)], [*(((zone,), each) for zone in there), (there, anywhere)], capacity(row)
    )
    lack = take(call.store, ask)
    if lack is None:
        return row
    zone = lack.zones[0]
    code = "GCE_STOCKOUT" if ask.capacity == "on_demand" else "ZONE_RESOURCE_POOL_EXHAUSTED"
    # The words of GKE's operation, as Terraform's provider passes them on.
    words = (
        "error waiting for creating GKE NodePool: Google Compute Engine: Not all instances running"
        f" in IGM. Expected {lack.wanted}, running {lack.got}, transitioning"
        f" {lack.wanted - lack.got}. Current errors: [{code}]: Instance 'gke-{row.name}' creation"
        f" failed: The zone 'projects/{row.account}/zones/{zone}' does not have enough resources"
        " available to fulfill the request. '(resource type:compute)'."
    )
    broken = row.replace(live={**row.live, "status": "ERROR"})
    return failed(broken, words, f"Tried {lack.machine}")
