"""`sandbox/cloud fault …` and `sandbox/cloud quota …`: rules by which operations go wrong."""

import argparse
import sys
from fnmatch import fnmatchcase
from typing import Any, get_args

from sandbox import errors, faults
from sandbox.check import nearest
from sandbox.clouds import PROVIDERS
from sandbox.console.table import table
from sandbox.rows import FaultMode
from sandbox.store import Fault, Quota, Store

__all__ = ["RuleError", "add_faults", "add_quotas"]

_FAULT_EXAMPLES = """examples:
  sandbox/cloud fault add 'aws:sagemaker/endpoint:*' create fail --code ResourceLimitExceeded
  sandbox/cloud fault add 'aws:*' create throttle --count 3 --skip 2      # the third to fifth try
  sandbox/cloud fault add 'aws:lambda/*' update fail --resource 'fraud-*' # of one model alone
  sandbox/cloud fault add '*' create die --count 1 --skip 4               # at the fifth creation
  sandbox/cloud fault add '*' '*' throttle --count -1 --probability 0.1 --seed 7
  sandbox/cloud fault codes aws                     what the vendors refuse with
"""


class RuleError(Exception):
    """A rule that could never hit, or that is not there."""


def add_faults(commands: Any) -> None:  # noqa: ANN401 - a private class of argparse
    """Add the commands about faults."""
    fault = commands.add_parser(
        "fault",
        help="make operations go wrong",
        description="Rules that make operations go wrong.",
        epilog=f"{faults.__doc__}\n{_FAULT_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = fault.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser(
        "add",
        help="add a rule",
        epilog=f"{faults.__doc__}\n{_FAULT_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.add_argument("token", help="glob of types, as 'aws:sagemaker/endpoint:*'")
    add.add_argument("operation", help="create, read, update, delete, invoke, or a glob of them")
    add.add_argument("mode", choices=get_args(FaultMode), help="see the table below")
    add.add_argument(
        "--resource", default="*", help="glob of its name in the program or the cloud, or its id"
    )
    add.add_argument("--count", type=int, default=1, help="how many calls; -1: all (default: 1)")
    add.add_argument("--skip", type=int, default=0, help="let so many pass first (default: 0)")
    add.add_argument(
        "--probability", type=float, default=1.0, help="of each call to be hit (default: 1)"
    )
    add.add_argument(
        "--seed", type=int, default=0, help="which calls chance hits; the same ones each time"
    )
    add.add_argument("--code", default="", help="the vendor's error code; see `fault codes`")
    add.add_argument("--message", default="", help="the error's text, instead of the vendor's")
    add.add_argument("--seconds", type=float, default=0.0, help="how much slower (default: 0)")
    add.set_defaults(run=_fault_add)
    actions.add_parser("list", help="the rules that are left").set_defaults(run=_fault_list)
    clear = actions.add_parser("clear", help="remove all rules, or one")
    clear.add_argument("rule", type=int, nargs="?", help="its number in the list")
    clear.set_defaults(run=_fault_clear)
    codes = actions.add_parser("codes", help="the vendors' common errors, for --code")
    codes.add_argument("provider", nargs="?", choices=PROVIDERS, help="of one provider")
    codes.set_defaults(run=_fault_codes)
    help_ = actions.add_parser("help", help="modes, operations and examples")
    help_.set_defaults(run=_fault_help, parser=fault)


def add_quotas(commands: Any) -> None:  # noqa: ANN401 - a private class of argparse
    """Add the commands about quotas."""
    quota = commands.add_parser(
        "quota",
        help="limit how many resources there may be",
        description="How many resources of some types an account may have in a region; a creation"
        " above it is refused as the vendor does. A new sandbox has no quotas.",
    )
    actions = quota.add_subparsers(required=True, metavar="ACTION")
    set_ = actions.add_parser("set", help="allow so many")
    set_.add_argument("token", help="glob of types, counted together")
    set_.add_argument("maximum", type=int, help="how many there may be; 0: none")
    set_.set_defaults(run=_quota_set)
    actions.add_parser("list", help="all quotas").set_defaults(run=_quota_list)
    clear = actions.add_parser("clear", help="remove all quotas, or one")
    clear.add_argument("token", nargs="?", help="its glob, as in the list")
    clear.set_defaults(run=_quota_clear)


# ---- commands ----


def _fault_add(store: Store, options: argparse.Namespace) -> int:
    _check(options)
    fault = Fault(
        token=options.token,
        operation=options.operation,
        mode=options.mode,
        count=options.count,
        skip=options.skip,
        message=options.message,
        seconds=options.seconds,
        resource=options.resource,
        code=options.code,
        probability=options.probability,
        seed=options.seed,
    )
    if options.code and (doubt := errors.unknown_code(options.token, options.code)):
        print(f"sandbox/cloud: {doubt}", file=sys.stderr)
    print(f"rule {store.add_fault(fault)}")
    return 0


def _check(options: argparse.Namespace) -> None:
    possible = faults.OPERATIONS[options.mode]
    # An API over HTTP has operations of its own, as CreateDeployment.
    is_ours = options.operation[:1].islower() or "*" in options.operation
    if is_ours and not any(fnmatchcase(one, options.operation) for one in possible):
        known = sorted({one for each in faults.OPERATIONS.values() for one in each})
        meant = nearest(options.operation, known)
        hint = f"; did you mean {meant}?" if meant and meant != options.operation else ""
        raise RuleError(
            f"{options.mode} hits {', '.join(sorted(possible))}, never {options.operation}{hint}"
        )
    if not 0 < options.probability <= 1:
        raise RuleError(f"--probability {options.probability:g}: use more than 0, and at most 1")
    for name in ("skip", "seconds"):
        if getattr(options, name) < 0:
            raise RuleError(f"--{name} {getattr(options, name):g}: use 0 or more")
    if options.count == 0 or options.count < -1:
        raise RuleError(f"--count {options.count}: use 1 or more, or -1 for all")


def _fault_list(store: Store, options: argparse.Namespace) -> int:
    del options
    table(
        ("RULE", "TYPE", "OPERATION", "MODE", "LEFT", "SKIP", "RESOURCE", "CHANCE", "ERROR"),
        [
            (
                str(fault.rule),
                fault.token,
                fault.operation,
                fault.mode,
                "all" if fault.count < 0 else str(fault.count),
                str(fault.skip),
                fault.resource,
                f"{fault.probability:g}",
                " ".join(filter(None, (fault.code, fault.message))),
            )
            for fault in store.faults()
        ],
    )
    return 0


def _fault_clear(store: Store, options: argparse.Namespace) -> int:
    gone = store.clear_faults(options.rule)
    if options.rule is not None and not gone:
        raise RuleError(f"there is no rule {options.rule}; see `sandbox/cloud fault list`")
    print(f"{gone} removed")
    return 0


def _fault_codes(store: Store, options: argparse.Namespace) -> int:
    del store
    for provider in [options.provider] if options.provider else PROVIDERS:
        print(f"{provider}: {errors.page(provider)}")
        table(
            ("CODE", "STATUS", "TYPES", "MESSAGE"),
            [(e.code, str(e.status), e.types, e.message) for e in errors.catalogue(provider)],
        )
    return 0


def _fault_help(store: Store, options: argparse.Namespace) -> int:
    del store
    options.parser.print_help()
    return 0


def _quota_set(store: Store, options: argparse.Namespace) -> int:
    if options.maximum < 0:
        raise RuleError(f"{options.maximum}: use 0 or more; `sandbox/cloud quota clear` removes it")
    store.set_quota(Quota(options.token, options.maximum))
    print(f"{options.token}: {options.maximum} in an account and region")
    return 0


def _quota_list(store: Store, options: argparse.Namespace) -> int:
    del options
    table(("TYPE", "MAXIMUM"), [(each.token, str(each.maximum)) for each in store.quotas()])
    return 0


def _quota_clear(store: Store, options: argparse.Namespace) -> int:
    gone = store.clear_quotas(options.token)
    if options.token is not None and not gone:
        raise RuleError(f"there is no quota of {options.token}; see `sandbox/cloud quota list`")
    print(f"{gone} removed")
    return 0
