"""A model's copy in a bucket of one's own, and what can be known of it before it is made.

`serving:index:ModelCopy` and `serving:index:lookUpCopies` are served by the provider in
`provider/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi

from components.serving_provider import ServingProvider

__all__ = ["LookedUp", "ModelCopy", "RefusedCopy", "look_up_copies"]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A copy that is there whole, or that can be made of so much."""

    there: bool
    file_count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class RefusedCopy:
    """A copy that cannot be made: who was asked, what was said, and the way out."""

    who: str
    said: str
    way_out: str
    unsafe: bool = False
    """Whether the source is there, and its files are not to be loaded."""
    digest: str = ""
    """Of the files, where they were looked into."""


class ModelCopy(pulumi.CustomResource):
    """Made once, before what serves it; deleting it leaves the files for a rollback."""

    uri: pulumi.Output[str]
    file_count: pulumi.Output[int]
    size_bytes: pulumi.Output[int]
    status: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        source: str,
        uri: str,
        digest: str | None = None,
        pickles: bool | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """See `provider/README.md` for what each means."""
        properties: dict[str, Any] = {
            "source": source,
            "uri": uri,
            "digest": digest,
            "pickles": pickles,
            "timeout_seconds": None,
            "file_count": None,
            "size_bytes": None,
            "status": None,
        }
        super().__init__("serving:index:ModelCopy", resource_name, properties, opts)

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


def look_up_copies(
    copies: Sequence[tuple[str, str, str, bool, bool]], provider: ServingProvider
) -> list[LookedUp | RefusedCopy]:
    """Look for copies, and at the sources of those that are not there; answers in their order.

    Each is source, URI of the copy, digest or nothing, whether what serves it loads nothing but
    pickles, and whether its files are looked into.

    Raises:
        Exception: where the provider itself cannot be asked.
    """
    if not copies:
        return []
    asked = [
        {"source": source, "uri": uri, "digest": digest, "pickles": pickles, "judged": judged}
        for source, uri, digest, pickles, judged in copies
    ]
    found = pulumi.runtime.invoke(
        "serving:index:lookUpCopies", {"copies": asked}, pulumi.InvokeOptions(provider=provider)
    )
    return [_told(answer) for answer in cast("dict[str, Any]", found.value)["copies"]]


def _told(answer: dict[str, Any]) -> LookedUp | RefusedCopy:
    if "problem" in answer:
        return RefusedCopy(
            answer["who"],
            answer["said"],
            answer["wayOut"],
            unsafe=answer["problem"] == "unsafe",
            digest=answer["digest"],
        )
    return LookedUp(bool(answer["there"]), int(answer["fileCount"]), int(answer["sizeBytes"]))


_WIRE_NAMES: Final = {
    "timeout_seconds": "timeoutSeconds",
    "file_count": "fileCount",
    "size_bytes": "sizeBytes",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
