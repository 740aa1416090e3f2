"""What docs/lambda.md says is so."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from facts import lambda_cold_start, lambda_serving
from facts.lambda_cold_start import Package, cold_start_ms
from stacks.settings.load import load
from stacks.targets import TARGETS, arguments
from tests.unit.component_mocks import record
from tests.unit.lambda_spaces import make_packages
from tests.unit.settings_project import Project

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "docs/lambda.md").read_text(encoding="utf-8")
_MORE: list[str] = re.findall(r"```yaml\n# more of prices\n(.*?)```", _TEXT, re.DOTALL)
_STACKS: list[str] = re.findall(r"```yaml\n# Pulumi\.docs\.yaml[^\n]*\n(.*?)```", _TEXT, re.DOTALL)


def _taken(folder: Path, monkeypatch: pytest.MonkeyPatch, stack: str, more: str) -> dict[str, Any]:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(folder / "cache"))
    (folder / "stacks/models").mkdir(parents=True)
    least = re.search(r"```yaml\n# stacks/models/prices\.yaml\n(.*?)```", _TEXT, re.DOTALL)
    assert least
    (folder / "Pulumi.docs.yaml").write_text(stack, encoding="utf-8")
    model: dict[str, Any] = yaml.safe_load(least[1]) | (yaml.safe_load(more) or {})
    (folder / "stacks/models/prices.yaml").write_text(yaml.safe_dump(model), encoding="utf-8")
    make_packages(Project(folder), "prices")
    asked = arguments(folder, load(folder, "docs"), "prices")
    record(TARGETS["lambda"].component(), "prices", asked)
    return asked


@pytest.mark.parametrize("more", ["", *_MORE], ids=range(len(_MORE) + 1))
def test_the_examples_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    _taken(tmp_path, monkeypatch, _STACKS[0], more)


@pytest.mark.parametrize("stack", _STACKS, ids=range(len(_STACKS)))
def test_the_environments_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: str
) -> None:
    asked = _taken(tmp_path, monkeypatch, stack, "")
    said: dict[str, Any] = yaml.safe_load(stack)["config"]["model-serving:targets"]
    shared = said.get("lambda_function", {})
    assert {key: asked[key] for key in shared} == shared


def test_the_estimate_is_the_one_that_is_told() -> None:
    (row,) = (line for line in _TEXT.splitlines() if line.startswith("| nothing |"))
    base, per_zip, image, imports, per_model, pulled = (
        float(each.replace(",", "")) for each in re.findall(r"\d[\d,.]*", row)
    )
    assert cold_start_ms(Package(0), "none") == base + imports
    assert cold_start_ms(Package(1), "none") == base + imports + per_zip
    assert cold_start_ms(Package(None), "none") == base + imports + image
    with_model = cold_start_ms(Package(0, 1), "none")
    assert with_model == base + imports + per_model
    assert cold_start_ms(Package(0, 1, pulled=True), "none") == with_model + pulled
    (row,) = (line for line in _TEXT.splitlines() if line.startswith("| SnapStart |"))
    fixed, per_mib = (float(each) for each in re.findall(r"\d[\d.]*", row))
    growth = cold_start_ms(Package(0, 100), "snap_start") - cold_start_ms(
        Package(0, 0), "snap_start"
    )
    assert growth / 100 == pytest.approx(per_mib, abs=0.05)
    assert cold_start_ms(Package(0, 0), "snap_start") > fixed
    assert f"| {cold_start_ms(Package(0), 'provisioned'):g} |" in _TEXT
    assert lambda_cold_start.MODES == ("none", "snap_start", "provisioned")


@pytest.mark.parametrize(
    "told",
    [
        f"{(lambda_serving.PACKAGE_UPLOAD_BYTES.maximum or 0) / 2**20:g} MiB",
        f"{(lambda_serving.PACKAGE_UNZIPPED_BYTES.maximum or 0) / 2**20:g} MiB",
        f"{lambda_serving.SNAP_START_STORAGE_MIB.maximum:g} MiB of ephemeral storage",
        f"min({lambda_serving.ALIAS_REQUESTS_PER_SECOND}, 1000",
        f"without it: {lambda_serving.DEFAULT_RATE_PER_SECOND}",
    ],
)
def test_each_limit_is_told(told: str) -> None:
    assert told in _TEXT
