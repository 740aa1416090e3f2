"""The limits that a provider's own validators set, from tables that were read of its source.

A real provider asks them at the preview, before the service is asked anything. The tables,
`aws/validators.json` and `gcp/validators.json`, are made by `sandbox/rules/build`; see
`sandbox/rules/README.md` for their words.
"""

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.limits.model import Limit, TypeLimits
from sandbox.limits.regexp import forbidding, translated
from sandbox.schema import Library

__all__ = ["grown", "limit_of", "validators"]

_BOUNDS = {
    "min": "minimum",
    "max": "maximum",
    "min_length": "min_length",
    "max_length": "max_length",
    "min_items": "min_length",
    "max_items": "max_length",
}


def validators(library: Library) -> dict[str, TypeLimits]:
    """The limits of every type that the provider's table has, and the SDK; none without a table."""
    path = Path(__file__).with_name(library.provider) / "validators.json"
    if not path.exists():
        return {}
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    source = f"pulumi-{library.provider}, as {document['source']}"
    tokens = set(library.tokens())
    found: dict[str, TypeLimits] = {}
    for token, checks in document["types"].items():
        limits = {path: limit for path, check in checks.items() if (limit := limit_of(check))}
        if limits and token in tokens:
            found[token] = TypeLimits(source, _page(token), limits, provider=True)
    return found


def grown(own: Mapping[str, TypeLimits], vendor: Mapping[str, TypeLimits]) -> dict[str, TypeLimits]:
    """The providers' limits without enumerations of which the vendor's model has more words.

    A provider of another version may take those, and the model still refuses what is none.
    """
    found: dict[str, TypeLimits] = {}
    for token, limits in own.items():
        model = vendor.get(token, limits).paths
        paths = {
            path: dataclasses.replace(limit, values=()) if _more(limit, model.get(path)) else limit
            for path, limit in limits.paths.items()
        }
        paths = {path: limit for path, limit in paths.items() if limit != Limit()}
        if paths:
            found[token] = dataclasses.replace(limits, paths=paths)
    return found


def _more(own: Limit, model: Limit | None) -> bool:
    """Whether the model has words beyond; the one that stands for none is no choice."""
    if model is None or not own.values:
        return False
    return any(word not in own.values and not word.endswith("UNSPECIFIED") for word in model.values)


def limit_of(check: Mapping[str, Any]) -> Limit | None:
    """A check of the table as a limit; None where Python cannot say anything of it."""
    given: dict[str, Any] = {
        name: check[key] for key, name in _BOUNDS.items() if check.get(key) is not None
    }
    if "max_items" in check or "min_items" in check:
        given["blank"] = True  # An empty list is as none.
    elif given.keys() & {"min_length", "max_length"}:
        given["octets"] = True
    every = [Limit(pattern=python, published=go) for go, python in _patterns(check)]
    every += [Limit(format=name) for name in check.get("format", ())]
    every += [Limit(some=some) for group in check.get("any", ()) if (some := _either(group))]
    if check.get("any_case"):
        words = "|".join(map(re.escape, check["enum"]))
        told = f"{', '.join(check['enum'])} in any case"
        every.append(Limit(pattern=f"(?i:{words})", published=told))
    elif "enum" in check:
        given["values"] = tuple(sorted(check["enum"], key=_size))
    if "not" in check and (pattern := forbidding(tuple(check["not"]))):
        every.append(Limit(forbidden=pattern, published=" or ".join(check["not"])))
    if len(every) == 1 and not given:
        return every[0]
    limit = Limit(**given, every=tuple(every))
    return limit if limit != Limit() else None


def _size(word: str) -> float:
    """What numbers are ordered by; words keep their order."""
    return float(word) if re.fullmatch(r"[0-9]+", word) else 0


def _either(group: list[Mapping[str, Any]]) -> tuple[Limit, ...]:
    """Limits of which one must hold; none where one of them cannot be said."""
    parts = [limit_of(check) for check in group]
    known = tuple(part for part in parts if part is not None)
    return known if len(known) == len(parts) else ()


def _patterns(check: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The patterns as Go and as Python writes them, of those that both can say."""
    found = ((pattern, translated(pattern)) for pattern in check.get("pattern", ()))
    return [(go, python) for go, python in found if python is not None]


def _page(token: str) -> str:
    """The page of the type in Pulumi's registry."""
    package, module, name = token.split(":")
    folder = module.partition("/")[0]
    within = "" if folder == "index" else f"{folder}/"
    return f"https://www.pulumi.com/registry/packages/{package}/api-docs/{within}{name.lower()}/"
