"""Which model a resource belongs to: by the component on top of it, else by its tags."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from delivery.json_values import mapping
from delivery.urn import type_of
from facts import tags
from stacks.settings.model_mirror import COPY_TYPE

__all__ = ["Whose", "kind_of"]

_STACK: Final = "pulumi:pulumi:Stack"
_IDENTITY: Final = "ModelIdentity"
_TAG_PLACES: Final = (("tags",), ("labels",), ("userLabels",), ("metadata", "labels"))


class Whose:
    """`states` are resources of a state, or the old and the new ones of a preview's steps."""

    def __init__(self, states: Iterable[Mapping[str, Any]], models: Collection[str]) -> None:
        self._states: dict[str, Mapping[str, Any]] = {}
        for each in states:
            self._states.setdefault(str(each.get("urn")), each)
        self._models = frozenset(models)
        self._known: dict[str, str | None] = {}

    def __call__(self, urn: str) -> str | None:
        """The model's name; None for what is of the platform."""
        top = self._top(urn)
        if top not in self._known:
            self._known[top] = self._named(top) or self._tagged(top)
        # What is beside a component is known by its own tags.
        return self._known[top]

    def _top(self, urn: str) -> str:
        seen = {urn}
        while above := str(self._states.get(urn, {}).get("parent") or ""):
            if above in seen or type_of(above) == _STACK or above not in self._states:
                break
            seen.add(above)
            urn = above
        return urn

    def _named(self, urn: str) -> str | None:
        name, type_ = urn.rpartition("::")[2], type_of(urn)
        if type_.endswith(_IDENTITY):
            name = name.removesuffix("-identity")
        elif type_ == COPY_TYPE:
            name = name.partition(".")[0]
        return name if name in self._models else None

    def _tagged(self, urn: str) -> str | None:
        inputs = mapping(self._states.get(urn, {}).get("inputs"))
        for place in _TAG_PLACES:
            at: object = inputs
            for key in place:
                at = mapping(at).get(key)
            said = {key: value for key, value in mapping(at).items() if isinstance(value, str)}
            name = tags.read(said).get(tags.MODEL)
            if name in self._models:
                return name
        return None


def kind_of(type_: str) -> str:
    """`Endpoint` of `aws:sagemaker/endpoint:Endpoint`."""
    return type_.rpartition(":")[2]
