"""Machines that are short: how many are left of a type in a zone, and who gets them.

What no rule of `sandbox/cloud capacity` names is there without end. A creation takes what it gets
and gives nothing back when it goes: a cloud lends freed machines to others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sandbox.rows import Row, Shortage
from sandbox.ruletables import RuleTables

__all__ = ["CAPACITIES", "Ask", "Lack", "failed", "failure", "left", "take"]

CAPACITIES = ("on_demand", "spot", "reserved")


@dataclass(frozen=True, slots=True)
class Ask:
    """Machines that a service wants at once, all of them or none.

    Attributes:
        machines: Machine types, in the order in which the service tries them.
        parts: Zones, in order, with the number of machines that may be in any of them.
        capacity: How they are paid: on_demand, spot, reserved.
    """

    machines: Sequence[str]
    parts: Sequence[tuple[Sequence[str], int]]
    capacity: str = "on_demand"


@dataclass(frozen=True, slots=True)
class Lack:
    """What a service does not get: the first machine type and zone that it tried in vain."""

    machine: str
    zones: tuple[str, ...]
    wanted: int
    got: int


def left(store: RuleTables, machine: str, zone: str, capacity: str) -> int | None:
    """How many more machines there are; None: no rule says so, as many as are asked for."""
    return min((rule.nodes for rule in _rules(store, machine, zone, capacity)), default=None)


def take(store: RuleTables, ask: Ask) -> Lack | None:
    """Take the machines from what is left; what is missing, if they are not all to be had."""
    with store.transaction():
        before = store.shortages()
        for zones, wanted in ask.parts:
            got = _taken(store, ask, zones, wanted)
            if got < wanted:
                for rule in before:
                    store.set_shortage(rule)
                machine = ask.machines[0] if ask.machines else ""
                return Lack(machine, tuple(zones), wanted, got)
    return None


def failed(row: Row, words: str, tried: str) -> Row:
    """The row of a creation that fails, by the words of its vendor; `tried` is for who reads."""
    reason = f"{words} ({tried}; `sandbox/cloud capacity ls` has what is short)"
    return row.replace(live={**row.live, "failure_reason": reason})


def failure(row: Row, operation: str) -> str:
    """Why a creation fails, as `failed` noted it; empty where it does not."""
    return str(row.live.get("failure_reason") or "") if operation == "create" else ""


def _taken(store: RuleTables, ask: Ask, zones: Sequence[str], wanted: int) -> int:
    got = 0
    for machine in ask.machines:
        for zone in zones:
            room = left(store, machine, zone, ask.capacity)
            some = wanted - got if room is None else min(room, wanted - got)
            for rule in _rules(store, machine, zone, ask.capacity) if some else ():
                taken = Shortage(rule.machine, rule.zone, rule.capacity, rule.nodes - some)
                store.set_shortage(taken)
            got += some
    return got


def _rules(store: RuleTables, machine: str, zone: str, capacity: str) -> list[Shortage]:
    return [
        rule
        for rule in store.shortages()
        if fnmatchcase(machine, rule.machine)
        and fnmatchcase(zone, rule.zone)
        and rule.capacity in {"*", capacity}
    ]
