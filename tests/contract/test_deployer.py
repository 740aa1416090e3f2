"""Whose rights the jobs of the workflows take; each test's docstring is the rule."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LOG_IN: Final = "./.github/actions/log-in"
# Environments of the repository in which something is changed; who approves stands there.
CHANGES: Final = {"dev", "prod"}


def jobs() -> Iterator[tuple[str, set[str], dict[str, Any]]]:
    for path in WORKFLOWS:
        read = yaml.safe_load(path.read_text())
        # YAML 1.1 takes `on` for true.
        triggers = set(read.get("on", read.get(True)))
        for name, job in read["jobs"].items():
            yield f"{path.stem} {name}", triggers, job


def taken(job: dict[str, Any]) -> set[str]:
    """The variables by which a job says who it is at the clouds."""
    given = [step["with"] for step in job.get("steps", ()) if step.get("uses") == LOG_IN]
    return set(re.findall(r"vars\.(\w+)", str(given)))


def test_there_is_something_to_judge() -> None:
    assert sum(bool(taken(job)) for _, _, job in jobs()) > 4


def test_a_token_for_the_clouds_is_of_jobs_that_log_in() -> None:
    """And of no other: `id-token: write` is what a role is taken by."""
    for name, _, job in jobs():
        may = job.get("permissions", {}).get("id-token") == "write"
        assert may == bool(taken(job)), name


def test_who_logs_in_is_in_an_environment_by_which_roles_are_held_to_it() -> None:
    """A cloud's trust names it: `repo:<owner>/<name>:environment:<environment>`."""
    for name, _, job in jobs():
        assert not taken(job) or job.get("environment"), name


def test_roles_that_change_something_are_of_a_merge_alone() -> None:
    """What looks, plans and previews takes roles that read; nothing of a pull request another."""
    deploying = set[str]()
    for name, triggers, job in jobs():
        deploys = {one for one in taken(job) if "_DEPLOY_" in one}
        if deploys:
            deploying.add(name)
            assert triggers == {"push"}, name
            assert job["environment"] in CHANGES, name
            assert not {one for one in taken(job) if "_PREVIEW_" in one}, name
    assert deploying == {"deploy dev", "deploy prod"}


def test_every_variable_of_an_identity_is_in_the_docs() -> None:
    """Whoever sets them up reads which there are, and what each role may do."""
    pages = "".join(
        (ROOT / "docs" / page).read_text() for page in ("workflows.md", "model-repository.md")
    )
    missing = {one for _, _, job in jobs() for one in taken(job) if f"`{one}`" not in pages}
    assert not missing
