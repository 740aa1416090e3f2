"""`serving preview` by the engine: what comes, changes, breaks a guardrail, loses its traffic."""

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from delivery.reporting.report import Report
from tests.engine.conftest import ROOT, Sandbox

LINKED = (".venv", ".cache", "components", "delivery", "facts", "policies", "provider", "runtime")


def preview(sandbox: Sandbox, root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    asked = ("preview", *arguments, "--format", "json")
    answer = sandbox.serving(*asked, cwd=root, check=False)
    assert "Traceback" not in answer.stderr
    told = json.loads(answer.stdout)
    Report.model_validate(told)
    assert json.loads((root / ".out/preview/report.json").read_text()) == told
    (one,) = told["environments"]
    return answer.returncode, one


def test_a_preview_tells_by_model_what_would_happen(sandbox: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "pyproject.toml", ROOT / "uv.lock"):
        (root / path.name).write_bytes(path.read_bytes())
    models = root / "stacks" / "models"
    for name in ("chat-assistant", "churn"):
        (models / f"{name}.yaml").unlink()
    file = root / "Pulumi.dev.yaml"
    settings = yaml.safe_load(file.read_text())
    config = settings["config"]
    del config["model-serving:models"]["churn"]
    file.write_text(yaml.safe_dump(settings))
    sandbox.up(root)

    code, told = preview(sandbox, root, "--expect-no-changes")
    assert (code, told["verdict"], told["models"]) == (0, "no_changes", [])

    # All four at once: each is in a place of its own.
    (models / "ranker.yaml").unlink()
    config["model-serving:models"]["fraud"] = {"canary_percent": 20, "max_replicas": 3}
    file.write_text(yaml.safe_dump(settings))
    iris = yaml.safe_load((models / "iris-classifier.yaml").read_text())
    (models / "flowers.yaml").write_text(yaml.safe_dump(iris))
    strict = {"security/function-unsigned": "mandatory"}
    guardrails: dict[str, Any] = {"all": "advisory", **strict, "exemptions": {"granted": []}}
    (root / "policies").unlink()
    shutil.copytree(ROOT / "policies", root / "policies")
    (root / "policies" / "config" / "dev.json").write_text(json.dumps(guardrails))
    code, told = preview(sandbox, root)
    assert (code, told["verdict"]) == (5, "blocked")

    changed = {each["name"]: each for each in told["models"]}
    assert {name: each["operation"] for name, each in changed.items()} == {
        "flowers": "added",
        "fraud": "changed",
        "ranker": "removed",
    }
    fraud = changed["fraud"]
    assert fraud["traffic"] == {
        "before": "1.4.0 50 %, 1.5.0 50 %",
        "after": "1.4.0 80 %, 1.5.0 20 %",
    }
    assert fraud["replicas"] == {"before": "1-2", "after": "1-3"}
    assert [(each["setting"], each["before"], each["after"]) for each in fraud["settings"]] == [
        ("canary_percent", "50", "20"),
        ("max_replicas", "2", "3"),
    ]
    # Machines of 83.95 a month each more at the busiest.
    cost = fraud["cost"]
    more = cost["ceiling_after"]["monthly"] - cost["ceiling_before"]["monthly"]
    assert round(more / 83.95, 4) in {1, 2}
    assert "20 % instead of 50 %" in fraud["timeline"][0]["says"]

    (loss,) = (each for each in told["losses"] if each["model"] == "ranker")
    assert (loss["operation"], loss["callers"]) == ("delete", ["namespace web"])
    stops = {(each["rule"], each["model"]) for each in told["findings"] if each["blocks"]}
    assert stops == {
        ("security/function-unsigned", "iris-classifier"),
        ("security/function-unsigned", "flowers"),
    }
    assert all(each["file"] and each["fix"] for each in told["findings"])
