"""On which processor a model runs: the GPU's package never falls back to the CPU in silence."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtime import inference, train_example
from runtime.inference import LoadError, Model

GPU = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    return path


def with_package(
    monkeypatch: pytest.MonkeyPatch, available: list[str], used: list[str]
) -> list[dict[str, Any]]:
    """An ONNX Runtime with these providers, of which a session gets some; how one was made."""
    real: Any = inference._onnx  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    made: list[dict[str, Any]] = []

    def session(path: str, options: object, **more: Any) -> Any:  # noqa: ANN401 - as the real one
        made.append(more)
        found = real.InferenceSession(path, options, providers=[CPU])
        monkeypatch.setattr(found, "get_providers", lambda: used, raising=False)
        return found

    fake = SimpleNamespace(
        SessionOptions=real.SessionOptions,
        InferenceSession=session,
        get_available_providers=lambda: available,
    )
    monkeypatch.setattr(inference, "_onnx", fake)
    return made


def test_the_cpus_package_predicts_by_the_cpu(model: Path) -> None:
    assert Model(model).provider == CPU


def test_the_gpus_package_predicts_by_the_gpu(monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    available = ["TensorrtExecutionProvider", GPU, CPU]
    made = with_package(monkeypatch, available, [GPU, CPU])
    assert Model(model).provider == GPU
    assert made == [{"providers": [GPU, CPU], "enable_fallback": 0}]


def test_the_gpus_package_without_a_gpu_loads_nothing(
    monkeypatch: pytest.MonkeyPatch, model: Path
) -> None:
    with_package(monkeypatch, [GPU, CPU], [CPU])
    with pytest.raises(LoadError, match="this ONNX Runtime is for GPUs, and none can be used"):
        Model(model)
