"""The vendors' list prices on demand: of machines with GPUs, and of list_prices.csv.

Each row of the file names its day and where it is written. What could not be looked up is not in
it: such a price is unknown.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from facts.machines.choose import SOURCES, machines
from facts.machines.shapes import MachineType
from facts.prices.table import Price, PriceTable, read

__all__ = ["MACHINE_SERVICES", "attached_item", "list_prices", "machine_item"]

MACHINE_SERVICES: Final = {
    "aws": "ec2",
    "gcp": "compute_engine",
    "azure": "virtual_machines",
}


@cache
def list_prices() -> PriceTable:
    """All of them, in US dollars."""
    prices, problems = read((Path(__file__).parent / "list_prices.csv").read_text("utf-8"))
    if problems:
        raise ValueError("\n".join(problems))
    return PriceTable((*prices, *_of_gpu_machines()))


def _of_gpu_machines() -> list[Price]:
    """What facts/machines says of its reference regions, so that no figure is written twice."""
    return [
        Price(
            cloud=machine.cloud,
            service=MACHINE_SERVICES[machine.cloud],
            item=machine_item(machine),
            region=SOURCES[machine.cloud].region,
            unit="hour",
            price=Decimal(str(machine.price_usd_per_hour)),
            currency="USD",
            date=date.fromisoformat(SOURCES[machine.cloud].priced),
            source=SOURCES[machine.cloud].pages[1],
        )
        for machine in machines()
        if machine.price_usd_per_hour is not None
    ]


def machine_item(machine: MachineType) -> str:
    """What the machine is called in a table: of N1 with the GPUs that are attached to it."""
    if not machine.guest_accelerator or not machine.name.startswith("n1-"):
        return machine.name
    return attached_item(machine.name, machine.accelerator_count, machine.accelerator)


def attached_item(name: str, count: int, accelerator: str) -> str:
    """What a machine with so many GPUs attached to it is called in a table."""
    return f"{name}+{count}x{accelerator}"
