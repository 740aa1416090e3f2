"""What of a corpus of manifests are samples: not designs, not forms to be filled in."""

import dataclasses
import re
from typing import Any, cast

from tests.judges.corpora.model import Corpus, Example
from tests.judges.walk import places

__all__ = ["samples"]

# Proposals show what might be built, and what was not.
_DESIGNS = re.compile(r" (geps|design|Documentation/proposals|enhancements)/")
_PLACEHOLDER = re.compile(r"<[\w *.-]+>(\[\])?|\{[A-Z_]+\}|\.\.\.|[A-Z]+_(NAME|[A-Z]*OPERATOR)")


def samples(corpus: Corpus) -> Corpus:
    """The corpus without designs and forms, which are left out by these two rules."""
    kept: list[Example] = []
    left_out = dict(corpus.left_out)
    for example in corpus.examples:
        if _DESIGNS.search(example.name):
            left_out[example.name] = "a design, which need not be built"
        elif any(_is_form(place.value) for r in example.resources for place in places(r.inputs)):
            left_out[example.name] = "a form: parts are to be filled in"
        else:
            kept.append(example)
    return dataclasses.replace(corpus, examples=tuple(kept), left_out=left_out)


def _is_form(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, str):
        return _PLACEHOLDER.fullmatch(value) is not None
    if isinstance(value, list):
        return any(_is_form(item) for item in cast("list[Any]", value))
    # `key: {NAME}` is a form too, which YAML reads as an object.
    if not isinstance(value, dict):
        return False
    named = cast("dict[str, Any]", value)
    return (
        len(named) == 1
        and all(re.fullmatch(r"[A-Z0-9_]+|[a-z]+-id", key) for key in named)
        and (list(named.values()) == [None])
    )
