"""From the entities of a request to the rows that the model takes."""

import importlib.util
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from runtime.errors import FeatureFault
from runtime.features.settings import (
    CHARACTERS,
    FeatureSettings,
    FeatureSettingsError,
    read_features,
)
from runtime.features.store import Entity, Store
from runtime.requests import RefusedError, Rows
from runtime.settings import DEFAULT_MAX_ROWS
from runtime.tensors import INTEGER_LIMITS, LARGEST_FLOATS, TensorSpec

__all__ = ["FeatureSource", "source"]

_TEXT: Final = re.compile(f"{CHARACTERS['string']}{{1,256}}")
# As Feast has keys of entities.
_LARGEST_KEY: Final = 2**63 - 1
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def source(
    given: Mapping[str, Any] | None,
    inputs: Sequence[TensorSpec],
    *,
    max_entities: int = DEFAULT_MAX_ROWS,
    environment: Mapping[str, str] | None = None,
) -> "FeatureSource | None":
    """What `MODEL_SERVING_FEATURES` asks for, for a model with these inputs; None for nothing.

    The store is not asked yet: an instance gets ready without it.

    Raises:
        FeatureSettingsError: The settings are wrong, or do not fit the model.
    """
    if given is None:
        return None
    settings = read_features(given, inputs, environment)
    store: Store
    # Its client is imported only where it is used.
    if settings.store == "redis":
        if importlib.util.find_spec("redis") is None:
            raise FeatureSettingsError(
                "features.store: redis needs the package redis, which is not installed here; "
                "install it, or use feast, which needs none"
            )
        from runtime.features.redis_store import RedisStore  # noqa: PLC0415

        try:
            store = RedisStore(settings)
        except ValueError:
            # Its text may quote what follows the question mark.
            raise FeatureSettingsError(
                "features.url: what follows the question mark is no option of Redis"
            ) from None
    else:
        from runtime.features.feast_store import FeastStore  # noqa: PLC0415

        store = FeastStore(settings)
    return FeatureSource(settings, inputs, store, max_entities)


class FeatureSource:
    """Rows for a model from a store; may be asked from several threads."""

    def __init__(
        self,
        settings: FeatureSettings,
        inputs: Sequence[TensorSpec],
        store: Store,
        max_entities: int = DEFAULT_MAX_ROWS,
    ) -> None:
        self._settings = settings
        self._inputs = tuple(inputs)
        self._store = store
        self._max_entities = max_entities

    def rows(self, entities: object) -> Rows:
        """What `Model.predict` takes, for the value of `entities` in a request.

        Raises:
            RefusedError: 400, the entities do not fit or nothing is stored for one; 503, the store
                does not answer.
            FeatureFault: What is stored for one is of another type, or not all of it is there.
            StoreFault: The store refuses what the settings ask for, or answers something else.
        """
        wanted = self._entities(entities)
        found = self._store.read(wanted)
        rows = [self._row(index, values) for index, values in enumerate(found)]
        if len(self._inputs) == 1:
            return cast(list[object], rows)
        columns: dict[str, object] = {}
        for spec in self._inputs:
            place = self._settings.names.index(spec.name)
            columns[spec.name] = [[row[place]] if spec.shape else row[place] for row in rows]
        return columns

    def close(self) -> None:
        """Close the store's connections."""
        self._store.close()

    def _entities(self, given: object) -> list[Entity]:
        keys = ", ".join(self._settings.entities)
        if not isinstance(given, list) or not given:
            raise RefusedError(400, f"entities: use a list of objects with {keys}")
        items = cast(list[object], given)
        if len(items) > self._max_entities:
            raise RefusedError(400, f"entities: got {len(items)}; use at most {self._max_entities}")
        return [self._entity(index, item) for index, item in enumerate(items)]

    def _entity(self, index: int, item: object) -> Entity:
        wanted = self._settings.entities
        if not isinstance(item, dict) or cast(dict[str, object], item).keys() != wanted.keys():
            raise RefusedError(400, f"entities[{index}]: use an object with {', '.join(wanted)}")
        entity = cast(dict[str, object], item)
        for name, kind in wanted.items():
            value = entity[name]
            if kind == "integer":
                fits = isinstance(value, int) and not isinstance(value, bool)
                fits = fits and abs(cast(int, value)) <= _LARGEST_KEY
                allowed = "a whole number"
            else:
                fits = isinstance(value, str) and _TEXT.fullmatch(value) is not None
                allowed = "1 to 256 of letters, digits and . _ @ + = / -"
            if not fits:
                raise RefusedError(400, f"entities[{index}].{name}: use {allowed}")
        return cast(Entity, entity)

    def _row(self, index: int, values: Sequence[object]) -> list[object]:
        names, defaults = self._settings.names, self._settings.defaults
        row: list[object] = []
        missing: list[str] = []
        for name, stored in zip(names, values, strict=True):
            dtype = self._settings.dtypes[name]
            try:
                value = None if stored is None else _value(stored, dtype)
            # The cause quotes the value, which no log may have.
            except (ValueError, TypeError, KeyError, OverflowError):
                told = f"entities[{index}]: the feature store's {name} is no {dtype}"
                raise FeatureFault(told) from None
            if value is not None:
                row.append(value)
            elif name in defaults:
                row.append(defaults[name])
            else:
                missing.append(name)
        if not missing:
            return row
        if all(stored is None for stored in values):
            # Who asks has named somebody that nobody has written of.
            raise RefusedError(400, f"entities[{index}]: the feature store has nothing for it")
        raise FeatureFault(
            f"entities[{index}]: the feature store has no {', '.join(missing[:10])} for it"
        )


def _value(value: object, dtype: str) -> object:
    """A stored value as the model's type; None for a number that is none.

    Texts are read as Redis has them. Not a number is how tables write that there is no value.
    """
    plain = value.decode() if isinstance(value, bytes) else value
    return _READERS[dtype.rstrip("0123456789").removeprefix("u")](plain, dtype)


def _text(value: object, _: str) -> object:
    if isinstance(value, str):
        return value
    raise ValueError


def _boolean(value: object, _: str) -> object:
    return value if isinstance(value, bool) else _BOOLEANS[str(value).lower()]


def _integer(value: object, dtype: str) -> object:
    if isinstance(value, bool | float):
        raise TypeError
    number = int(cast(Any, value))
    low, high = INTEGER_LIMITS[dtype]
    if not low <= number <= high:
        raise OverflowError
    return number


def _number(value: object, dtype: str) -> object:
    number = float(cast(Any, value))
    if math.isnan(number):
        return None
    if isinstance(value, bool) or abs(number) > LARGEST_FLOATS[dtype]:
        raise OverflowError
    return number


_READERS: Final = {"str": _text, "bool": _boolean, "int": _integer, "float": _number}
