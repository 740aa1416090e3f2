"""Pools of nodes that an environment makes, and what share of them a model's pods take."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from delivery.costs.lines import Asked, between
from facts.machines.choose import CLOUD_OF_CLUSTER
from facts.machines.shapes import MachineType
from facts.pools.rules import chosen
from facts.prices.list_prices import MACHINE_SERVICES, machine_item
from facts.prices.monthly import SPOT, Use, any_of, ends
from facts.prices.table import Priced, PriceTable
from stacks.settings.environment import Environment
from stacks.settings.platforms.gpu_pools import AskedPool, ask_of, made_pools, offers, region_of

__all__ = ["NodePool", "node_pools", "pool_asked"]

# Why a price on demand is not what is paid.
_OTHERWISE: Final = {
    "spot": SPOT,
    "reserved": "reserved nodes cost what the reservation says",
    "capacity_block": "a capacity block is paid for in advance",
    "flex_start": "flex start has prices of its own",
}


@dataclass(frozen=True, slots=True)
class NodePool:
    """A pool of GPU nodes that the environment makes."""

    name: str
    group: str
    accelerator: str
    gpus_per_node: int
    """How many of what a pod requests a node has: parts and turns count each."""
    capacity: str
    least: int
    most: int
    machines: tuple[Priced, Priced]
    """The cheapest of the machine types that it takes, and the dearest."""

    def nodes(self, least: Decimal, most: Decimal) -> tuple[Use, ...]:
        """So many nodes, or a share of one, as the pool buys them."""
        reason = _OTHERWISE.get(self.capacity)
        floor = reason if reason and least else least
        ceiling = reason if reason and self.capacity != "spot" and most else most
        return any_of(self.machines, floor, ceiling)


def node_pools(site: Environment, table: PriceTable) -> list[NodePool]:
    """Those that this stack makes; a pool whose machines nobody knows is left to its own report."""
    known = offers(site)
    return [
        pool
        for asked in made_pools(site)
        if asked.name in known
        for pool in _pool(asked, site, table)
    ]


def _pool(asked: AskedPool, site: Environment, table: PriceTable) -> Iterator[NodePool]:
    limits, pool = asked.limits, asked.settings
    machines = chosen(ask_of(pool, region_of(site, asked.cluster)), limits) if limits else []
    if not machines or limits is None:
        return
    what = [_priced(machine, limits.cluster, site) for machine in machines]
    yield NodePool(
        name=asked.name,
        group=asked.group,
        accelerator=pool.accelerator,
        gpus_per_node=offers(site)[asked.name].gpus_per_node,
        capacity=pool.capacity,
        least=pool.min_nodes,
        most=pool.max_nodes,
        machines=ends(what, table),
    )


def _priced(machine: MachineType, cluster: str, site: Environment) -> Priced:
    cloud = CLOUD_OF_CLUSTER[cluster]
    return Priced(cloud, MACHINE_SERVICES[cloud], machine_item(machine), region_of(site, cluster))


def pool_asked(pool: NodePool, resting: Decimal) -> Asked:
    """What is paid for the pool itself; `resting` are nodes that models hold while nobody asks."""
    most = Decimal(pool.most)
    least = min(max(Decimal(pool.least), resting), most)
    names = dict.fromkeys(machine.item for machine in pool.machines)
    return Asked(pool.nodes(least, most), between(least, most, " or ".join(names)))
