"""The examples in docs/azure-functions.md are settings that work."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.azure.functions.azure_functions_endpoint import AzureFunctionsEndpoint
from facts.capabilities.azure_functions import REFUSALS
from stacks.settings.load import load
from stacks.targets import TARGETS, arguments
from tests.unit.azure_functions_cases import package
from tests.unit.azure_functions_spaces import make_packages
from tests.unit.component_mocks import record
from tests.unit.settings_project import Project

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "docs/azure-functions.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(
    re.findall(r"```yaml\n# (Pulumi\.\S+|stacks/\S+)\n(.*?)```", _TEXT, re.DOTALL)
)
_MORE: list[str] = re.findall(r"```yaml\n# more of payments\n(.*?)```", _TEXT, re.DOTALL)


@pytest.mark.parametrize("more", ["", *_MORE])
def test_the_examples_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    monkeypatch.delenv("MODEL_SERVING_CACHE", raising=False)
    assert len(_MORE) == 3
    (tmp_path / "stacks/models").mkdir(parents=True)
    for path, text in FILES.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    model: dict[str, Any] = yaml.safe_load(FILES["stacks/models/payments.yaml"])
    model |= yaml.safe_load(more) or {}
    (tmp_path / "stacks/models/payments.yaml").write_text(yaml.safe_dump(model), encoding="utf-8")
    make_packages(Project(tmp_path))
    settings = load(tmp_path, "docs", only="payments")
    component = TARGETS["azure_functions"].component()
    recorded = record(component, "payments", arguments(tmp_path, settings, "payments"))
    assert str(recorded.outputs["endpoint_name"]).startswith("payments-docs-")


def test_the_component_takes_its_example() -> None:
    (text,) = re.findall(r"```python\n.*?(\{\n.*?\n    \})", _TEXT, re.DOTALL)
    given = yaml.safe_load(text)
    assert record(AzureFunctionsEndpoint, "fraud", {**given, "code_path": package()}).outputs


def test_codes_are_as_told() -> None:
    codes = sorted(refusal.code for refusal in REFUSALS)
    assert f"({codes[0]} to {codes[-1]})" in _TEXT
