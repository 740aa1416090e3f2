"""Which files of a model run code when they are loaded.

Sources, read 2026-11-26: https://docs.python.org/3/library/pickle.html (unpickling can run any
code); https://huggingface.co/docs/hub/security-pickle;
https://huggingface.co/docs/transformers/models#custom-models (`auto_map`, remote code).
"""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

__all__ = ["ARCHIVES", "CODE", "PICKLES", "judged_as", "needed", "why_unsafe"]

ARCHIVES: Final = (".7z", ".mar", ".tar", ".tar.gz", ".tgz", ".zip")
"""What nobody sees into from outside."""
# By framework and kind of server: whether it loads nothing but pickles. Of others the rule says
# nothing: torchserve's and MLflow's own models are pickles and code, Triton's and TensorFlow's are
# of formats of their own.
_JUDGED: Final = {"huggingface": False, "onnx": False, "sklearn": True, "tgi": False, "vllm": False}

_SAFETENSORS: Final = ".safetensors"
_SAFE: Final = frozenset({_SAFETENSORS, ".onnx"})
# Pickled weights, which `transformers` and vLLM pass by where safetensors are beside or above them;
# of ONNX they know nothing.
_PICKLED_WEIGHTS: Final = frozenset({".bin", ".ckpt", ".pt", ".pth"})
# And those that no loader takes where safetensors or ONNX are there too.
_PASSED_BY: Final = _PICKLED_WEIGHTS | {".h5", ".keras", ".msgpack", ".ot"}
PICKLES: Final = frozenset({".dill", ".joblib", ".pickle", ".pkl"})
"""Endings of what nothing but unpickling reads."""
CODE: Final = frozenset({".dll", ".dylib", ".egg", ".py", ".pyc", ".pyd", ".so", ".whl"})
"""Endings of code."""
# For people who look at a repository.
_SHOWN_THERE: Final = frozenset(
    {".gif", ".jpeg", ".jpg", ".md", ".mp4", ".pdf", ".png", ".svg", ".webp"}
)
_OF_GIT: Final = frozenset({".gitattributes", ".gitignore"})
_SHOWN: Final = 3


def judged_as(framework: str | None, server: str | None = None) -> bool | None:
    """What `pickles` of the rule is for what serves a model; None where it says nothing."""
    return _JUDGED.get(framework or server or "")


def why_unsafe(files: Iterable[str], *, remote_code: bool, pickles: bool) -> str | None:
    """Why files are not to be loaded; None where they may be.

    `remote_code`: the configuration names classes to import, as `auto_map` does. `pickles`: what
    serves them loads nothing else.
    """
    names = sorted(files)
    code = _of(names, CODE)
    if code or remote_code:
        return "it brings code of its own" + (f" ({_shown(code)})" if code else " (auto_map)")
    pickled = _of(names, PICKLES)
    if pickles and (pickled or _of(names, _PASSED_BY)):
        return None
    if pickled:
        return f"it has pickles, which run code when they are loaded ({_shown(pickled)})"
    if not _of(names, _SAFE):
        other = _of(names, _PASSED_BY)
        found = f"; its weights are {_shown(other)}" if other else ""
        return f"it has no file of safetensors or ONNX{found}"
    if taken := _taken(names):
        return f"it has pickled weights that are taken before its other ones ({_shown(taken)})"
    return None


def needed(files: Iterable[str], *, pickles: bool) -> list[str]:
    """What a server needs of a repository that is safe: no pictures, no weights a second time.

    Weights of other formats are left where there are safetensors or ONNX, as the loaders pass them
    by; `pickles` as above.
    """
    names = sorted(files)
    left: frozenset[str] = frozenset() if pickles or not _of(names, _SAFE) else _PASSED_BY
    return [
        name
        for name in names
        if PurePosixPath(name).name not in _OF_GIT
        and PurePosixPath(name).suffix.lower() not in _SHOWN_THERE | left
    ]


def _taken(names: list[str]) -> list[str]:
    """Pickled weights with no safetensors in their folder or above it.

    An adapter's, `adapter_model.safetensors`, stand for no model's own `pytorch_model.bin`.
    """
    safe = [PurePosixPath(name) for name in _of(names, frozenset({_SAFETENSORS}))]
    folders = {path.parent for path in safe}
    of_models = {path.parent for path in safe if not path.name.startswith("adapter_")}
    return [
        name
        for name in _of(names, _PICKLED_WEIGHTS)
        if (of_models if "pytorch_model" in name else folders).isdisjoint(
            PurePosixPath(name).parents
        )
    ]


def _of(names: Iterable[str], endings: frozenset[str]) -> list[str]:
    return [name for name in names if PurePosixPath(name).suffix.lower() in endings]


def _shown(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
