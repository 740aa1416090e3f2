"""Enumerations of a provider of another version than the SDK's, or with unread constants."""

import pytest

from sandbox.limits import Limit, TypeLimits
from sandbox.limits.validators import grown
from sandbox.rules.build.names import fields_of
from sandbox.rules.build.validators import Dropped, checks_of
from sandbox.schema import Library

BACKEND = "gcp:compute/backendService:BackendService"
PATH = "backends.[].balancingMode"
QUEUE = "aws:sqs/queue:Queue"


@pytest.mark.parametrize(
    ("model", "kept"),
    [
        (("RATE", "UTILIZATION"), True),
        (("RATE",), True),
        # The word for none is no choice.
        (("MODE_UNSPECIFIED", "RATE", "UTILIZATION"), True),
        (("IN_FLIGHT", "RATE", "UTILIZATION"), False),
    ],
)
def test_an_enumeration_with_fewer_words_than_the_vendors_is_none(
    model: tuple[str, ...], *, kept: bool
) -> None:
    own = {PATH: Limit(values=("RATE", "UTILIZATION")), "name": Limit(max_length=63)}
    found = grown(
        {BACKEND: TypeLimits("provider", "page", own, provider=True)},
        {BACKEND: TypeLimits("vendor", "page", {PATH: Limit(values=model)})},
    )
    assert found[BACKEND].paths == (own if kept else {"name": own["name"]})
    assert found[BACKEND].provider


def test_of_a_type_that_the_vendor_has_no_model_of_everything_stays() -> None:
    own = {BACKEND: TypeLimits("provider", "page", {PATH: Limit(values=("RATE",))})}
    assert grown(own, {}) == own


@pytest.mark.parametrize(("word", "kept"), [("b", True), ("github.com/x/types.B", False)])
def test_an_enumeration_with_an_unresolved_constant_is_none(word: str, *, kept: bool) -> None:
    library, dropped = Library("aws"), Dropped()
    stated = {"name": "StringInSlice", "args": [["a", word], False]}
    attributes = {"name": {"type": "string", "optional": True, "validators": [stated]}}
    declared = library.resource(QUEUE).inputs
    fields = fields_of(library, attributes, declared, {}, [])
    found = checks_of(library, {"source": "x/sqs/queue.go"}, fields, declared, dropped)
    assert found == ({"name": {"enum": ["a", "b"]}} if kept else {})
    assert bool(dropped.names) != kept
