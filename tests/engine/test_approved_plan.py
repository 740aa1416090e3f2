"""An update that is held to the plan that was approved, through the real engine."""

from pathlib import Path

import pytest

from tests.engine.test_program import GO, Estate, estate
from tests.unit.test_touched import commit, git

__all__ = ["estate"]

pytestmark = pytest.mark.engine


def test_an_update_does_what_was_approved_and_nothing_else(estate: Estate, tmp_path: Path) -> None:
    (estate.root / ".gitignore").write_text(".venv\n.cache\n.out\n__pycache__\n")
    git(estate.root, "init", "-q", "-b", "main")
    commit(estate.root)
    plan = tmp_path / "plans" / "dev.json"
    save = ("preview", "--only", "churn", "--save-plan", str(plan))
    keep = ("up", "--only", "churn", "--plan", str(plan), *GO)
    estate.serving(*save)

    # What was approved is of this commit.
    estate.write("models.churn.max_replicas", 2)
    refused = estate.serving(*keep, check=False)
    assert refused.returncode == 2
    assert "not as they were committed: Pulumi.dev.yaml" in refused.stderr
    assert estate.resources() == []
    git(estate.root, "checkout", "-q", ".")

    estate.serving(*keep)
    assert estate.components() == {"churn", "churn-identity", "models"}

    # Somebody takes the model away after a plan was approved that changes nothing.
    estate.serving(*save)
    everything = ("destroy", "--yes", "--skip-preview", "--stack", "dev")
    estate.sandbox.pulumi(*everything, cwd=estate.root)
    refused = estate.serving(*keep, check=False)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "create is not allowed by the plan" in said, said
    assert estate.components() == set()
