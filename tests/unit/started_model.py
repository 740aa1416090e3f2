"""The example's model as an instance of a function has it: named by the environment, and loaded."""

from collections.abc import Iterator

import pytest

from runtime import train_example
from runtime.inference import Model
from runtime.loading import started

__all__ = ["model"]


@pytest.fixture(scope="module", autouse=True)
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """Loaded for all tests of a module."""
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_SERVING_MODEL_PATH", str(path))
        started.cache_clear()
        yield started().model
    started.cache_clear()
