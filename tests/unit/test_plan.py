"""Plans that somebody approves: of which commit, environment and hour they are good."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery.failure import Failure
from delivery.plan import VARIABLES, Approved, origin_file, sign
from tests.unit.test_touched import commit, git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: x\n")
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


@pytest.fixture
def plan(root: Path, tmp_path: Path) -> Path:
    """A plan of prod as a preview leaves it, outside the repository as in `.out/`."""
    path = tmp_path / "plans" / "prod.json"
    assert Approved(save=path).flags(root, "prod") == ["--save-plan", str(path)]
    path.write_text(json.dumps({"resourcePlans": {"a": {"steps": ["same"]}}}))
    sign(root, "prod", path)
    return path


def aged(plan: Path, hours: float) -> None:
    changed(plan, made=(datetime.now(UTC) - timedelta(hours=hours)).isoformat())


def changed(plan: Path, **what: str) -> None:
    origin = json.loads(origin_file(plan).read_text())
    origin_file(plan).write_text(json.dumps(origin | what))


def test_a_plan_is_kept_to(root: Path, plan: Path) -> None:
    approved = Approved(keep_to=plan)
    assert approved.flags(root, "prod") == ["--plan", str(plan)]
    assert approved.variables == VARIABLES


def test_nothing_is_said_of_plans_unless_asked(root: Path) -> None:
    assert Approved().flags(root, "prod") == []
    assert Approved().variables == {}


@pytest.mark.parametrize(
    ("hours", "allowed", "good"),
    [(23.9, 24, True), (24.1, 24, False), (0.9, 1, True), (1.1, 1, False), (-0.05, 1, True)],
)
def test_age(hours: float, allowed: float, *, good: bool, root: Path, plan: Path) -> None:
    aged(plan, hours)
    approved = Approved(keep_to=plan, max_age_hours=allowed)
    if good:
        assert approved.flags(root, "prod")
        return
    with pytest.raises(Failure, match=f"more than {allowed} hours ago"):
        approved.flags(root, "prod")


def _other_commit(root: Path, _: Path) -> None:
    (root / "Pulumi.yaml").write_text("name: y\n")
    commit(root)


REFUSED: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "another commit": (_other_commit, "made of commit [0-9a-f]{40}, and this is [0-9a-f]{40}"),
    "an edit since": (
        lambda root, _: (root / "Pulumi.yaml").write_text("name: y\n"),
        "not as they were committed: Pulumi.yaml",
    ),
    "a file more": (
        lambda root, _: (root / "Pulumi.prod.yaml").write_text("x: 1\n"),
        "not as they were committed: Pulumi.prod.yaml",
    ),
    "another environment": (lambda _, plan: changed(plan, environment="dev"), "made for 'dev'"),
    "another plan": (lambda _, plan: plan.write_text("{ }"), "not the file that the preview saved"),
    "no time": (lambda _, plan: changed(plan, made="soon"), "when it was made is not known: soon"),
    "the future": (lambda _, plan: aged(plan, -1), "made in the future"),
    "no origin": (lambda _, plan: origin_file(plan).unlink(), "nothing says what the plan"),
    "an origin that is none": (
        lambda _, plan: origin_file(plan).write_text("[]"),
        "are no plan",
    ),
    "no plan": (lambda _, plan: plan.unlink(), "are no plan"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, root: Path, plan: Path) -> None:
    change, said = REFUSED[case]
    change(root, plan)
    with pytest.raises(Failure) as refused:
        Approved(keep_to=plan).flags(root, "prod")
    assert re.search(said, str(refused.value)), refused.value


def test_everything_that_is_wrong_is_said_at_once(root: Path, plan: Path) -> None:
    changed(plan, environment="dev")
    aged(plan, 100)
    _other_commit(root, plan)
    with pytest.raises(Failure) as refused:
        Approved(keep_to=plan).flags(root, "prod")
    said = str(refused.value)
    assert all(each in said for each in ("'dev'", "hours ago", "made of commit", "fix:")), said


def test_a_plan_of_what_is_not_committed_is_not_saved(root: Path, plan: Path) -> None:
    (root / "Pulumi.yaml").write_text("name: y\n")
    with pytest.raises(Failure, match=r"not committed: Pulumi\.yaml"):
        Approved(save=plan).flags(root, "prod")
    # What was approved before is not lost by it.
    assert plan.is_file()


def test_a_preview_that_fails_leaves_no_plan_of_before(root: Path, plan: Path) -> None:
    Approved(save=plan).flags(root, "prod")
    assert not plan.exists()
    assert not origin_file(plan).exists()


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        ([["same"], ["read"], [], None], 0),
        ([["same"], ["update"], ["create-replacement", "replace"]], 2),
        ([["delete"]], 1),
    ],
)
def test_the_changes_are_counted(
    steps: list[list[str] | None], changes: int, root: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "prod.json"
    of = {str(number): {"steps": each} for number, each in enumerate(steps)}
    plan.write_text(json.dumps({"resourcePlans": of}))
    sign(root, "prod", plan)
    assert json.loads(origin_file(plan).read_text())["changes"] == changes


def test_what_is_no_plan_is_not_signed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "prod.json").write_text("[]")
    with pytest.raises(Failure, match="cannot be read"):
        sign(root, "prod", tmp_path / "prod.json")
