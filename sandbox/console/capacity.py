"""`sandbox/cloud capacity …`: which machines are short, and how many of them are left."""

import argparse
from typing import Any

from sandbox.capacity import CAPACITIES
from sandbox.console.rules import RuleError
from sandbox.console.table import table
from sandbox.store import Shortage, Store

__all__ = ["add_capacity"]

_EXAMPLES = """examples:
  sandbox/cloud capacity set g6.xlarge eu-west-1a 0              # no L4 in this zone
  sandbox/cloud capacity set 'p5.*' '*' 2 --capacity spot        # two more, of those types together
  sandbox/cloud capacity set Standard_NC24ads_A100_v4 westeurope-2 0
  sandbox/cloud capacity set a3-highgpu-8g europe-west4-b 1

A zone of Azure is its region and number; a pool without zones is in the region alone. Each rule
counts by itself: what two rules cover needs room in both."""


def add_capacity(commands: Any) -> None:  # noqa: ANN401 - a private class of argparse
    """Add the commands about machines that are short."""
    capacity = commands.add_parser(
        "capacity",
        help="let machines be short",
        description="How many more machines of some types there are in some zones. A node group or"
        " pool that finds no room for its first machines fails as the vendor's does; `nodes` tells"
        " where an autoscaler would go instead. In a new sandbox nothing is short.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = capacity.add_subparsers(required=True, metavar="ACTION")
    set_ = actions.add_parser("set", help="say how many are left")
    set_.add_argument("machine", help="glob of machine types, counted together, as 'g6.*'")
    set_.add_argument("zone", help="glob of zones, counted together, as 'eu-west-1*'")
    set_.add_argument("nodes", type=int, help="how many more there are; 0: none")
    set_.add_argument(
        "--capacity", choices=CAPACITIES, default="*", help="of machines that are paid so"
    )
    set_.set_defaults(run=_set)
    actions.add_parser("ls", help="what is short").set_defaults(run=_ls)
    rm = actions.add_parser("rm", help="end all shortages, or some")
    rm.add_argument("machine", nargs="?", help="the glob of machine types, as in the list")
    rm.add_argument("zone", nargs="?", help="the glob of zones, as in the list")
    rm.set_defaults(run=_rm)


def _set(store: Store, options: argparse.Namespace) -> int:
    if options.nodes < 0:
        raise RuleError(f"{options.nodes}: use 0 or more; `sandbox/cloud capacity rm` ends it")
    store.set_shortage(Shortage(options.machine, options.zone, options.capacity, options.nodes))
    paid = "" if options.capacity == "*" else f" ({options.capacity})"
    print(f"{options.machine} in {options.zone}{paid}: {options.nodes} left")
    return 0


def _ls(store: Store, options: argparse.Namespace) -> int:
    del options
    table(
        ("MACHINE", "ZONE", "CAPACITY", "LEFT"),
        [(each.machine, each.zone, each.capacity, str(each.nodes)) for each in store.shortages()],
    )
    return 0


def _rm(store: Store, options: argparse.Namespace) -> int:
    gone = store.clear_shortages(options.machine, options.zone)
    if options.machine is not None and not gone:
        raise RuleError(f"{options.machine} is not short; see `sandbox/cloud capacity ls`")
    print(f"{gone} removed")
    return 0
