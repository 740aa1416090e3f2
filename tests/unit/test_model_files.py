"""Which files of a model run code when they are loaded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.model_files import why_unsafe

# Lists of files as repositories of these kinds have them.
GOOD: dict[str, list[str]] = {
    "one file of weights": ["README.md", "config.json", "model.safetensors", "tokenizer.json"],
    "weights in parts": [
        "config.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ],
    "ONNX": ["config.json", "onnx/model.onnx", "onnx/model_quantized.onnx"],
    "ONNX with its data beside it": ["model.onnx", "model.onnx_data"],
    "all frameworks at once": [
        *("config.json", "flax_model.msgpack", "model.safetensors", "pytorch_model.bin"),
        *("rust_model.ot", "tf_model.h5", "vocab.txt"),
    ],
    "what training leaves": ["model.safetensors", "training_args.bin", "optimizer.pt"],
    "an adapter": ["adapter_config.json", "adapter_model.safetensors", "training_args.bin"],
    "the author's own checkpoint": ["model.safetensors", "original/consolidated.00.pth"],
    "ONNX beside what it is no choice of": ["model.onnx", "tf_model.h5", "flax_model.msgpack"],
    "upper case": ["MODEL.SAFETENSORS"],
}
BAD: dict[str, tuple[list[str], str]] = {
    "a legacy checkpoint": (
        ["config.json", "pytorch_model.bin"],
        "its weights are pytorch_model.bin",
    ),
    "TorchScript": (["model.pt"], "its weights are model.pt"),
    "Keras": (["model.keras"], "its weights are model.keras"),
    "nothing": (["README.md"], "it has no file of safetensors or ONNX"),
    "no file": ([], "it has no file of safetensors or ONNX"),
    "weights that PyTorch takes, ONNX beside them": (
        ["model.onnx", "pytorch_model.bin"],
        "pickled weights that are taken before its other ones (pytorch_model.bin)",
    ),
    "weights that PyTorch takes, ONNX below them": (
        ["config.json", "onnx/model.onnx", "pytorch_model.bin"],
        "pickled weights",
    ),
    "safe weights in another folder alone": (
        ["pytorch_model.bin", "unet/model.safetensors", "vae/model.ckpt"],
        "(pytorch_model.bin, vae/model.ckpt)",
    ),
    "weights that PyTorch takes, a safe adapter beside them": (
        ["adapter_config.json", "adapter_model.safetensors", "pytorch_model.bin"],
        "pickled weights",
    ),
    "joblib": (["config.json", "model.joblib"], "pickles"),
    "a pickle beside safe weights": (["model.safetensors", "scaler.pkl"], "pickles"),
    "code": (["model.safetensors", "modeling_x.py"], "code of its own (modeling_x.py)"),
    "code below": (["model.onnx", "src/a/b.py"], "code of its own (src/a/b.py)"),
    "much code": (
        ["model.safetensors", *(f"{name}.py" for name in "abcde")],
        "(a.py, b.py, c.py and 2 more)",
    ),
    "code in upper case": (["model.safetensors", "X.PY"], "code of its own"),
}


@pytest.mark.parametrize("files", GOOD.values(), ids=GOOD)
def test_what_may_be_loaded(files: list[str]) -> None:
    assert why_unsafe(files, remote_code=False, pickles=False) is None
    assert "auto_map" in (why_unsafe(files, remote_code=True, pickles=False) or "")


@pytest.mark.parametrize(("files", "said"), BAD.values(), ids=BAD)
def test_what_is_not_to_be_loaded(files: list[str], said: str) -> None:
    assert said in (why_unsafe(files, remote_code=False, pickles=False) or "")


def test_servers_that_load_pickles_alone() -> None:
    assert why_unsafe(["model.joblib"], remote_code=False, pickles=True) is None
    assert why_unsafe(["model.joblib", "a.py"], remote_code=False, pickles=True)
    assert why_unsafe(["README.md"], remote_code=False, pickles=True)


_NAMES = st.lists(st.text(alphabet="abc./_-", min_size=1, max_size=12))


@given(names=_NAMES, place=st.sampled_from(["", "a/", "a/b/"]), pickles=st.booleans())
def test_code_is_never_loaded(names: list[str], place: str, *, pickles: bool) -> None:
    files = [*names, f"{place}model.safetensors", f"{place}modeling.py"]
    assert why_unsafe(files, remote_code=False, pickles=pickles)


@given(names=_NAMES)
def test_without_a_name_of_weights_nothing_is_loaded(names: list[str]) -> None:
    assert why_unsafe(names, remote_code=False, pickles=False)
