"""What is generated is fresh, and valid for the project's own files."""

import functools
import json
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml

from delivery.schemas import contents
from facts.accelerators import ACCELERATORS
from stacks.settings.common import Resources
from stacks.settings.validate import allowed

ROOT = Path(__file__).resolve().parents[2]
MODELS = sorted((ROOT / "stacks" / "models").glob("*.yaml"))
ENVIRONMENTS = sorted(ROOT.glob("Pulumi.*.yaml"))


# Not while tests are collected: each worker would take seconds for what one test asks.
generated = functools.cache(contents)


def wrong(name: str, content: Any) -> list[str]:  # noqa: ANN401 - any YAML
    schema = json.loads(generated()[Path(f"docs/schema/{name}.json")])
    jsonschema.Draft7Validator.check_schema(schema)
    found = cast("Any", jsonschema.Draft7Validator(schema)).iter_errors(content)
    return [error.message for error in found]


def test_generated_files_are_fresh() -> None:
    """`serving schema` (in `make docs`) has nothing to change."""
    assert {path: (ROOT / path).read_text(encoding="utf-8") for path in generated()} == generated()


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_model_files_fit_their_schema(path: Path) -> None:
    """Editors find nothing wrong with the examples, and find the schema."""
    text = path.read_text(encoding="utf-8")
    assert not wrong("model", yaml.safe_load(text))
    line = text.splitlines()[0]
    assert line == "# yaml-language-server: $schema=../../docs/schema/model.json"


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment_files_fit_their_schema(path: Path) -> None:
    """Editors find nothing wrong with the environments, and find the schema."""
    text = path.read_text(encoding="utf-8")
    assert not wrong("environment", yaml.safe_load(text))
    line = text.splitlines()[0]
    assert line == "# yaml-language-server: $schema=docs/schema/environment.json"


PULUMIS_OWN: list[dict[str, Any]] = [
    {"encryptionsalt": "v1:x:y"},
    {"secretsprovider": "awskms://alias/x", "encryptedkey": "abc"},
    {"environment": ["aws-dev"]},
    {"environment": {"imports": ["aws-dev"]}},
    {"config": {"aws:region": "eu-west-1", "other:thing": {"secure": "v1:abc"}}},
    {"config": {"model-serving:models": {"fraud": {"canary_percent": 5, "candidate": None}}}},
]


@pytest.mark.parametrize("content", PULUMIS_OWN, ids=str)
def test_the_environments_schema_takes_pulumis_own_keys(content: dict[str, Any]) -> None:
    """What `pulumi` writes into a stack's file is not underlined in red."""
    assert not wrong("environment", content)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("environment", {"config": {"model-serving:modles": {}}}),
    ("environment", {"config": {"model-serving:models": {"fraud": {"canary_percent": 130}}}}),
    ("environment", {"config": {"model-serving:models": {"fraud": {"canary": 1}}}}),
    ("environment", {"encryptionslat": "x"}),
    ("model", {"target": "lambda", "owner": "x"}),
    ("model", {"target": "lamda", "owner": "x", "model": {"uri": "s3://x", "version": "1"}}),
]


@pytest.mark.parametrize(("name", "content"), WRONG, ids=str)
def test_the_schemas_refuse_mistakes(name: str, content: dict[str, Any]) -> None:
    """A mistake is underlined while it is typed."""
    assert wrong(name, content)


def test_accelerators_are_those_of_the_facts() -> None:
    """The names that a model may ask for are the ones that are known."""
    words = allowed(Resources.model_fields["accelerator"]).removeprefix("one of ").split(", ")
    assert sorted(words) == sorted(ACCELERATORS)
