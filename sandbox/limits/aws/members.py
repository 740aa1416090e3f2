"""Which member of a call's input a property is: by its name. `table.py` has the names that differ.

Nothing is guessed: letters without case and separators are the same, or the same but for an English
plural (the SDK speaks of lists in the plural, of blocks of one in the singular), or the same but
for the type's own name before it (`name` and `EndpointName`).
"""

import re
from collections.abc import Iterable

__all__ = ["Names", "nouns"]

_PLURALS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))
_KEPT = ("ss", "us", "is")


class Names:
    """The members of one structure, to be found by the names of properties."""

    def __init__(self, members: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._singular: dict[str, str | None] = {}
        for member in members:
            self._exact[_plain(member)] = member
            word = _singular(_plain(member))
            # A singular of two members is of neither.
            self._singular[word] = None if word in self._singular else member

    def find(self, name: str, own: Iterable[str] = ()) -> str | None:
        """The member that a property is; `own` are names of the type that may stand before it."""
        plain = _plain(name)
        found = self._exact.get(plain) or self._singular.get(_singular(plain))
        if found is None:
            # `name` is `EndpointName`; where both are there, each is itself.
            found = next((m for word in own if (m := self._exact.get(word + plain))), None)
        return found


def nouns(token: str, calls: Iterable[str]) -> tuple[str, ...]:
    """How a type and what its calls make are called: `endpointconfiguration`, `endpointconfig`."""
    made = (call.partition(".")[2].partition("/")[0] for call in calls)
    words = [token.rpartition(":")[2], *(re.sub(r"^[A-Z][a-z]+", "", call) for call in made)]
    return tuple(dict.fromkeys(_plain(word) for word in words if word))


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _singular(word: str) -> str:
    for plural, singular in _PLURALS:
        if word.endswith(plural):
            return word.removesuffix(plural) + singular
    return word.removesuffix("s") if not word.endswith(_KEPT) else word
