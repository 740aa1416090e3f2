"""`serving:index:lookUpCopies`: whether copies of models are there or could be made, in previews.

A copy that is there is all that is asked for: its source may be gone. Of one that is not, the
source's files are listed and judged; nothing is copied.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from facts.model_mirror import place
from provider.calls import at_once, call
from provider.clients import Clients
from provider.errors import ProviderError, scrub
from provider.input_checks import Problems, no_inputs, shown
from provider.mirror import copying, judging, model_copy_inputs
from provider.mirror.copying import Copy
from provider.mirror.places import source_of, store_of
from provider.mirror.protocol import CopyError
from provider.values import UNKNOWN

__all__ = ["SCHEMA", "TYPE", "answer", "check"]

TYPE: Final = "serving:index:lookUpCopies"
_ANY: Final = {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}}
_INPUTS: Final[dict[str, Any]] = {
    "copies": {
        "type": "array",
        "items": _ANY,
        "description": "`source`, `uri`, `digest`, `pickles` of each, as of a ModelCopy; and "
        "`judged`, where its files are to be looked into.",
    }
}
SCHEMA: Final[dict[str, Any]] = {
    "description": "Whether copies of models are there, and what would be copied where not.",
    "inputs": {"properties": _INPUTS, "required": ["copies"]},
    "outputs": {
        "properties": {
            "copies": {
                "type": "array",
                "items": _ANY,
                "description": (
                    "In their order: `there`, `fileCount` and `sizeBytes`; or `problem` "
                    "(`refused` or `unsafe`), `who` was asked, what was `said`, the `wayOut`, and "
                    "the `digest` of files that were looked into."
                ),
            }
        },
        "required": ["copies"],
    },
}


class _UnsafeError(CopyError):
    """A model whose files are not to be loaded, and the digest of these."""

    def __init__(self, source: str, said: str, digest: str) -> None:
        way_out = "Convert the model to safetensors or ONNX, and name the copy"
        super().__init__(f"a look into {source}", said, way_out, unsafe=True)
        self.digest = digest


def check(inputs: Mapping[str, object]) -> Problems:
    """All problems of the arguments."""
    problems, given = no_inputs(inputs, _INPUTS), inputs.get("copies")
    if given is UNKNOWN:
        return problems
    if not isinstance(given, list):
        return [*problems, ("copies", f"got {shown(given)}; use a list")]
    for number, each in enumerate(cast("list[object]", given)):
        one = cast("dict[str, object]", each) if isinstance(each, dict) else {}
        said = {key: value for key, value in one.items() if value != "" and key != "judged"}
        problems += [
            (f"copies[{number}].{path}", reason)
            for path, reason in model_copy_inputs.check(said)[1]
        ]
    return problems


async def answer(clients: Clients, inputs: Mapping[str, object]) -> dict[str, object]:
    """What there is of each; one that is refused stops no other."""

    async def one(asked: Mapping[str, object]) -> dict[str, object]:
        try:
            return await call(lambda: _looked_up(clients, asked))
        except ProviderError as error:
            known = isinstance(error, CopyError)
            return {
                "problem": "unsafe" if known and error.unsafe else "refused",
                "who": scrub(error.who, ()) if known else "the provider",
                "said": scrub(error.said if known else str(error), ()),
                "wayOut": error.way_out if known else "Look at the credentials",
                "digest": error.digest if isinstance(error, _UnsafeError) else "",
            }

    given = cast("list[Mapping[str, object]]", inputs["copies"])
    return {"copies": await at_once(one, given)}


def _looked_up(clients: Clients, asked: Mapping[str, object]) -> dict[str, object]:
    source, digest, at = (
        str(asked["source"]),
        str(asked.get("digest") or ""),
        place(str(asked["uri"])),
    )
    if at is None:
        raise ProviderError(f"uri: got {asked['uri']!r}")
    copy, store = Copy(source, at, digest), store_of(clients, at)
    manifest, damage = copying.whole(store, copy)
    if manifest is not None:
        copying.refuse_another(manifest, copy)
        # What was changed since is found by a refresh, and told of the resource.
        return {"there": not damage, "fileCount": len(manifest.files), "sizeBytes": manifest.size}
    pickles = bool(asked.get("pickles"))
    model = source_of(clients, source, digest=digest, pickles=pickles)
    files = model.files()
    if asked.get("judged"):
        found = judging.judged(model, pickles=pickles, files=files)
        if found.unsafe:
            raise _UnsafeError(source, found.unsafe, found.digest)
    size = sum(each.size for each in files)
    return {"there": False, "fileCount": len(files), "sizeBytes": size}
