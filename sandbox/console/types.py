"""`sandbox/cloud types`: how deeply each type is checked."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from sandbox.check import nearest
from sandbox.clouds import PROVIDERS, cloud
from sandbox.clouds.base import Depth
from sandbox.console.table import table
from sandbox.store import Store

__all__ = ["NoTypeError", "add_types"]


class NoTypeError(Exception):
    """No type matches."""


def add_types(commands: Any) -> None:  # noqa: ANN401 - a private class of argparse
    """Add the command."""
    types = commands.add_parser(
        "types",
        help="how deeply types are checked",
        description="Each type with what is checked beyond its declared shape: limits of the"
        " vendor's model, rules of the provider (inputs that exclude or need others), references to"
        " what must exist, and checks or states of the sandbox's own. A type without any of them"
        " is checked by its shape only, though it may be known which of its changes replace it.",
    )
    types.add_argument("pattern", nargs="?", default="*", help="glob, as 'aws:sagemaker/*'")
    types.add_argument("--deep", action="store_true", help="leave out those of shape only")
    types.add_argument("--json", action="store_true", help="print JSON")
    types.set_defaults(run=_types)


def _types(store: Store, options: argparse.Namespace) -> int:
    del store
    found = {
        token: depth
        for token, depth in _depths(options.pattern)
        if not (options.deep and depth.shape_only)
    }
    if not found and not options.deep:
        tokens = [token for name in _providers(options.pattern) for token in _tokens(name)]
        meant = nearest(options.pattern, tokens)
        raise NoTypeError(
            f"no type matches {options.pattern}" + (f"; did you mean {meant}?" if meant else "")
        )
    if options.json:
        documents = [
            {"type": token, **asdict(depth), "shape_only": depth.shape_only}
            for token, depth in found.items()
        ]
        print(json.dumps(documents, indent=2))
        return 0
    table(
        ("TYPE", "LIMITS", "RULES", "REFERENCES", "OWN", "REPLACES", "SOURCE"),
        [_line(token, depth) for token, depth in found.items()],
    )
    deep = sum(not depth.shape_only for depth in found.values())
    print(f"{len(found)} types: {deep} checked deeper, {len(found) - deep} by shape only")
    return 0


def _line(token: str, depth: Depth) -> tuple[str, ...]:
    if depth.shape_only:
        return token, "-", "-", "-", "-", str(depth.replaces or "-"), "shape only"
    return (
        token,
        str(depth.limits or "-"),
        str(depth.rules or "-"),
        "yes" if depth.references else "no",
        "yes" if depth.own else "no",
        str(depth.replaces or "-"),
        depth.source,
    )


def _depths(pattern: str) -> Iterator[tuple[str, Depth]]:
    for provider in _providers(pattern):
        stand_in = cloud(provider)
        for token in _tokens(provider):
            if fnmatchcase(token, pattern):
                yield token, stand_in.depth(token)


def _providers(pattern: str) -> list[str]:
    prefix = pattern.partition(":")[0]
    return [name for name in PROVIDERS if fnmatchcase(name, prefix)]


def _tokens(provider: str) -> list[str]:
    tokens = cloud(provider).tokens()
    return sorted(token for token in tokens if not token.startswith("pulumi:"))
