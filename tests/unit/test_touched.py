"""`serving touched`: what a change reaches, by git repositories made for it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.cli import main
from delivery.touched import reach
from tests.unit.settings_project import KSERVE, SAGEMAKER, Project, project


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("fraud", SAGEMAKER)
    made.model("churn", KSERVE)
    stack = {
        "config": {
            "model-serving:tags": {"cost-centre": "ml"},
            "model-serving:models": {"fraud": {"min_replicas": 2}, "churn": {"max_replicas": 3}},
        }
    }
    for name in ("dev", "prod"):
        write_yaml(tmp_path / f"Pulumi.{name}.yaml", stack)
    for folder in ("components", "docs", "policies/config", "tests"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "keep").write_text("1\n")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "change")
    return made


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


def write_yaml(path: Path, what: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(what))


def stack_with(folder: Path, environment: str, **changes: Any) -> None:  # noqa: ANN401 - YAML
    path = folder / f"Pulumi.{environment}.yaml"
    stack = yaml.safe_load(path.read_text())
    for key, value in changes.items():
        stack["config"][f"model-serving:{key}"] = value
    write_yaml(path, stack)


def test_what_a_log_in_leaves_in_the_checkout_is_no_change(site: Project) -> None:
    """google-github-actions/auth writes its file into the checkout."""
    ignored = Path(__file__).resolve().parents[2] / ".gitignore"
    (site.root / ".gitignore").write_text(ignored.read_text())
    (site.root / "gha-creds-0123456789abcdef.json").write_text("{}")
    assert found(site.root) == {}


def found(folder: Path, base: str = "main") -> dict[str, object]:
    """Environment → its models, or True for everything; what is not reached is left out."""
    return {
        each.environment: True if each.everything else sorted(each.models)
        for each in reach(folder, base)
        if each
    }


MODELS = {"fraud": {"min_replicas": 2}, "churn": {"max_replicas": 3}}
CASES: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "nothing": ({}, {}),
    "documentation": ({"docs/new.md": "x", "README.md": "x", "tests/test_x.py": "x"}, {}),
    "guardrails' documentation": ({"docs/guardrails.md": "x", ".github/workflows/x.yml": "x"}, {}),
    "a model's file": (
        {"stacks/models/fraud.yaml": "owner: a"},
        {"dev": ["fraud"], "prod": ["fraud"]},
    ),
    "a new model's": (
        {"stacks/models/new.yaml": "owner: a"},
        {"dev": ["new"], "prod": ["new"]},
    ),
    "a model's file that goes": ({"stacks/models/fraud.yaml": None}, {"dev": True, "prod": True}),
    "a component": ({"components/x.py": "x"}, {"dev": True, "prod": True}),
    "what nobody knows": ({"new-folder/x": "x"}, {"dev": True, "prod": True}),
    "guardrails": ({"policies/x.py": "x"}, {"dev": True, "prod": True}),
    "guardrails of prod": ({"policies/config/prod.json": "{}"}, {"prod": True}),
    "guardrails of nowhere": ({"policies/config/gone.json": "{}"}, {}),
    "prod's share of one model": (
        {"prod": {"models": {**MODELS, "fraud": {"min_replicas": 4}}}},
        {"prod": ["fraud"]},
    ),
    "an entry more and one less": (
        {"dev": {"models": {"fraud": MODELS["fraud"], "new": {"min_replicas": 1}}}, "new": None},
        {"dev": True},
    ),
    "prod's tags": ({"prod": {"tags": {"cost-centre": "other"}}}, {"prod": True}),
    "an environment's comment": ({"Pulumi.dev.yaml": "#"}, {}),
    "an environment's file that is none": ({"Pulumi.dev.yaml": "x: ["}, {"dev": True}),
    "a new environment": ({"Pulumi.staging.yaml": "config: {}"}, {"staging": True}),
    "an environment that goes": ({"Pulumi.prod.yaml": None}, {}),
}


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize("case", CASES)
def test_reach(case: str, *, committed: bool, site: Project) -> None:
    changes, expected = CASES[case]
    for name, what in changes.items():
        path = site.root / name
        if isinstance(what, dict):
            stack_with(site.root, name, **what)
        elif what is None:
            path.unlink(missing_ok=True)
        elif what == "#":
            path.write_text("# why\n" + path.read_text())
        else:
            path.write_text(what) if path.parent.is_dir() else _new(path, what)
    if committed:
        commit_if_any(site.root)
    assert found(site.root) == expected


def _new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def commit_if_any(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "change")


def test_what_main_did_since_is_not_the_change(site: Project) -> None:
    git(site.root, "checkout", "-q", "main")
    (site.root / "components" / "keep").write_text("2\n")
    commit(site.root)
    git(site.root, "checkout", "-q", "change")
    assert found(site.root) == {}


def test_json(site: Project, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:  # noqa: ANN401
    stack_with(site.root, "prod", models={**MODELS, "fraud": {"min_replicas": 4}})
    code, out, _ = serving(site, monkeypatch, capsys, "--base", "main", "--json")
    assert code == 0
    assert json.loads(out) == {
        "schema_version": 1,
        "base": "main",
        "environments": [
            {
                "name": "prod",
                "everything": False,
                "models": ["fraud"],
                "because": ["Pulumi.prod.yaml"],
            }
        ],
    }


def test_nothing_is_said(site: Project, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:  # noqa: ANN401
    code, out, _ = serving(site, monkeypatch, capsys, "--base", "main")
    assert (code, out) == (0, "nothing that is deployed changed since main\n")


@pytest.mark.parametrize("base", ["nowhere", "--output=x"])
def test_a_base_that_is_none(
    base: str,
    site: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,  # noqa: ANN401
) -> None:
    code, out, err = serving(site, monkeypatch, capsys, f"--base={base}")
    assert (code, out) == (2, "")
    assert base in err
    assert "fix:" in err
    assert not (site.root / "x").exists()


def test_no_repository(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,  # noqa: ANN401
) -> None:
    made = project(tmp_path)
    made.model("churn", KSERVE)
    code, _, err = serving(made, monkeypatch, capsys, "--base", "main")
    assert code == 2
    assert "not a git repository" in err


def serving(
    site: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,  # noqa: ANN401
    *arguments: str,
) -> tuple[int, str, str]:
    monkeypatch.chdir(site.root)
    monkeypatch.setattr("sys.argv", ["serving", "touched", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err
