"""The costs of one environment: each model, each pool of nodes, and the sum."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from delivery.costs.clustered import on_cluster
from delivery.costs.lines import Asked, Line, line, total
from delivery.costs.managed import MANAGED
from delivery.costs.pools import NodePool, node_pools, pool_asked
from facts.prices.monthly import Cost, Use
from facts.prices.table import Priced
from stacks.settings.batch import Batch
from stacks.settings.environment import Environment
from stacks.settings.load import Settings
from stacks.settings.models import AnySettings
from stacks.settings.prices import price_table

__all__ = ["LEFT_OUT", "EnvironmentCosts", "environment_costs"]

LEFT_OUT: Final = (
    "disks, addresses, load balancers and traffic",
    "clusters' control planes and their own nodes",
    "logs, monitoring and storage",
    "second sets of instances during a deployment",
    "taxes, free tiers and discounts",
)


@dataclass(frozen=True, slots=True)
class EnvironmentCosts:
    """Everything that is shown of one environment."""

    name: str
    currency: str
    lines: tuple[Line, ...]
    sum: Cost

    @property
    def days(self) -> tuple[date, date] | None:
        """The oldest and the newest day of the prices that were used."""
        days = [price.date for price in self.sum.prices]
        return (min(days), max(days)) if days else None


def environment_costs(root: Path, settings: Settings) -> EnvironmentCosts:
    """The costs of settings that have no problems."""
    site, table = settings.site, price_table(root, settings.site.prices)
    pools = node_pools(site, table)
    asked = {name: _asked(model, site, pools) for name, model in sorted(settings.models.items())}
    lines = [
        *(
            line(name, "model", settings.models[name].target, each, table, _budget(settings, name))
            for name, each in asked.items()
        ),
        *(
            line(pool.name, "pool", "gpu_node_pool", pool_asked(pool, _resting(pool, asked)), table)
            for pool in pools
        ),
    ]
    return EnvironmentCosts(settings.environment, table.currency, tuple(lines), total(lines))


def _budget(settings: Settings, name: str) -> Decimal | None:
    said = getattr(settings.models[name], "monthly_budget", None)
    return None if said is None else Decimal(str(said))


def _resting(pool: NodePool, asked: Mapping[str, Asked]) -> Decimal:
    """Nodes that pods keep while nobody asks, whatever the pool's own least is."""
    shares = [share for each in asked.values() for name, share in each.rests if name == pool.name]
    return Decimal(math.ceil(sum(shares)))


def _asked(model: AnySettings, site: Environment, pools: Sequence[NodePool]) -> Asked:
    if isinstance(model, Batch):
        reason = "a run costs as long as its data take"
        return Asked((Use(Priced("", "", "", None), Decimal(0), reason),), "batch runs")
    clustered = on_cluster(model, site, pools)
    return clustered if clustered is not None else MANAGED[type(model)](model, site)
