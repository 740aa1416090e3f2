"""Steps of the workflows that run `serving` once for each environment."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

_CI = Path(__file__).resolve().parents[2] / ".ci"
# A command that reads all that it is given, as one that asks something does.
_READS = '#!/bin/sh\ncat > /dev/null\necho "$@" >> "$(dirname "$0")/../asked"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the steps, and with commands in the place of what they run."""
    root = tmp_path / "checkout"
    shutil.copytree(_CI, root / ".ci")
    for name in (".venv/bin", "sandbox", ".out", "base"):
        (root / name).mkdir(parents=True)
    touched: list[dict[str, object]] = [
        {"name": name, "models": [], "everything": True} for name in ("dev", "prod")
    ]
    (root / ".out" / "touched.json").write_text(json.dumps({"environments": touched}))
    (root / ".venv" / "bin" / "python").write_text('#!/bin/sh\nexec python3 "$@"\n')
    for path in (root / ".ci" / "serving", root / "sandbox" / "run"):
        path.write_text(_READS)
    # What of git the step of the base needs: a checkout with both environments.
    (root / "git").write_text(
        '#!/bin/sh\ncase "$*" in\n'
        "  'worktree add'*) mkdir -p .out/base && touch .out/base/Pulumi.dev.yaml "
        ".out/base/Pulumi.prod.yaml && cp -r sandbox .out/base/;;\nesac\n"
    )
    for path in (
        root / ".venv/bin/python",
        root / ".ci/serving",
        root / "sandbox/run",
        root / "git",
    ):
        path.chmod(0o755)
    return root


@pytest.mark.parametrize("step", ["preview", "deploy-base"])
def test_every_environment_is_looked_at(
    step: str, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(checkout), prepend=":")
    monkeypatch.setenv("BASE", "main")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    done = subprocess.run(
        [checkout / ".ci" / step], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    asked = (checkout / "asked").read_text().splitlines()
    assert [line.partition("--env ")[2].split()[0] for line in asked] == ["dev", "prod"]
