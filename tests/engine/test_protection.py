"""A protected environment through the real engine: what it refuses, and the way out of it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_LINKED = (".venv", ".cache", "provider", "policies", "components", "facts", "delivery", "runtime")
_COPIED = ("Pulumi.yaml", "pyproject.toml", "uv.lock")


class Prod:
    """The project's own prod with two models of KServe alone."""

    def __init__(self, sandbox: Sandbox, root: Path) -> None:
        self.sandbox, self.root = sandbox, root
        root.mkdir()
        ignored = shutil.ignore_patterns("__pycache__", "*.yaml")
        shutil.copytree(ROOT / "stacks", root / "stacks", ignore=ignored)
        for name in _LINKED:
            (root / name).symlink_to(ROOT / name)
        for name in _COPIED:
            (root / name).write_bytes((ROOT / name).read_bytes())
        for name in ("churn", "growth"):
            self.model(name).write_bytes((ROOT / "stacks" / "models" / "churn.yaml").read_bytes())
        config = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
        kept = ("model-serving:tags", "model-serving:defaults")
        on_cluster = config["model-serving:targets"]["kubernetes"]
        del on_cluster["identity"], on_cluster["monitoring"]
        self.config = {key: config[key] for key in kept}
        self.config["model-serving:targets"] = {"kubernetes": on_cluster}
        self.write()

    def model(self, name: str) -> Path:
        return self.root / "stacks" / "models" / f"{name}.yaml"

    def write(self, **keys: object) -> None:
        config = self.config | {f"model-serving:{key}": value for key, value in keys.items()}
        (self.root / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": config}))

    def serving(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        answer = self.sandbox.serving(*arguments, cwd=self.root, check=False)
        assert answer.returncode == code, answer.stdout + answer.stderr
        return answer

    def up(self, *more: str, code: int = 0) -> str:
        answer = self.serving("up", "--env", "prod", "--yes", "--", *more, code=code)
        return answer.stdout + answer.stderr

    def protected(self) -> set[str]:
        found = self.sandbox.resources(self.root, stack="prod")
        return {each["urn"].rpartition("::")[2] for each in found if each.get("protect")}


def test_a_model_leaves_prod_and_then_all_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    prod = Prod(sandbox, tmp_path / "project")
    quick = "--skip-preview"
    sandbox.pulumi("stack", "init", "prod", cwd=prod.root)
    prod.up(quick)
    services = {"churn-inference-service", "growth-inference-service"}
    assert prod.protected() == {"models-namespace", *services}

    # Its file is gone: told in the report, and refused before anything begins.
    growth = prod.model("growth").read_bytes()
    prod.model("growth").unlink()
    before = sandbox.resources(prod.root, stack="prod")
    report = json.loads(prod.serving("preview", "--env", "prod", "--json", code=5).stdout)
    (environment,) = report["environments"]
    assert environment["verdict"] == "blocked"
    assert environment["sentence"].startswith("prod: blocked: growth may not be taken away;")
    assert [each["model"] for each in environment["losses"]] == ["growth"]
    said = prod.up(quick, code=5)
    assert "growth (kserve, live at http://growth." in said
    assert "model-serving:allow_deletion" in said
    assert "Updating" not in said
    assert sandbox.resources(prod.root, stack="prod") == before
    prod.model("growth").write_bytes(growth)

    # A replacement is what the engine finds out; the words are ours.
    prod.write(models={"churn": {"namespace": "elsewhere"}})
    said = prod.up(code=5)
    assert "churn: churn-inference-service (" in said
    assert "would be replaced" in said
    assert '- {name: churn, reason: "<fill in: why>"' in said
    assert sandbox.resources(prod.root, stack="prod") == before

    # It is said first that it may go. That alone is a change to approve, and takes nothing away.
    prod.write()
    retire = ("retire", "growth", "prod", "--unmeasured", "nobody calls it", "--yes")
    prod.serving(*retire)
    assert prod.model("growth").exists()
    told = prod.serving("preview", "--env", "prod").stdout
    assert "protection changes (growth)" in told
    prod.up(quick)
    assert prod.protected() == {"models-namespace", "churn-inference-service"}
    prod.serving(*retire)
    assert not prod.model("growth").exists()
    prod.up(quick)
    left = {each["urn"].rpartition("::")[2] for each in sandbox.resources(prod.root, stack="prod")}
    assert "churn-inference-service" in left
    assert not {name for name in left if name.startswith("growth")}

    then_all_of_it(prod)


def then_all_of_it(prod: Prod) -> None:
    # All of it goes only once its file says that it may, and its name is said.
    destroy = ("destroy", "--env", "prod")
    said = prod.serving(*destroy, "--confirm", "prod", code=5).stderr
    assert "prod is protected; live in it: churn" in said
    prod.write(protect=False)
    said = prod.serving(*destroy, "--confirm", "prod", code=5).stderr
    assert "churn: churn-inference-service" in said
    assert "run `serving up --env prod`" in said
    prod.up("--skip-preview")
    assert prod.protected() == set()
    assert "--yes is not enough" in prod.serving(*destroy, "--yes", code=2).stderr
    shown = prod.serving(*destroy, "--confirm", "prod").stdout
    assert "This deletes all of prod: 1 model," in shown
    assert prod.sandbox.resources(prod.root, stack="prod") == []
