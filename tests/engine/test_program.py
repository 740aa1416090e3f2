"""The program through the real engine: all or nothing, one model alone, layers."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

MODELS = {"chat-assistant", "churn", "fraud", "iris-classifier", "ranker"}
# What the models on Kubernetes come with: their namespace, and the right to read their artifacts.
BESIDE = {"models", "chat-assistant-identity", "churn-identity", "ranker-identity"}
# What they run on: a pool of GPU nodes, and what watches GPUs.
PLATFORM = {"inference-l4", "serving-dev-gpus"}
GO = ("--", "--yes", "--skip-preview", "--non-interactive")
LINKED = (".venv", ".cache", "provider", "policies", "components", "facts", "delivery", "runtime")


@dataclass
class Estate:
    """The project in a folder of the test's own, on a sandbox of the test's own."""

    sandbox: Sandbox
    root: Path

    def serving(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.sandbox.serving(*arguments, cwd=self.root, check=check)

    def up(self, *, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        asked = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
        return self.sandbox.pulumi(*asked, cwd=self.root, check=check, **more)

    def write(self, path: str, value: object, environment: str = "dev") -> None:
        """Write a value of `model-serving:` into the environment's file."""
        file = self.root / f"Pulumi.{environment}.yaml"
        content = yaml.safe_load(file.read_text())
        first, *rest = path.split(".")
        keys = ["config", f"model-serving:{first}", *rest]
        inner = content
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def model(self, name: str) -> Path:
        return self.root / "stacks" / "models" / f"{name}.yaml"

    def resources(self) -> list[dict[str, Any]]:
        return self.sandbox.resources(self.root)

    def endpoints(self) -> set[str]:
        return set(self.sandbox.outputs(self.root)["endpoints"])

    def components(self) -> set[str]:
        return {
            r["urn"].rpartition("::")[2]
            for r in self.resources()
            if r["type"].startswith("model-serving:index:")
        }

    def forget(self, package: str) -> set[str]:
        """Take what is of a package out of the state, as if a plugin had died; ids of it."""
        file = self.sandbox.home / "state" / ".pulumi" / "stacks" / "model-serving" / "dev.json"
        state = json.loads(file.read_text())
        latest = state["checkpoint"]["latest"]
        gone = [each for each in latest["resources"] if each["type"].startswith(f"{package}:")]
        latest["resources"] = [each for each in latest["resources"] if each not in gone]
        file.write_text(json.dumps(state))
        return {str(each.get("id")) for each in gone}

    def orphans(self) -> dict[str, Any]:
        """What `serving orphans` tells."""
        return json.loads(self.serving("orphans", "--env", "dev", "--json").stdout)

    def facts(self) -> dict[str, tuple[Any, ...]]:
        """What the state knows of each resource, but for when it was touched."""
        return {
            r["urn"]: (r.get("id"), json.dumps([r.get("inputs"), r.get("outputs")], sort_keys=True))
            for r in self.resources()
        }


@pytest.fixture
def estate(sandbox: Sandbox, tmp_path: Path) -> Estate:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "pyproject.toml", ROOT / "uv.lock"):
        (root / path.name).write_bytes(path.read_bytes())
    return Estate(sandbox, root)


def of(model: str, urn: str) -> bool:
    name = urn.rpartition("::")[2]
    return name == model or name.startswith(f"{model}-")


def test_bad_settings_register_nothing(estate: Estate) -> None:
    estate.write("models.fraud.canary_percent", 130)
    estate.write("modles.x", 1)
    answer = estate.up(check=False)
    said = answer.stdout + answer.stderr
    assert answer.returncode == 1
    assert "2 problems in the settings" in said
    assert "MS0104 model-serving:models.fraud.canary_percent: got 130" in said
    assert "did you mean: model-serving:models?" in said
    assert "Traceback" not in said
    assert estate.resources() == []


def test_an_ask_that_the_target_cannot_honour_registers_nothing(estate: Estate) -> None:
    estate.write("models.iris-classifier.resources.accelerator", "nvidia-l4")
    answer = estate.up(check=False)
    said = answer.stdout + answer.stderr
    assert answer.returncode == 1
    assert "MS0311" in said
    assert "target: kserve with the same accelerator" in said
    assert estate.resources() == []


def test_a_question_that_a_cloud_does_not_answer_is_told_without_the_code_that_asked(
    estate: Estate,
) -> None:
    estate.sandbox.run(
        "sandbox/cloud", "fault", "add", "aws:index/getPartition:*", "invoke", "fail"
    )
    answer = estate.up(check=False)
    said = answer.stdout + answer.stderr
    assert answer.returncode == 1
    assert "error: invoke of aws:index/getPartition:getPartition failed: " in said
    assert "Traceback" not in said
    assert 'File "' not in said
    assert estate.up().returncode == 0


def test_one_model_alone(estate: Estate) -> None:
    # First of all, on a stack that does not have anything yet.
    estate.serving("up", "--only", "churn", *GO)
    assert estate.components() == {"churn", "churn-identity", "models"}
    assert estate.endpoints() == {"churn"}
    estate.serving("up", *GO)
    assert estate.components() == MODELS | BESIDE | PLATFORM
    outputs = estate.sandbox.outputs(estate.root)
    assert set(outputs["endpoints"]) == MODELS
    before = estate.facts()

    # Another model of the same namespace is left alone, though it depends on it too.
    estate.serving("up", "--only", "churn", *GO)
    assert estate.facts() == before

    # Another team's file is broken, and this one changes.
    churn, fraud = estate.model("churn").read_text(), estate.model("fraud").read_text()
    estate.model("churn").write_text("[")
    estate.model("fraud").write_text(fraud.replace("latency_p95_ms: 100", "latency_p95_ms: 90"))
    assert estate.serving("up", *GO, check=False).returncode == 2
    estate.serving("up", "--only", "fraud", *GO)
    after = estate.facts()
    changed = {urn for urn in before.keys() | after.keys() if before.get(urn) != after.get(urn)}
    assert any(urn.endswith("::fraud") for urn in changed), changed
    assert all(of("fraud", urn) for urn in changed), changed
    now = estate.sandbox.outputs(estate.root)
    # What is recorded of this model's settings is new; of everything else it is as it was.
    assert now["settings"].pop("fraud") != outputs["settings"].pop("fraud")
    assert now == outputs
    status = json.loads(estate.serving("status", "--json").stdout)
    assert {m["name"]: m["slo"] for m in status["models"]}["fraud"] == ("p95 ≤ 90 ms, errors ≤ 1 %")
    assert {m["name"] for m in status["models"]} == MODELS

    # Nothing is left behind that a whole update would have to change.
    estate.model("churn").write_text(churn)
    quiet = estate.serving("up", *GO, "--expect-no-changes", check=False)
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr
    assert estate.facts() == after

    # Without the engine's --target flags the others would be deleted: refused.
    alone = estate.up(check=False, MODEL_SERVING_ONLY="fraud")
    assert alone.returncode != 0
    assert "serving up --env dev --only fraud" in alone.stdout + alone.stderr
    assert estate.facts() == after


@pytest.mark.parametrize(
    ("layer", "expected"), [("platform", PLATFORM), ("serving", MODELS | BESIDE)]
)
def test_layers(estate: Estate, layer: str, expected: set[str]) -> None:
    estate.write("layer", layer)
    estate.up()
    assert estate.components() == expected


def test_a_wrong_account_stops_before_anything_is_made(estate: Estate) -> None:
    estate.write("targets.aws.account_id", "210987654321")
    answer = estate.up(check=False)
    assert answer.returncode != 0
    assert "210987654321" in answer.stdout + answer.stderr
    assert not [r for r in estate.resources() if r["type"].startswith("aws:")]


def test_a_guardrail_that_stops_it_is_exit_code_5(estate: Estate) -> None:
    estate.write("models.fraud.instance_type", "ml.p4d.24xlarge", "prod")
    answer = estate.serving("preview", "--env", "prod", "--", "--non-interactive", check=False)
    assert "stops" in answer.stdout
    assert answer.returncode == 5
    # Without the guardrails the same preview has nothing against it.
    free = estate.serving(
        "preview", "--env", "prod", "--no-policies", "--", "--non-interactive", check=False
    )
    assert free.returncode == 0, free.stdout + free.stderr
