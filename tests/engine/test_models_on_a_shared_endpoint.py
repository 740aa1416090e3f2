"""Files of models that share a SageMaker endpoint, in the program: order, one alone, status."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import ROOT, Sandbox
from tests.engine.sagemaker_components import live_components
from tests.engine.test_program import GO, LINKED, Estate
from tests.unit.settings_project import COMPONENT, SHARED_ENDPOINT, changed, dump

pytestmark = pytest.mark.engine

_MODEL: dict[str, Any] = {
    **{key: value for key, value in COMPONENT.items() if key != "instance_type"},
    "server": "pool",
}


@pytest.fixture
def estate(sandbox: Sandbox, tmp_path: Path) -> Estate:
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=ignored)
    (root / "stacks" / "models").mkdir()
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "pyproject.toml", ROOT / "uv.lock"):
        (root / path.name).write_bytes(path.read_bytes())
    aws = {"account_id": "123456789012", "region": "eu-west-1"}
    (root / "Pulumi.dev.yaml").write_text(dump({"config": {"model-serving:targets": {"aws": aws}}}))
    made = Estate(sandbox, root)
    made.model("pool").write_text(dump(SHARED_ENDPOINT))
    # Named before what they run on.
    for name in ("a-churn", "b-fraud"):
        made.model(name).write_text(dump(_MODEL))
    return made


def test_an_endpoint_and_its_models(estate: Estate, sandbox: Sandbox) -> None:
    first = estate.serving("up", *GO).stdout.splitlines()

    def line(words: str) -> int:
        return next(number for number, text in enumerate(first) if words in text)

    for name in ("a-churn", "b-fraud"):
        assert line("pool-live created") < line(f"{name}-pool-dev-component creating")
    status = json.loads(estate.serving("status", "--json").stdout)["models"]
    assert {each["target"] for each in status} == {
        "sagemaker_component",
        "sagemaker_shared_endpoint",
    }
    again = estate.serving("up", *GO, "--expect-no-changes", check=False)
    assert again.returncode == 0, again.stdout + again.stderr

    with live_components(sandbox) as live:
        live.scale("pool-dev-a-churn", 2)
        # One model alone: copies stay, and so does the other model and the endpoint.
        next_version = {"uri": "s3://models/fraud/1.5.0/model.tar.gz", "version": "1.5.0"}
        estate.model("a-churn").write_text(
            dump(changed(_MODEL, model={**_MODEL["model"], **next_version}, max_replicas=3))
        )
        before = estate.facts()
        estate.serving("up", "--only", "a-churn", *GO)
        after = estate.facts()
        touched = {urn.rpartition("::")[2] for urn in before if before[urn] != after.get(urn)}
        assert all(name.startswith("a-churn") for name in touched)
        assert live.copies("pool-dev-a-churn") == (2, 2)
        # The endpoint alone takes the models on it along.
        estate.serving("up", "--only", "pool", *GO)
        assert len(live.all()) == 2

    # Said before anything is registered, at the line that asks.
    estate.model("b-fraud").write_text(dump(changed(_MODEL, max_replicas=9)))
    refused = estate.serving("check", check=False)
    assert refused.returncode == 2
    assert "stacks/models/pool.yaml" in refused.stdout + refused.stderr
    assert "MS0442" in refused.stdout + refused.stderr
