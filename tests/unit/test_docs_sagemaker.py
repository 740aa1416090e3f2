"""The examples in docs/sagemaker.md are settings that work."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.aws.sagemaker.sagemaker_endpoint import SageMakerEndpoint
from stacks.settings.load import load
from stacks.targets import arguments
from tests.unit.component_mocks import record

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "docs/sagemaker.md").read_text(encoding="utf-8")
_FILES: dict[str, str] = dict(
    re.findall(r"```yaml\n# (Pulumi\.\S+|stacks/\S+)\n(.*?)```", _TEXT, re.DOTALL)
)
_MORE: list[str] = re.findall(r"```yaml\n# more of fraud\n(.*?)```", _TEXT, re.DOTALL)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "stacks/models").mkdir(parents=True)
    for name, text in _FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_there_are_examples() -> None:
    assert "stacks/models/fraud.yaml" in _FILES
    assert len(_MORE) > 5


@pytest.mark.parametrize("stack", ["docs", "shared"])
@pytest.mark.parametrize("more", ["", *_MORE])
def test_the_examples_are_taken(root: Path, stack: str, more: str) -> None:
    model: dict[str, Any] = yaml.safe_load(_FILES["stacks/models/fraud.yaml"])
    model |= yaml.safe_load(more) or {}
    (root / "stacks/models/fraud.yaml").write_text(yaml.safe_dump(model), encoding="utf-8")
    asked = arguments(root, load(root, stack, only="fraud"), "fraud")
    recorded = record(SageMakerEndpoint, "fraud", asked)
    isolated = recorded.inputs["fraud-stable-model"]["enableNetworkIsolation"]
    assert isolated == (stack == "docs")
