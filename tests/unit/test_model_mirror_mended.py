"""What was done to a copy of a model since it was made: told, and mended with what it was."""

from typing import Final

import pytest

from provider.mirror.model_copy_inputs import changes
from provider.mirror.protocol import CopyError
from tests.unit.model_copies import BASES, FILE, FOLDER, SCHEMES, Copies, copies, there_too
from tests.unit.test_model_registries import registries

__all__ = ["copies", "registries"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_was_done_to_a_copy_is_told_and_mended(copies: Copies, scheme: str) -> None:
    source, uri = "s3://our-models/source/1.0/", f"{BASES[scheme]}mirror/churn/1.0-x/1.0/"
    asked: dict[str, object] = {"source": source, "uri": uri}
    copies.copy(source, uri)
    before = copies.there(scheme, "our-models/mirror/churn/1.0-x/1.0/")
    copies.remove(scheme, "our-models/mirror/churn/1.0-x/1.0/MLmodel")
    copies.put(scheme, "our-models", "mirror/churn/1.0-x/1.0/data/model.pkl", FILE[::-1])
    found = copies.read(uri, **asked)
    assert found is not None
    for said in ("MLmodel is gone", "model.pkl was changed"):
        assert said in str(found["status"])
    assert changes(found, asked) == {"status": False}
    assert copies.look(asked)[0]["there"] is False
    copies.copy(source, uri)
    assert copies.there(scheme, "our-models/mirror/churn/1.0-x/1.0/") == before

    # A folder that a console made is nothing.
    copies.put(scheme, "our-models", "mirror/churn/1.0-x/1.0/looked/", b"")
    found = copies.read(uri, **asked)
    assert found is not None
    assert found["status"] == "whole"

    # What does not belong there would be loaded: it is nobody's here to take away.
    copies.put(scheme, "our-models", "mirror/churn/1.0-x/1.0/other.pkl", b"code")
    found = copies.read(uri, **asked)
    assert found is not None
    assert "other.pkl is not of the model" in str(found["status"])
    with pytest.raises(CopyError, match=r"other\.pkl\. Remove it: servers would load it"):
        copies.copy(source, uri)

    # Without its manifest there is no copy.
    copies.remove(scheme, "our-models/mirror/churn/1.0-x/.model-copy.json")
    assert copies.read(uri, **asked) is None


# What was written to the source since it was copied, and whether what the copy has lost, which is
# MLmodel, can still come from there.
WRITTEN: Final = {
    "the file that is gone": ("MLmodel", FOLDER["MLmodel"][::-1], False),
    "one of another size": ("MLmodel", b"more than was there", False),
    "one that is still there": ("data/model.pkl", FILE[::-1], True),
    "one more": ("other", b"of a later version", True),
}


@pytest.mark.parametrize(("of", "to"), [("s3", "s3"), ("gs", "gs"), ("blob", "s3"), ("s3", "gs")])
@pytest.mark.parametrize("case", WRITTEN)
def test_a_copy_is_mended_with_what_it_was_alone(
    copies: Copies, case: str, of: str, to: str
) -> None:
    source, uri = f"{BASES[of]}source/1.0/", f"{BASES[to]}mirror/churn/1.0-x/1.0/"
    there_too(copies, of)
    place = "our-models/mirror/churn/1.0-x/1.0/"
    copies.copy(source, uri)
    whole = copies.there(to, place)
    copies.remove(to, f"{place}MLmodel")
    path, content, same = WRITTEN[case]
    copies.put(of, "our-models", f"source/1.0/{path}", content)
    if same:
        assert copies.copy(source, uri)["status"] == "whole"
        assert copies.there(to, place) == whole
        return
    for _ in range(2):
        with pytest.raises(CopyError, match=r"was meant|MLmodel is not there as it was"):
            copies.copy(source, uri)
    found = copies.read(uri, source=source)
    assert found is not None
    assert "MLmodel" in str(found["status"])
    # Who wants what is there now says so.
    for key in copies.there(to, place):
        copies.remove(to, f"{place}{key}")
    copies.remove(to, "our-models/mirror/churn/1.0-x/.model-copy.json")
    assert copies.copy(source, uri)["status"] == "whole"
    assert copies.there(to, place) == {**whole, path: content}


def test_a_place_that_holds_another_copy(copies: Copies) -> None:
    uri = "s3://our-models/mirror/churn/1/1.0/"
    copies.copy("s3://our-models/source/1.0/", uri)
    there_too(copies, "gs")
    other: dict[str, object] = {"source": "gs://our-models/source/1.0/", "uri": uri}
    (found,) = copies.look(other)
    assert "it is one of s3://our-models/source/1.0/" in found["said"]
    with pytest.raises(CopyError, match="it is one of"):
        copies.copy(str(other["source"]), uri)
    read = copies.read(uri, **other)
    assert read is not None
    assert read["status"] == "it is a copy of s3://our-models/source/1.0/"


def test_a_manifest_that_is_none(copies: Copies) -> None:
    uri = "s3://our-models/mirror/churn/1/1.0/"
    for content in (b"{}", b"[]", b"\xff", b'{"format": 2}'):
        copies.put("s3", "our-models", "mirror/churn/1/.model-copy.json", content)
        with pytest.raises(CopyError, match="no manifest of this version"):
            copies.read(uri)
