"""Trains the example model: a small random forest that names iris species, as ONNX.

`python -m runtime.train_example` writes `<cache>/artifacts/iris-classifier/<version>/model.onnx`
for each version, with the same bytes on every run, and prints the digests. The cache is
`MODEL_SERVING_CACHE`, or `.cache` in the project.
"""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

__all__ = ["NAME", "VERSIONS", "Version", "artifacts_folder", "model_path", "train", "write"]

NAME: Final = "iris-classifier"


@dataclass(frozen=True, slots=True)
class Version:
    """What one version is trained with."""

    version: str
    trees: int
    depth: int


VERSIONS: Final = (Version("1.0.0", trees=20, depth=3), Version("1.1.0", trees=40, depth=5))


def artifacts_folder() -> Path:
    """Where artifacts are: `MODEL_SERVING_CACHE`/artifacts, or the project's own cache."""
    given = os.environ.get("MODEL_SERVING_CACHE")
    cache = Path(given) if given else Path(__file__).resolve().parent.parent / ".cache"
    return cache / "artifacts"


def model_path(version: str) -> Path:
    """The ONNX file of a version."""
    return artifacts_folder() / NAME / version / "model.onnx"


def train(version: Version) -> tuple[Any, bytes]:
    """The fitted scikit-learn classifier and its ONNX bytes, the same on every run."""
    # Seconds of imports, wanted only when something is trained.
    from sklearn.datasets import load_iris  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    from runtime.convert import convert  # noqa: PLC0415

    iris = cast(Any, load_iris())
    classifier: Any = RandomForestClassifier(
        n_estimators=version.trees, max_depth=version.depth, random_state=0, n_jobs=1
    )
    rows = iris.data.astype("float32")
    classifier.fit(rows, iris.target)
    labels = [str(label) for label in iris.target_names]
    return classifier, convert(classifier, rows, name=NAME, version=version.version, labels=labels)


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


def main() -> int:
    """Train every version that is not there yet, and print each digest."""
    for version in VERSIONS:
        path = model_path(version.version)
        if not path.exists():
            write(path, train(version)[1])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{NAME} {version.version} sha256:{digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
