"""Which changes pulumi-azure-native replaces for, and which it takes for none.

Source: provider/pkg/provider/diff.go of pulumi-azure-native 3; the listed paths are in
`sandbox/rules/azure-native.json`.
"""

import functools
import re
from collections.abc import Iterable

from typing_extensions import override

from sandbox.diff import Change, Replaces

__all__ = ["ArmReplaces", "unmanaged"]

# Lists whose items count too. Those that the API itself marks as create-only are looked at as a
# whole: an item that changes, comes or goes is updated.
_BY_ITEM = frozenset({"networkProfile.nodePublicIPTags", "networkProfile.serviceCidrs", "scopes"})


class ArmReplaces(Replaces):
    """A listed property replaces when it comes or changes, and so does all that is in an object.

    An object that comes or goes as a whole is updated, whatever is immutable in it.
    """

    __slots__ = ()

    @override
    def needs(self, change: Change) -> bool:
        return any(_needs(path, change) for path in self.paths)


def _needs(listed: str, change: Change) -> bool:
    found = _place(listed).match(change.path)
    if found is None:
        return False
    return not found["item"] or listed in _BY_ITEM


@functools.cache
def _place(listed: str) -> re.Pattern[str]:
    """A listed path in the engine's spelling: of `rules.name`, `rules[0].name`."""
    names = r"(?:\[\d+\])?\.".join(map(re.escape, listed.split(".")))
    return re.compile(rf"{names}(?:(?P<item>\[\d)|\.|$)")


def unmanaged(found: Iterable[Change], listed: Iterable[str]) -> list[Change]:
    """The changes without those that the provider makes nothing of.

    A listed property that the program no longer gives stays as it is, and a switch that it now says
    is off was off before.
    """
    kept = frozenset(listed)
    return [change for change in found if not (_is_left_out(change, kept) or _is_still_off(change))]


def _is_left_out(change: Change, listed: frozenset[str]) -> bool:
    name = ".".join(change.names)
    return change.kind == "delete" and name in listed and not change.path.endswith("]")


def _is_still_off(change: Change) -> bool:
    return change.kind == "add" and len(change.names) == 1 and change.whole == (False,)
