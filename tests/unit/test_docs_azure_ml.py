"""The examples in docs/azure-ml.md are settings that work."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from facts.azure_ml import ENDPOINT_SIZES, quota_cores
from stacks.settings.load import load
from stacks.targets import TARGETS, arguments
from tests.unit.component_mocks import record

__all__ = ["FILES"]

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "docs/azure-ml.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(
    re.findall(r"```yaml\n# (Pulumi\.\S+|stacks/\S+)\n(.*?)```", _TEXT, re.DOTALL)
)
_MORE: list[tuple[str, str]] = re.findall(r"```yaml\n# more of (\S+)\n(.*?)```", _TEXT, re.DOTALL)
_ALONE = [("fraud", ""), ("fraud-scores", "")]


def test_there_are_examples() -> None:
    assert len(FILES) == 3
    assert {name for name, _ in _MORE} == {"fraud", "fraud-scores"}
    assert len(_MORE) > 6


@pytest.mark.parametrize(("name", "more"), [*_ALONE, *_MORE])
def test_the_examples_are_taken(tmp_path: Path, name: str, more: str) -> None:
    (tmp_path / "stacks/models").mkdir(parents=True)
    for path, text in FILES.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    model: dict[str, Any] = yaml.safe_load(FILES[f"stacks/models/{name}.yaml"])
    model |= yaml.safe_load(more) or {}
    said = {key: value for key, value in model.items() if value is not None}
    (tmp_path / f"stacks/models/{name}.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    settings = load(tmp_path, "docs", only=name)
    component = TARGETS[settings.models[name].target].component()
    recorded = record(component, name, arguments(tmp_path, settings, name))
    assert recorded.outputs["endpoint_name"]


def test_the_quota_is_as_told() -> None:
    assert "12 × 4 = 48 cores" in _TEXT
    assert quota_cores(ENDPOINT_SIZES["Standard_DS3_v2"], 10) == 48
