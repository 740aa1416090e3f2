"""What is no ONNX model is refused before it is loaded, and what is one is not."""

import hashlib
import re
from pathlib import Path
from typing import Any, Final

import onnx  # pyright: ignore[reportMissingTypeStubs]
import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import onnx_file, train_example
from runtime.errors import LoadError, SourceError
from runtime.inference import Model
from runtime.loading import load
from runtime.settings import Settings
from tests.unit.bad_artifacts import BAD_ARTIFACTS, MARKER

# The conformance models that the onnx package brings: every operator, every type.
MODELS: Final = sorted(Path(str(onnx.__file__)).parent.glob("backend/test/data/**/model.onnx"))


@pytest.mark.parametrize("pulled", [False, True], ids=["there", "pulled"])
@pytest.mark.parametrize("name", BAD_ARTIFACTS)
def test_a_bad_artifact_is_not_loaded(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    pulled: bool,
) -> None:
    """Neither with its digest, which says who made it and not what it is, nor without."""
    content, message = BAD_ARTIFACTS[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "artifacts" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(content)
    (tmp_path / "secret").write_bytes(b"12345678")
    store = tmp_path / "store"
    for digest in ("", f"sha256:{hashlib.sha256(content).hexdigest()}"):
        settings = Settings(model_path=path, model_digest=digest)
        if pulled:
            settings = Settings(model_uri=path.as_uri(), model_folder=store, model_digest=digest)
        with pytest.raises((SourceError, LoadError), match=message):
            load(settings)
    assert not list(tmp_path.rglob(MARKER))
    assert not list(store.rglob(".part-*"))


def test_of_a_bad_artifact_nothing_stays(tmp_path: Path) -> None:
    """A file that was pulled is stored once it is known to be a model, and not before."""
    for name, (content, _) in BAD_ARTIFACTS.items():
        path = tmp_path / "model.onnx"
        path.write_bytes(content)
        store = tmp_path / name.replace(" ", "-").replace("'", "")
        with pytest.raises((SourceError, LoadError)):
            load(Settings(model_uri=path.as_uri(), model_folder=store))
        left = [found.read_bytes() for found in store.rglob("*.onnx")]
        # Only ONNX Runtime can tell of these.
        assert not left or content in left
        assert not left or BAD_ARTIFACTS[name][1].startswith("cannot be loaded")


def test_another_digest_is_refused_before_the_file_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(BAD_ARTIFACTS["pickle 4"][0])
    wanted = f"sha256:{'0' * 64}"
    for settings in (
        Settings(model_path=path, model_digest=wanted),
        Settings(model_uri=path.as_uri(), model_folder=tmp_path / "s", model_digest=wanted),
    ):
        with pytest.raises(SourceError, match="has the digest sha256:") as caught:
            load(settings)
        assert wanted in str(caught.value)


@pytest.fixture(scope="module")
def example() -> bytes:
    return train_example.train(train_example.VERSIONS[0])[1]


@given(data=st.data())
def test_a_model_that_is_cut_off_is_never_loaded(
    example: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """At whatever byte; where the fields before are whole, what is left must be a model."""
    length = data.draw(st.integers(0, len(example) - 1))
    path = tmp_path_factory.getbasetemp() / "cut-off.onnx"
    path.write_bytes(example[:length])
    try:
        load(Settings(model_path=path))
    except LoadError:
        return
    # Only metadata may be missing: without its digest a file cannot tell that.
    assert Model(path).predict([[5.1, 3.5, 1.4, 0.2]])


def test_files_of_every_operator_are_onnx_files() -> None:
    """No false refusal by what is read of a file before it is loaded."""
    assert len(MODELS) > 1000
    for path in MODELS:
        onnx_file.check(path)


# Inputs that JSON has not are refused, and the refusal says so.
NO_JSON: Final = (
    r"input \S* is a (seq|optional|sparse|map|tensor\((bfloat|complex|float[48]|u?int[24]))"
)


@pytest.mark.parametrize("path", MODELS[::25], ids=lambda path: path.parent.name)
def test_what_onnx_runtime_loads_is_served(path: Path) -> None:
    onnx_runtime: Any = onnxruntime
    options = onnx_runtime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnx_runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        message = NO_JSON
    except Exception:  # noqa: BLE001 - many operators are newer than it
        message = "cannot be loaded"
    try:
        Model(path)
    except LoadError as error:
        reason = str(error)
    else:
        reason = ""
    assert not reason or re.search(message, reason)
