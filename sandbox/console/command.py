"""Look into the sandbox's clouds, change them behind Pulumi's back, break them."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sandbox import eventual
from sandbox.check import nearest
from sandbox.console.capacity import add_capacity
from sandbox.console.drift import DriftError, changed, removed
from sandbox.console.nodes import add_nodes
from sandbox.console.rules import RuleError, add_faults, add_quotas
from sandbox.console.table import table
from sandbox.console.types import NoTypeError, add_types
from sandbox.store import Event, Row, Store, StoreError, default_path

__all__ = ["main"]

_EXAMPLES = """examples:
  sandbox/cloud ls --provider aws                   what is there
  sandbox/cloud show fraud-dev                      one resource, with what is live
  sandbox/cloud set fraud-dev tags.owner=someone    drift: `sandbox/pulumi refresh` sees it
  sandbox/cloud rm fraud-dev                        deleted by somebody outside of Pulumi
  sandbox/cloud fault add 'aws:sagemaker/*' create fail --code ResourceLimitExceeded
  sandbox/cloud quota set 'aws:lambda/function:*' 10
  sandbox/cloud capacity set 'g6.*' eu-west-1a 0    no more machines of these types there
  sandbox/cloud nodes                               which pool would grow for a GPU pod
  sandbox/cloud types 'aws:sagemaker/*'             how deeply they are checked
  sandbox/cloud events                              what happened, in order

Exit codes: 0 done, 1 not found or not possible, 2 wrong usage."""
_SHOWN_EVENTS = 50


class NotFoundError(Exception):
    """Nothing, or more than one thing, has the name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    options = _parser().parse_args(arguments)
    try:
        store = Store(options.store)
        answer: int = options.run(store, options)
    except (StoreError, DriftError, NotFoundError, RuleError, NoTypeError) as error:
        print(f"sandbox/cloud: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox/cloud",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--store", type=Path, default=None, help=f"the store to use (default: {_shown_default()})"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    ls = commands.add_parser("ls", help="list resources")
    ls.add_argument("pattern", nargs="?", default="*", help="glob of types, as 'aws:lambda/*'")
    ls.add_argument("--provider", default="", help="aws, gcp, azure-native or kubernetes")
    ls.add_argument("--json", action="store_true", help="print JSON, with all properties")
    ls.set_defaults(run=_ls)

    show = commands.add_parser("show", help="print one resource as JSON")
    _add_resource(show)
    show.set_defaults(run=_show)

    set_ = commands.add_parser(
        "set",
        help="change a property behind Pulumi's back",
        description="Change properties as somebody in the vendor's console would. The next"
        " `pulumi refresh` sees the drift, the next `pulumi up` after it repairs it.",
    )
    _add_resource(set_)
    set_.add_argument(
        "changes",
        nargs="+",
        metavar="PATH=VALUE",
        help="as tags.owner=someone, scalingConfig.minSize=2, spec.replicas=null (to remove),"
        " live.status=Failed; a value is JSON, or else a string",
    )
    set_.add_argument(
        "--manager",
        default="",
        help="who does it, as Kubernetes' field managers are named: kube-controller-manager",
    )
    set_.set_defaults(run=_set)

    rm = commands.add_parser("rm", help="delete a resource behind Pulumi's back")
    _add_resource(rm)
    rm.set_defaults(run=_rm)

    add_faults(commands)
    add_quotas(commands)
    add_capacity(commands)
    add_nodes(commands)
    add_types(commands)

    ready = commands.add_parser(
        "ready",
        help="let a resource become ready at once",
        description="End the state that a resource passes through, as Creating; also of one that"
        " the fault `never_ready` has hit.",
    )
    _add_resource(ready)
    ready.set_defaults(run=_ready)

    events = commands.add_parser("events", help="what happened, oldest first")
    events.add_argument("pattern", nargs="?", default="*", help="glob of types")
    events.add_argument("--operation", default="*", help="glob, as create, 'delete*' or fault")
    events.add_argument("--last", type=int, default=_SHOWN_EVENTS, help="how many (default: 50)")
    events.add_argument("--json", action="store_true", help="print JSON")
    events.set_defaults(run=_events)
    return parser


def _add_resource(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="its id, its name in the cloud, or its ARN")
    parser.add_argument("--token", default="*", help="glob of types, where several have the name")
    parser.add_argument("--account", default="", help="account, project or cluster, likewise")


def _shown_default() -> str:
    return str(default_path())


# ---- commands ----


def _ls(store: Store, options: argparse.Namespace) -> int:
    found = store.list(options.provider, options.pattern)
    # Google's operations are there for who polls them; who asks for them sees them.
    rows = [row for row in found if options.pattern != "*" or "/operation:" not in row.token]
    if options.json:
        print(json.dumps([_document(row) for row in rows], indent=2))
        return 0
    table(
        ("TYPE", "NAME", "ID", "WHERE"),
        [(row.token, row.name, row.id, f"{row.account} {row.region}".strip()) for row in rows],
    )
    return 0


def _show(store: Store, options: argparse.Namespace) -> int:
    print(json.dumps(_document(_found(store, options)), indent=2))
    return 0


def _set(store: Store, options: argparse.Namespace) -> int:
    row = _found(store, options)
    pairs: list[tuple[str, object]] = []
    for text in options.changes:
        path, sign, value = str(text).partition("=")
        if not sign:
            raise DriftError(f"{text}: write PATH=VALUE, as tags.owner=someone")
        pairs.append((path, _value(value)))

    def apply(current: Row) -> Row:
        for path, value in pairs:
            current = changed(current, path, value, options.manager)
        return current

    _update(store, row, apply, "update-outside")
    for path, value in pairs:
        print(f"{row.token} {row.id}: {path} = {json.dumps(value)}")
    return 0


def _ready(store: Store, options: argparse.Namespace) -> int:
    row = _found(store, options)
    if not eventual.is_passing(row):
        print(f"{row.token} {row.id} is ready")
        return 0
    _update(store, row, eventual.released, "ready")
    print(f"{row.token} {row.id} is ready now")
    return 0


def _rm(store: Store, options: argparse.Namespace) -> int:
    for row in removed(store, _found(store, options)):
        print(f"deleted {row.token} {row.id}")
    return 0


def _events(store: Store, options: argparse.Namespace) -> int:
    events = store.events(options.pattern, options.operation)[-options.last :]
    if options.json:
        print(json.dumps([_event(event) for event in events], indent=2))
        return 0
    table(
        ("AT", "OPERATION", "OUTCOME", "TYPE", "ID", "DETAIL"),
        [
            (e.at, e.operation, e.outcome, e.token, e.id, e.detail.partition("\n")[0])
            for e in events
        ],
    )
    return 0


# ---- inside ----


def _update(store: Store, row: Row, change: Callable[[Row], Row], operation: str) -> None:
    store.update(
        row.provider,
        row.token,
        row.id,
        change,
        account=row.account,
        region=row.region,
        parent=row.parent,
        operation=operation,
    )


def _found(store: Store, options: argparse.Namespace) -> Row:
    rows = [
        row
        for row in store.find(options.name)
        if fnmatchcase(row.token, options.token) and options.account in {"", row.account}
    ]
    if len(rows) == 1:
        return rows[0]
    if not rows:
        names = {text for row in store.list() for text in (row.name, row.id) if text}
        meant = nearest(options.name, names)
        hint = f"; did you mean {meant}?" if meant else "; see `sandbox/cloud ls`"
        raise NotFoundError(f"nothing is called {options.name}{hint}")
    lines = "".join(f"\n  --token {row.token} --account {row.account}" for row in rows)
    raise NotFoundError(f"{len(rows)} resources are called {options.name}; add one of{lines}")


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _document(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__slots__}


def _event(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}
