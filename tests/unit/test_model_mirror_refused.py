"""What is not copied: told by a look before, and by the copying itself."""

from typing import Final

import pytest

from provider.errors import ProviderError
from provider.mirror.protocol import CopyError
from sandbox.seed_registries import COMMITS
from tests.unit.model_copies import HUB, Copies, copies
from tests.unit.test_model_registries import registries

__all__ = ["copies", "registries"]


# What is asked to be copied to where, a part of what is said, and of the way out.
REFUSED: Final[dict[str, tuple[str, str, str, str]]] = {
    "no bucket": (HUB, "s3://nobodys/m/1/a/", "NoSuchBucket", "correct its name"),
    "no container": (
        HUB,
        "https://ourmodels.blob.core.windows.net/nobodys/m/1/a/",
        "ContainerNotFound",
        "correct its name",
    ),
    "no blob": (
        "https://ourmodels.blob.core.windows.net/our-models/none",
        "s3://our-models/m/1/none",
        "nothing at none",
        "Correct",
    ),
    "no bucket there": (HUB, "gs://nobodys/m/1/a/", "bucket does not exist", "correct its name"),
    "no source": ("s3://our-models/none", "s3://our-models/m/1/none", "nothing at none", "Correct"),
    "no object": ("gs://our-models/none", "s3://our-models/m/1/none", "nothing at none", "Correct"),
    "no bucket here": ("s3://nobodys/a", "s3://our-models/m/1/a", "NoSuchBucket", "Make it"),
    "gated": (
        f"hf://example/assistant-gated@{COMMITS[0]}",
        "s3://our-models/m/1/a/",
        "is gated",
        "HF_TOKEN",
    ),
    "no commit": (
        f"hf://example/assistant@{'0' * 40}",
        "s3://our-models/m/1/a/",
        "no branch",
        "Name",
    ),
}
UNSAFE: Final = {
    f"hf://example/remote-code@{COMMITS[0]}": "brings code of its own",
    f"hf://example/pickled@{COMMITS[0]}": "no file of safetensors or ONNX",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_copied_is_told_before(copies: Copies, case: str) -> None:
    source, uri, said, way_out = REFUSED[case]
    fits: dict[str, object] = {"source": HUB, "uri": "s3://our-models/mirror/x/1/a/"}
    found, other = copies.look({"source": source, "uri": uri}, fits)
    assert found["problem"] == "refused"
    assert said in found["said"]
    assert way_out in found["wayOut"]
    assert other["there"] is False
    assert other["fileCount"] == 3
    with pytest.raises(ProviderError, match=said):
        copies.copy(source, uri)


@pytest.mark.parametrize(("source", "said"), UNSAFE.items(), ids=UNSAFE)
def test_files_that_run_code_are_not_copied(copies: Copies, source: str, said: str) -> None:
    uri = "s3://our-models/mirror/x/1/a/"
    (found,) = copies.look({"source": source, "uri": uri})
    assert found["problem"] == "unsafe"
    assert said in found["said"]
    with pytest.raises(CopyError, match=said):
        copies.copy(source, uri)
    assert copies.there("s3", "our-models/mirror/") == {}
