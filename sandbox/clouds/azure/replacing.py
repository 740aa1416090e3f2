"""Which changes pulumi-azure-native replaces for, and which it takes for none.

Source: provider/pkg/provider/diff.go of pulumi-azure-native 3; the listed paths are in
`sandbox/rules/azure-native.json`.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from typing_extensions import override

from sandbox.diff import Change, Replaces
from sandbox.values import listed, mapped

__all__ = ["ArmReplaces", "counted"]

# Lists whose items count too. Those that the API itself marks as create-only are looked at as a
# whole: an item that changes, comes or goes is updated.
_BY_ITEM = frozenset({"networkProfile.nodePublicIPTags", "networkProfile.serviceCidrs", "scopes"})
# The part of an id whose case does not count, and the names after it.
_ID = re.compile(
    r"(/subscriptions/.+?/resourcegroups/.+?/providers/microsoft.+?/)(.*)", re.IGNORECASE
)
_STEP = re.compile(r"\[(?P<index>\d+)\]|(?P<name>[^.\[\]]+)")


class ArmReplaces(Replaces):
    """A listed property replaces when it comes or changes, and so does all that is in an object.

    An object that comes or goes as a whole is updated, whatever is immutable in it.
    """

    __slots__ = ()

    @override
    def needs(self, change: Change) -> bool:
        return any(_needs(path, change) for path in self.paths)


def _needs(path: str, change: Change) -> bool:
    found = _place(path).match(change.path)
    if found is None:
        return False
    return not found["item"] or path in _BY_ITEM


@functools.cache
def _place(path: str) -> re.Pattern[str]:
    """A listed path in the engine's spelling: of `rules.name`, `rules[0].name`."""
    names = r"(?:\[\d+\])?\.".join(map(re.escape, path.split(".")))
    return re.compile(rf"{names}(?:(?P<item>\[\d)|\.|$)")


def counted(
    found: Iterable[Change],
    replaced: Iterable[str],
    state: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> list[Change]:
    """The changes without those that the provider makes nothing of.

    A listed property that the program no longer gives stays as it is, a switch that it now says is
    off was off before, and ids are the same whatever the case of what is before their names.
    """
    kept = frozenset(replaced)
    return [
        change
        for change in found
        if not (_is_left_out(change, kept) or _is_still_off(change))
        and not _is_same(_at(state, change.path), _at(inputs, change.path))
    ]


def _is_left_out(change: Change, replaced: frozenset[str]) -> bool:
    name = ".".join(change.names)
    return change.kind == "delete" and name in replaced and not change.path.endswith("]")


def _is_still_off(change: Change) -> bool:
    return change.kind == "add" and len(change.names) == 1 and change.whole == (False,)


def _is_same(old: object, new: object) -> bool:
    if not (isinstance(old, str) and isinstance(new, str)):
        return False
    before, after = _ID.match(old), _ID.match(new)
    if before is None or after is None:
        return False
    return before[1].lower() == after[1].lower() and before[2] == after[2]


def _at(document: object, path: str) -> Any:  # noqa: ANN401 - JSON
    """What the engine's path leads to; None where it leads nowhere."""
    for step in _STEP.finditer(path):
        if step["index"] is not None:
            items = listed(document)
            document = items[int(step["index"])] if int(step["index"]) < len(items) else None
        else:
            document = mapped(document).get(step["name"])
    return document
