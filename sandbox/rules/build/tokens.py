"""Which Pulumi type is which Terraform type."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sandbox.rules.build.names import plain, singular
from sandbox.rules.build.overlays import TOKENS
from sandbox.schema import Library

__all__ = ["paired"]

# Inputs that one side has by itself.
_OWN = frozenset({"id", "timeout", "region", "tagsall", "effectivelabel", "terraformlabel"})
_SAME = 0.5


def paired(
    library: Library, resources: Mapping[str, Mapping[str, Any]], known: Mapping[str, str]
) -> dict[str, str]:
    """Terraform's name of each token; `known` is what Pulumi's own metadata says.

    Without metadata the names must say the same (`aws_lambda_alias`, `aws:lambda/alias:Alias`) and
    half of the inputs be the same, or the inputs be all the same and of no other type. Deprecated
    tokens that are aliases of a paired one have its rules.
    """
    found = {token: name for name, token in known.items() if name in resources}
    tokens = [token for token in library.tokens() if not token.startswith("pulumi:")]
    if not known:
        found = _by_name(library, resources, tokens)
    for token in tokens:
        for alias in library.resource(token).aliases:
            if alias in library.tokens() and token in found:
                found.setdefault(alias, found[token])
            elif alias in found:
                found.setdefault(token, found[alias])
    return found


def _by_name(
    library: Library, resources: Mapping[str, Mapping[str, Any]], tokens: list[str]
) -> dict[str, str]:
    inputs = {token: _inputs(library.resource(token).inputs) for token in tokens}
    attributes = {
        name: _inputs(
            key
            for key, value in resource["attributes"].items()
            if value.get("required") or value.get("optional")
        )
        for name, resource in resources.items()
    }
    found = {token: name for name, token in TOKENS.items() if token in inputs}
    taken = set(found.values())
    scored = sorted(
        (
            (_likeness(inputs[token], attributes[name]), _names(token, name), token, name)
            for name in resources
            if name not in taken
            for token in tokens
            if token not in found and inputs[token] & attributes[name]
        ),
        reverse=True,
    )
    equals = Counter(name for score, _, _, name in scored if score == 1)
    for wanted in (2, 1, 0):
        for score, names, token, name in scored:
            if token in found or name in taken or names < wanted:
                continue
            if score >= _SAME and (names or (score == 1 and equals[name] == 1)):
                found[token] = name
                taken.add(name)
    return found


def _inputs(names: Any) -> frozenset[str]:  # noqa: ANN401 - any names
    return frozenset(singular(plain(name)) for name in names) - _OWN


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _names(token: str, name: str) -> int:
    """How far the names agree: 2 entirely, 1 in their end and inputs, 0 not at all."""
    module, noun = token.split(":")[1].partition("/")[0], token.rpartition(":")[2]
    short = plain(name.split("_", 1)[1])
    if short == plain(module) + plain(noun):
        return 2
    return 1 if short.endswith(plain(noun)) or plain(noun).endswith(short) else 0
