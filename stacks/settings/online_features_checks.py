"""Rules over online features: what fits the store, and where the secret comes from."""

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from stacks.settings.fields import NotKnown
from stacks.settings.models import AnySettings
from stacks.settings.online_features import FEATURES_VARIABLE, OnlineFeatures, WithFeatures
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["online_features"]

_SCHEMES: Final = {"redis": ("redis://", "rediss://"), "feast": ("http://", "https://")}
# By kind of target, the keys that hold variables, secret ones last.
_VARIABLES: Final = ("environment_variables", "env", "secret_environment_variables", "secret_env")


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: AnySettings
    where: PlaceOf

    @property
    def features(self) -> OnlineFeatures:
        """What the file says of them; where it says nothing, no rule is asked."""
        found = self.settings.features if isinstance(self.settings, WithFeatures) else None
        if found is None:
            raise NotKnown("features")
        return found

    def problem(self, key: str, code: str, message: str, *, allowed: str, fix: str = "") -> Problem:
        path: KeyPath = ("features", key)
        return Problem(self.where(path), code, dotted(path), message, allowed=allowed, fix=fix)


def online_features(settings: AnySettings, where: PlaceOf) -> list[Problem]:
    """Problems of a file's `features`, beside those of each key alone."""
    return apply(_RULES, _Asked(settings, where))


def _store(asked: _Asked) -> Iterator[Problem]:
    features = asked.features
    schemes = _SCHEMES[features.store]
    if not features.url.startswith(schemes):
        got = f"got {shown(features.url)}, and store is {features.store}"
        yield asked.problem("url", "MS0580", got, allowed=" or ".join(schemes))
    if features.store == "redis":
        return
    for key in ("key", "username"):
        if getattr(features, key) is not None:
            got = f"got {shown(getattr(features, key))}, and store is feast"
            yield asked.problem(key, "MS0580", got, allowed="with Redis alone", fix="leave it out")
    if not all(name.count(":") == 1 for name in features.features or [""]):
        got = "each of Feast's features has the name of its view"
        yield asked.problem("features", "MS0580", got, allowed="view:feature")


def _key(asked: _Asked) -> Iterator[Problem]:
    features = asked.features
    if features.key is None or features.store == "feast":
        return
    try:
        fields = [field for field in string.Formatter().parse(features.key) if field[1] is not None]
    except ValueError:
        fields = []
    names = sorted(name or "" for _, name, _, _ in fields)
    plain = all(not spec and not conversion for _, _, spec, conversion in fields)
    if not plain or names != sorted(features.entities):
        allowed = "each of " + ", ".join(f"{{{name}}}" for name in features.entities) + " once"
        yield asked.problem("key", "MS0580", f"got {shown(features.key)}", allowed=allowed)


def _defaults(asked: _Asked) -> Iterator[Problem]:
    features = asked.features
    names = [name.rpartition(":")[2] for name in features.features or []]
    for name in features.defaults:
        if names and name not in names:
            got = f"got {shown(name)}, which is none of the features"
            yield asked.problem("defaults", "MS0580", got, allowed=", ".join(names[:20]))
    if len(set(names)) != len(names):
        yield asked.problem("features", "MS0580", "a name is there twice", allowed="each once")


def _variables(asked: _Asked) -> Iterator[Problem]:
    # Not asked of the object: what is wrong in it ends the rule.
    keys = [key for key in _VARIABLES if key in type(asked.settings).model_fields]
    given: dict[str, str] = {}
    for key in keys:
        said: Mapping[str, object] = getattr(asked.settings, key)
        given |= dict.fromkeys(said, key)
    if FEATURES_VARIABLE in given:
        path: KeyPath = (given[FEATURES_VARIABLE], FEATURES_VARIABLE)
        yield Problem(
            asked.where(path),
            "MS0581",
            dotted(path),
            "features says it already",
            fix="take one of the two away",
        )
    secret = asked.features.secret_variable
    if secret is not None and secret not in given:
        secrets = [key for key in _VARIABLES[2:] if key in keys]
        yield asked.problem(
            "secret_variable",
            "MS0582",
            f"got {secret}, and no variable of this name is given",
            allowed=f"a name of {' or '.join(secrets)}" if secrets else "what the image itself has",
            fix="a store without a password in a private network" if not secrets else "",
        )


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _store,
    _key,
    _defaults,
    _variables,
)
