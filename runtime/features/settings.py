"""The settings of online features, held against the signature of the model that they are for."""

import os
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

from runtime.tensors import INTEGER_LIMITS, LARGEST_FLOATS, TensorSpec

__all__ = ["FeatureSettings", "FeatureSettingsError", "read_features"]

SCHEMES: Final = {"redis": ("redis", "rediss"), "feast": ("http", "https")}
# What a value of an entity is made of, by its kind; what separates two in a key is none of it, so
# that no entity's key is another's.
CHARACTERS: Final = {"integer": "[0-9-]", "string": "[A-Za-z0-9._@+=/-]"}
ENTITY_KINDS: Final = tuple(CHARACTERS)
DEFAULT_TIMEOUT_MS: Final = 100
DEFAULT_MAX_CONNECTIONS: Final = 16
# A caller waits for the store before the model is asked: more than a minute is a mistake in units.
MAX_TIMEOUT_MS: Final = 60_000
MAX_CONNECTIONS: Final = 1000

_KEYS: Final = frozenset(
    {
        *("store", "url", "entities", "features", "key", "defaults"),
        *("timeout_ms", "max_connections", "secret_variable", "username"),
    }
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class FeatureSettingsError(Exception):
    """The settings are wrong, or do not fit the model; the text names every problem."""


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """The settings, checked.

    `references` are what the store is asked for, `names` the features' own names in the same order.
    `dtypes` has each feature's type as the model takes it, `key` Redis's template of a key.
    """

    store: str
    # The address may hold a password: neither is printed.
    url: str = field(repr=False)
    entities: Mapping[str, str]
    references: tuple[str, ...]
    names: tuple[str, ...]
    dtypes: Mapping[str, str]
    key: str = ""
    defaults: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    timeout_seconds: float = DEFAULT_TIMEOUT_MS / 1000
    max_connections: int = DEFAULT_MAX_CONNECTIONS
    username: str = ""
    secret: str = field(default="", repr=False)


def read_features(
    given: Mapping[str, Any],
    inputs: Sequence[TensorSpec],
    environment: Mapping[str, str] | None = None,
) -> FeatureSettings:
    """The settings for a model with these inputs.

    Raises:
        FeatureSettingsError: A key is wrong, or the features are not those of the model.
    """
    return _Reader(given, inputs, os.environ if environment is None else environment).settings()


class _Reader:
    """Reads every key, and keeps each problem until the end."""

    def __init__(
        self,
        given: Mapping[str, Any],
        inputs: Sequence[TensorSpec],
        environment: Mapping[str, str],
    ) -> None:
        self._given = given
        self._inputs = inputs
        self._environment = environment
        self._problems: list[str] = []

    def settings(self) -> FeatureSettings:
        for key in sorted(set(self._given) - _KEYS):
            self._add(key[:64], f"there is no such key; use {', '.join(sorted(_KEYS))}")
        store = self._store()
        entities = self._entities()
        references = self._references(store)
        names = tuple(reference.rpartition(":")[2] for reference in references)
        dtypes = self._dtypes(names)
        found = FeatureSettings(
            store=store,
            url=self._url(store),
            entities=entities,
            references=references,
            names=names,
            dtypes=dtypes,
            key=self._key(store, entities),
            defaults=self._defaults(dtypes),
            timeout_seconds=self._number("timeout_ms", DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS) / 1000,
            max_connections=self._number(
                "max_connections", DEFAULT_MAX_CONNECTIONS, MAX_CONNECTIONS
            ),
            username=self._username(store),
            secret=self._secret(),
        )
        if self._problems:
            raise FeatureSettingsError("; ".join(self._problems))
        return found

    def _add(self, key: str, problem: str) -> None:
        self._problems.append(f"features.{key}: {problem}")

    def _store(self) -> str:
        store = self._given.get("store")
        if store in SCHEMES:
            return cast(str, store)
        self._add("store", f"use one of {', '.join(SCHEMES)}")
        return ""

    def _url(self, store: str) -> str:
        url = self._given.get("url")
        schemes = SCHEMES.get(store, ())
        try:
            parts = urlsplit(url) if isinstance(url, str) else None
            # An address may hold a password: what came is not repeated.
            fits = parts is not None and parts.scheme in schemes and bool(parts.hostname)
            fits = fits and (parts is None or parts.port is None or parts.port > 0)
        except ValueError:
            fits = False
        if store and not fits:
            ways = " or ".join(f"{scheme}://host:port" for scheme in schemes)
            self._add("url", f"use {ways}")
        return cast(str, url) if fits else ""

    def _entities(self) -> Mapping[str, str]:
        given = self._given.get("entities")
        if not isinstance(given, dict) or not given:
            self._add("entities", 'use an object such as {"customer_id": "integer"}')
            return {}
        entities = cast(dict[str, object], given)
        for name, kind in entities.items():
            if not _NAME.fullmatch(name):
                self._add(f"entities.{name[:64]}", "use letters, digits and _ for the name")
            if kind not in ENTITY_KINDS:
                self._add(f"entities.{name[:64]}", f"use one of {', '.join(ENTITY_KINDS)}")
        return cast(dict[str, str], entities)

    def _references(self, store: str) -> tuple[str, ...]:
        given = self._given.get("features")
        if given is None and store == "redis" and len(self._inputs) > 1:
            return tuple(spec.name for spec in self._inputs)
        items = cast(list[object], given) if isinstance(given, list) else []
        references = tuple(item for item in items if isinstance(item, str) and item)
        if not references or len(references) != len(items):
            example = '"view:feature"' if store == "feast" else '"age"'
            self._add("features", f"use a list of names such as [{example}]")
            return ()
        if store == "feast" and not all(item.count(":") == 1 for item in references):
            self._add("features", "use Feast's full names, such as view:feature")
            return ()
        return references

    def _dtypes(self, names: Sequence[str]) -> Mapping[str, str]:
        """The type of each feature; a problem when they are not what the model takes."""
        if len(set(names)) != len(names):
            self._add("features", "a name is there twice")
        if not names:
            return {}
        if len(self._inputs) == 1:
            (spec,) = self._inputs
            if len(spec.shape) != 1 or spec.shape[0] not in (None, len(names)):
                self._add("features", f"got {len(names)}; the model takes {spec}")
            return dict.fromkeys(names, spec.dtype)
        for spec in self._inputs:
            if spec.scalar or spec.shape not in ((), (1,), (None,)):
                self._add("features", f"one feature is no row of the model's input {spec}")
        inputs = {spec.name: spec.dtype for spec in self._inputs}
        if set(names) != set(inputs):
            self._add("features", f"use one for each input of the model: {', '.join(inputs)}")
        return {name: inputs[name] for name in names if name in inputs}

    def _key(self, store: str, entities: Mapping[str, str]) -> str:
        given = self._given.get("key")
        if store != "redis":
            if given is not None:
                self._add("key", "only Redis has keys; leave it out")
            return ""
        if given is None:
            return ":".join(f"{name}:{{{name}}}" for name in entities)
        try:
            parts = list(string.Formatter().parse(given))
        except (TypeError, ValueError):
            parts = []
        fields = [part[1:] for part in parts if part[1] is not None]
        wanted = [(name, "", None) for name in entities]
        # As texts, because a conversion is None or a text.
        if sorted(fields, key=str) != sorted(wanted, key=str):
            names = ", ".join(f"{{{name}}}" for name in entities)
            self._add("key", f"use a text that has each of {names} once")
            return ""
        if open_end := _open_end([part[:2] for part in parts], entities):
            self._add("key", f"after {{{open_end}}} use a character that no value has, such as :")
        return cast(str, given)

    def _defaults(self, dtypes: Mapping[str, str]) -> Mapping[str, object]:
        given = self._given.get("defaults", {})
        if not isinstance(given, dict):
            self._add("defaults", 'use an object such as {"age": 0}')
            return {}
        defaults = cast(dict[str, object], given)
        for name, value in defaults.items():
            if name not in dtypes:
                self._add(f"defaults.{name[:64]}", f"use one of {', '.join(dtypes)}")
            elif not _fits(value, dtypes[name]):
                self._add(f"defaults.{name}", f"use a value that is a {dtypes[name]}")
        return defaults

    def _number(self, key: str, default: int, most: int) -> int:
        value = self._given.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return value
        self._add(key, f"use a whole number from 1 to {most}")
        return default

    def _username(self, store: str) -> str:
        username = self._given.get("username", "")
        if not isinstance(username, str) or (username and store == "feast"):
            self._add("username", "it is the text that names Redis's user")
            return ""
        return username

    def _secret(self) -> str:
        variable = self._given.get("secret_variable")
        if variable is None:
            return ""
        if not isinstance(variable, str) or not _NAME.fullmatch(variable):
            self._add("secret_variable", "use the name of an environment variable")
            return ""
        secret = self._environment.get(variable, "")
        if not secret:
            self._add("secret_variable", f"the environment has no {variable}")
        return secret


def _open_end(parts: Sequence[tuple[str, str | None]], entities: Mapping[str, str]) -> str:
    """The first name whose value could go on into the next one's; empty for none."""
    left, between = "", ""
    for text, name in parts:
        between += text
        if name is None:
            continue
        characters = CHARACTERS.get(entities.get(left, ""), ".")
        if left and (not between or re.match(characters, between)):
            return left
        left, between = name, ""
    return ""


def _fits(value: object, dtype: str) -> bool:
    if dtype == "str":
        return isinstance(value, str)
    if dtype == "bool" or isinstance(value, bool):
        return dtype == "bool" and isinstance(value, bool)
    if dtype in INTEGER_LIMITS:
        low, high = INTEGER_LIMITS[dtype]
        return isinstance(value, int) and low <= value <= high
    return isinstance(value, int | float) and abs(value) <= LARGEST_FLOATS[dtype]
