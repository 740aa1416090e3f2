"""The examples in docs/runtime.md run, and its tables are those of the code."""

import json
import re
from pathlib import Path

import pytest

from runtime import lambda_handler, settings
from runtime.loading import started
from runtime.packaging.targets import TARGETS

_TEXT = (Path(__file__).resolve().parents[2] / "docs/runtime.md").read_text(encoding="utf-8")


def test_the_example_becomes_a_model_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/runtime.md", "exec"), {})  # noqa: S102 - it is the example
    assert "'label': 'setosa'" in capsys.readouterr().out

    (request, answer) = re.findall(r'^\{"(?:instances|model_name)".*$', _TEXT, re.MULTILINE)
    monkeypatch.setenv("MODEL_SERVING_MODEL_PATH", str(tmp_path / "model.onnx"))
    started.cache_clear()
    given = lambda_handler.handler({"httpMethod": "POST", "body": request}, None)
    started.cache_clear()
    first = json.loads(given["body"])
    first["predictions"] = first["predictions"][:1]
    rounded = [round(number, 2) for number in first["predictions"][0]["probabilities"]]
    first["predictions"][0]["probabilities"] = rounded
    assert answer == json.dumps(first).removesuffix("]}") + ", …]}"


def test_every_variable_is_in_the_table() -> None:
    variables = set(re.findall(rf"`({settings.PREFIX}[A-Z_]+)`", str(settings.__doc__)))
    assert len(variables) > 10
    assert variables <= set(re.findall(rf"`({settings.PREFIX}[A-Z_]+)`", _TEXT))


def test_every_target_and_its_file_are_in_the_table() -> None:
    for name, target in TARGETS.items():
        assert f"| `{name}` |" in _TEXT
        assert target.file.replace("{architecture}", "<architecture>") in _TEXT
