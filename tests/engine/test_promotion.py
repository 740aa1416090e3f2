"""A version's way from dev to prod, and back, through the real engine."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.store import Fault
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

LINKED = (".venv", ".cache", "provider", "components", "facts", "delivery", "runtime")
ENVIRONMENTS = ("dev", "prod")
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


class Estate:
    """The project with `fraud` alone, and both environments on one sandbox."""

    def __init__(self, sandbox: Sandbox, root: Path) -> None:
        self.sandbox = sandbox
        self.root = root
        for name in ("stacks", "policies"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        for name in LINKED:
            (root / name).symlink_to(ROOT / name)
        for name in ("Pulumi.yaml", "pyproject.toml", "uv.lock"):
            (root / name).write_bytes((ROOT / name).read_bytes())
        for path in (root / "stacks" / "models").iterdir():
            if path.stem != "fraud":
                path.unlink()
        for name in ENVIRONMENTS:
            self._environment(name)

    def _environment(self, name: str) -> None:
        """As the project's own, without what fraud does not need."""
        config = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
        del config["model-serving:platform"]
        targets, models = config["model-serving:targets"], config["model-serving:models"]
        config["model-serving:targets"] = {key: targets[key] for key in ("aws", "sagemaker")}
        config["model-serving:models"] = {"fraud": models["fraud"]}
        text = yaml.safe_dump({"config": config}, sort_keys=False)
        (self.root / f"Pulumi.{name}.yaml").write_text(text)

    def serving(
        self, *arguments: str, code: int = 0, **more: str
    ) -> subprocess.CompletedProcess[str]:
        answer = self.sandbox.serving(*arguments, cwd=self.root, check=False, **more)
        assert answer.returncode == code, answer.stdout + answer.stderr
        return answer

    def up(self, environment: str, *, code: int = 0) -> subprocess.CompletedProcess[str]:
        go = ("--", "--skip-preview", "--non-interactive")
        return self.serving("up", "--env", environment, "--yes", *go, code=code)

    def stable(self) -> list[str]:
        """Versions that prod has served, the newest first; `-` before what was taken back."""
        record = self.outputs("prod")["served"]["fraud"]["stable"]
        return [f"{'-' if 'withdrawn' in each else ''}{each['version']}" for each in record]

    def live(self) -> str:
        """What prod's endpoint serves."""
        told = json.loads(self.serving("status", "--env", "prod", "--json").stdout)
        return told["models"][0]["version"]

    def outputs(self, environment: str) -> dict[str, Any]:
        return self.sandbox.outputs(self.root, stack=environment)

    def guardrails(self, configuration: dict[str, Any]) -> None:
        path = self.root / "policies" / "config" / "prod.json"
        path.write_text(json.dumps(configuration))


def test_a_version_goes_to_prod_and_back(sandbox: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    estate = Estate(sandbox, root)
    promote = ("promote", "fraud", "dev", "prod", "--unmeasured", "there are no metrics here")

    # Nobody has served it.
    assert "there is no stack 'dev'" in estate.serving(*promote, "--yes", code=6).stderr
    for name in ENVIRONMENTS:
        sandbox.pulumi("stack", "init", name, cwd=root)
    estate.up("dev")
    (candidate,) = estate.outputs("dev")["served"]["fraud"]["candidates"]
    assert (candidate["version"], candidate["percent"], candidate["live"]) == ("1.5.0", 50, True)
    estate.up("prod")
    before = estate.outputs("prod")["served"]

    # An update that fails leaves what was served as it was: the new version was never ready.
    models = root / "stacks" / "models" / "fraud.yaml"
    estate.serving(*promote, "--yes")
    assert '  version: "1.5.0"' in models.read_text()
    assert "candidate:" not in models.read_text()
    with sandbox.store() as store:
        store.add_fault(Fault(CONFIGURATION, "create", "fail", code="ThrottlingException"))
    assert estate.up("prod", code=1)
    assert estate.outputs("prod")["served"] == before
    estate.up("prod")
    assert (estate.live(), estate.stable()) == ("1.5.0", ["1.5.0", "1.4.0"])
    assert "live" not in estate.outputs("prod")["served"]["fraud"]["candidates"][0]

    # It is a bad one, and meanwhile somebody has made a guardrail stricter than the model is.
    estate.guardrails({"cost/log-retention": {"max_days": 7}})
    back = ("rollback", "fraud", "prod", "--yes")
    stopped = estate.serving(*back, code=5)
    assert "cost/log-retention" in stopped.stdout
    assert estate.live() == "1.5.0"
    broken = estate.serving(*back, "--break-glass", "payments are down", GITHUB_ACTOR="ada")
    assert "GLASS BROKEN for fraud in prod, for this update alone" in broken.stderr
    assert (estate.live(), estate.stable()) == ("1.4.0", ["1.4.0", "-1.5.0"])
    entry = yaml.safe_load((root / "Pulumi.prod.yaml").read_text())["config"]
    assert entry["model-serving:models"]["fraud"]["model"]["version"] == "1.4.0"
    # Dev goes on with what the file says.
    assert '  version: "1.5.0"' in models.read_text()
    (record,) = estate.outputs("prod")["break_glass"]["fraud"]
    assert (record["who"], record["reason"]) == ("ada", "payments are down")
    assert {each["rule"] for each in record["guardrails"]} == {"cost/log-retention"}

    # It was that one update: the next is stopped again, and the record stays.
    assert "cost/log-retention" in estate.up("prod", code=5).stdout
    assert estate.outputs("prod")["break_glass"]["fraud"] == [record]
    # Nothing earlier is left, and dev's version was taken back here, not there.
    assert "nothing to go back to" in estate.serving(*back, code=2).stderr
