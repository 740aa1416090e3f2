"""What docs/sagemaker.md says of serverless, asynchronous and batch inference is so."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from facts import sagemaker_async, sagemaker_batch, sagemaker_serverless
from facts.limits import Limit
from stacks.settings.load import load
from stacks.targets import TARGETS, arguments
from tests.unit.component_mocks import record

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "docs/sagemaker.md").read_text(encoding="utf-8")
_MODELS = {"churn": "sagemaker_serverless", "captions": "sagemaker_async"}
_MODELS["scores"] = "sagemaker_batch"
_MORE: list[tuple[str, str]] = re.findall(
    rf"```yaml\n# more of ({'|'.join(_MODELS)})\n(.*?)```", _TEXT, re.DOTALL
)
_SAID = [(name, "") for name in _MODELS] + _MORE
_LIMITS = [
    limit
    for module in (sagemaker_async, sagemaker_batch, sagemaker_serverless)
    for limit in vars(module).values()
    if isinstance(limit, Limit)
]


@pytest.mark.parametrize(("name", "more"), _SAID)
def test_the_examples_are_taken(tmp_path: Path, name: str, more: str) -> None:
    (tmp_path / "stacks/models").mkdir(parents=True)
    stack = re.search(r"```yaml\n# Pulumi\.docs\.yaml\n(.*?)```", _TEXT, re.DOTALL)
    least = re.search(rf"```yaml\n# stacks/models/{name}\.yaml\n(.*?)```", _TEXT, re.DOTALL)
    assert stack
    assert least
    (tmp_path / "Pulumi.docs.yaml").write_text(stack[1], encoding="utf-8")
    model: dict[str, Any] = yaml.safe_load(least[1]) | (yaml.safe_load(more) or {})
    assert model["target"] == _MODELS[name]
    (tmp_path / f"stacks/models/{name}.yaml").write_text(yaml.safe_dump(model), encoding="utf-8")
    asked = arguments(tmp_path, load(tmp_path, "docs"), name)
    record(TARGETS[model["target"]].component(), name, asked)


@pytest.mark.parametrize("limit", _LIMITS, ids=lambda limit: limit.name)
def test_each_limit_is_told(limit: Limit) -> None:
    """Its largest value stands in the page, in its own unit or as an hour."""
    _, _, told = _TEXT.partition("## Serverless\n")
    if limit in {sagemaker_async.OUTPUT_URI_LENGTH, sagemaker_async.PER_INSTANCE}:
        return  # The schema tells them.
    assert limit.maximum is not None
    words = {f"{limit.maximum:g}", f"{limit.maximum:,.0f}"}
    if limit is sagemaker_async.INVOCATION_SECONDS:
        words.add("an hour")
    assert any(re.search(rf"(?<![\d,]){re.escape(word)}(?![\d,])", told) for word in words)
