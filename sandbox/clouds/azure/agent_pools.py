"""The machines of AKS's agent pools: which ones, where, and what happens without them."""

from sandbox.capacity import Ask, failed, take
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call
from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = ["AGENT_POOL", "CLUSTER", "capacity", "machine", "nodes", "placed", "zones"]

AGENT_POOL = f"{ids.PROVIDER}:containerservice:AgentPool"
CLUSTER = f"{ids.PROVIDER}:containerservice:ManagedCluster"
# https://learn.microsoft.com/azure/aks/free-standard-pricing-tiers-system-node-pools
_DEFAULT_MACHINE = "Standard_D8ds_v5"
_PAGE = (
    "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/"
    "zonalallocation-allocationfailed-error"
)


def machine(row: Row) -> str:
    """The VM size of a pool's nodes."""
    return str(row.inputs.get("vmSize") or _DEFAULT_MACHINE)


def zones(store: Store, row: Row) -> list[str]:
    """The pool's zones, as westeurope-1; the region alone where it has none."""
    above = row.id.rpartition("/agentPools/")[0]
    cluster = ids.found(store, CLUSTER, above)
    values = {} if cluster is None else {**cluster.outputs, **cluster.inputs}
    region = str(values.get("location") or "").lower().replace(" ", "")
    numbers = listed(row.inputs.get("availabilityZones"))
    return [f"{region}-{number}" for number in numbers] or [region]


def nodes(row: Row) -> int:
    """How many nodes it begins with."""
    count = row.inputs.get("count")
    return 1 if count is None else int(count)


def capacity(row: Row) -> str:
    """How the machines are paid: on_demand, spot or reserved."""
    if row.inputs.get("capacityReservationGroupID"):
        return "reserved"
    return "spot" if row.inputs.get("scaleSetPriority") == "Spot" else "on_demand"


def placed(call: Call, row: Row) -> Row:
    """The new pool with its first machines, or failed for want of them.

    Machines are dealt out to the zones in turn; none goes to another zone instead.
    """
    if row.token != AGENT_POOL:
        return row
    there = zones(call.store, row)
    wanted = nodes(row)
    parts = [
        ((zone,), wanted // len(there) + (index < wanted % len(there)))
        for index, zone in enumerate(there)
    ]
    ask = Ask([machine(row)], parts, capacity(row))
    lack = take(call.store, ask)
    if lack is None:
        return row
    zonal = bool(row.inputs.get("availabilityZones"))
    code, place = ("ZonalAllocationFailed", "zone") if zonal else ("AllocationFailed", "region")
    words = (
        f'Code="{code}" Message="Allocation failed. We do not have sufficient capacity for the'
        f" requested VM size in this {place}. Read more about improving likelihood of allocation"
        ' success at https://aka.ms/allocation-guidance."'
    )
    outputs = {**row.outputs, "provisioningState": "Failed"}
    if properties := mapped(row.outputs.get("properties")):
        outputs["properties"] = {**properties, "provisioningState": "Failed"}
    tried = f"{_PAGE}; tried {lack.machine} in {', '.join(lack.zones)}"
    return failed(row.replace(outputs=outputs), words, tried)
