"""`serving invoke` on the sandbox: what was deployed answers, each version in its share."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import redis
import yaml

from runtime.train_example import artifacts_folder
from tests.engine.conftest import ROOT, Sandbox
from tests.engine.test_program import LINKED, Estate
from tests.unit.feature_stores import valkey

pytestmark = pytest.mark.engine

_MODEL: Final = "iris-classifier"
_BODY: Final = '{"instances": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]}'


@pytest.fixture
def estate(sandbox: Sandbox, tmp_path: Path) -> Estate:
    """The example on Lambda alone, as `make up` deploys it."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (root / "stacks/models").glob("*.yaml"):
        if path.stem != _MODEL:
            path.unlink()
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for name in ("Pulumi.yaml", "pyproject.toml", "uv.lock"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    kept = {"model-serving:targets": {"aws": config["model-serving:targets"]["aws"]}}
    (root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": kept}))
    return Estate(sandbox, root)


def deploy(estate: Estate, **changes: Any) -> None:  # noqa: ANN401
    file = estate.model(_MODEL)
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **changes}))
    estate.up()


def ask(estate: Estate, *arguments: str, body: str = _BODY) -> subprocess.CompletedProcess[str]:
    return estate.serving("invoke", _MODEL, "--data", body, *arguments, check=False)


def answer(estate: Estate, *arguments: str) -> dict[str, Any]:
    said = ask(estate, "--json", *arguments)
    assert said.returncode == 0, said.stdout + said.stderr
    return json.loads(said.stdout)


def versions(estate: Estate, count: int, *arguments: str) -> list[str]:
    return [answer(estate, *arguments)["version"] for _ in range(count)]


def candidate(version: str) -> dict[str, str]:
    uri = f"{_MODEL}/{version}/model.onnx"
    digest = hashlib.sha256((artifacts_folder() / uri).read_bytes()).hexdigest()
    return {"uri": f"file:{uri}", "version": version, "digest": f"sha256:{digest}"}


def test_what_is_deployed_answers_each_version_in_its_share(estate: Estate) -> None:
    not_yet = ask(estate)
    assert not_yet.returncode == 6
    deploy(estate)
    said = answer(estate)
    assert (said["status"], said["version"]) == (200, "1.0.0")
    labels = [each["label"] for each in said["answer"]["predictions"]]
    assert labels == ["setosa", "virginica"]
    wrong = ask(estate, body='{"instances": [[1, 2]]}')
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "answered 400" in wrong.stderr
    assert "features[0]: got shape [2]" in wrong.stderr

    newest = candidate("1.1.0")
    deploy(estate, candidate=newest, canary_percent=0)
    assert versions(estate, 2) == ["1.0.0"] * 2
    assert versions(estate, 1, "--candidate") == ["1.1.0"]
    deploy(estate, canary_percent=50)
    assert sorted(versions(estate, 4)) == ["1.0.0"] * 2 + ["1.1.0"] * 2
    deploy(estate, canary_percent=100)
    assert versions(estate, 2) == ["1.1.0"] * 2
    quiet = estate.serving(
        *("up", "--", "--yes", "--skip-preview", "--non-interactive", "--expect-no-changes"),
        check=False,
    )
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr

    # Somebody's upload was cut off: its instances do not start, and callers get no internals.
    for model in (estate.sandbox.home / "packages").glob("*/code/model.onnx"):
        model.write_bytes(model.read_bytes()[:100])
    broken = ask(estate)
    assert (broken.returncode, broken.stdout) == (4, "")
    assert "answered 502" in broken.stderr
    assert "Internal Server Error" in broken.stderr
    log = estate.sandbox.home / "logs/aws/lambda" / f"{_MODEL}-dev.log"
    assert "model.onnx" in log.read_text()
    assert running(estate.sandbox.home) == []


def test_entities_are_answered_by_what_a_store_has_of_them(estate: Estate, tmp_path: Path) -> None:
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    (tmp_path / "valkey").mkdir()
    with valkey(tmp_path / "valkey") as url:
        features = {
            "store": "redis",
            "url": url,
            "entities": {"flower": "integer"},
            "key": "flower:{flower}",
            "features": names,
            # Long, so that a busy machine fails no test.
            "timeout_ms": 10_000,
        }
        client: Any = redis.Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
        with client:
            for flower, row in enumerate(json.loads(_BODY)["instances"]):
                client.hset(f"flower:{flower}", mapping=dict(zip(names, row, strict=True)))
            client.hset("flower:2", mapping=dict.fromkeys(names, "canary"))
        deploy(estate, features=features)
        by_rows = answer(estate)["answer"]["predictions"]
        said = ask(estate, "--json", body='{"entities": [{"flower": 0}, {"flower": 1}]}')
        assert said.returncode == 0, said.stdout + said.stderr
        assert json.loads(said.stdout)["answer"]["predictions"] == by_rows

        unknown = ask(estate, body='{"entities": [{"flower": 9}]}')
        assert "answered 400" in unknown.stderr
        assert "the feature store has nothing for it" in unknown.stderr
        broken = ask(estate, body='{"entities": [{"flower": 2}]}')
        assert "answered 500" in broken.stderr
        assert "the feature store's sepal_length is no float32" in broken.stderr
        assert "canary" not in broken.stdout + broken.stderr
    away = ask(estate, body='{"entities": [{"flower": 0}]}')
    assert "answered 503" in away.stderr
    assert running(estate.sandbox.home) == []


def running(home: Path) -> list[str]:
    """Processes that were left in the sandbox's folder, where the system tells."""
    if sys.platform != "linux":
        return []
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(home):
                found.append(process.name)
        except OSError:
            continue
    return found
