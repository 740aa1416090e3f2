"""The end of a model: what its file may say, and the tags that it becomes."""

from pathlib import Path

import pytest

from facts import tags
from stacks.targets.translation import common
from tests.unit.settings_project import SAGEMAKER, Project, changed, project


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("fraud-v2", SAGEMAKER)
    return made


@pytest.mark.parametrize("day", ["2027-03-01", "'2027-03-01'"])
def test_a_day_with_quotes_or_without_becomes_a_tag(site: Project, day: str) -> None:
    text = f"deprecation: {{date: {day}, replacement: fraud-v2}}\nmonthly_budget: 1200.5\n"
    path = site.model("fraud", SAGEMAKER)
    path.write_text(path.read_text() + text)
    made = common(site.load(), "fraud")["tags"]
    assert made == {
        tags.MONTHLY_BUDGET: "1200.5",
        tags.DEPRECATION_DATE: "2027-03-01",
        tags.REPLACEMENT: "fraud-v2",
    }
    assert tags.aws(made)["model-serving:deprecation-date"] == "2027-03-01"
    assert tags.read(tags.google(made))[tags.MONTHLY_BUDGET] == "1200.5"


def test_nothing_said_is_no_tag(site: Project) -> None:
    assert common(site.load(), "fraud-v2")["tags"] == {}


@pytest.mark.parametrize(
    ("replacement", "said"),
    [
        ("fraud-v3", "did you mean: fraud-v2?"),
        ("fraud", "which is the model itself"),
    ],
)
def test_a_replacement_is_another_model(site: Project, replacement: str, said: str) -> None:
    deprecation = {"date": "2027-03-01", "replacement": replacement}
    site.model("fraud", changed(SAGEMAKER, deprecation=deprecation))
    site.has_one_problem_of_model("fraud", "MS0261", "deprecation.replacement", said)


@pytest.mark.parametrize("day", ["soon", "2027-13-01", 2027])
def test_a_day_is_a_day(site: Project, day: object) -> None:
    site.model("fraud", changed(SAGEMAKER, deprecation={"date": day}))
    (problem,) = site.problems()
    assert problem.key == "deprecation.date"
    assert "a day as 2027-03-01" in "\n".join(problem.lines())


@pytest.mark.parametrize("budget", [0, -1, "much"])
def test_a_budget_is_money(site: Project, budget: object) -> None:
    site.model("fraud", changed(SAGEMAKER, monthly_budget=budget))
    (problem,) = site.problems()
    assert problem.key == "monthly_budget"
