"""All mistakes come in one report, and only those of what is asked for."""

from pathlib import Path

import pytest

from stacks.settings.problems import SettingsError
from tests.unit.settings_project import KSERVE, SAGEMAKER, Project, changed, project


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def test_all_problems_of_all_files_come_in_one_report(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, ownr="x", canary_percent=130))
    site.model("churn", changed(KSERVE, owner=None, min_replicas="two"))
    site.model("broken", "[")
    site.environment(models={"nobody": {}}, defaults={"max_replica": 1})
    with pytest.raises(SettingsError) as raised:
        site.load()
    codes = sorted((p.place.file.rpartition("/")[2], p.code) for p in raised.value.problems)
    assert codes == [
        ("Pulumi.dev.yaml", "MS0101"),
        ("Pulumi.dev.yaml", "MS0108"),
        ("broken.yaml", "MS0001"),
        ("churn.yaml", "MS0102"),
        ("churn.yaml", "MS0103"),
        ("fraud.yaml", "MS0101"),
        ("fraud.yaml", "MS0104"),
    ]
    assert str(raised.value).startswith("7 problems in the settings (4 files)")


def test_a_value_that_another_layer_covers_is_still_wrong(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, canary_percent=130))
    site.environment(models={"fraud": {"canary_percent": 0}})
    assert [(p.code, p.place.file) for p in site.problems()] == [
        ("MS0104", "stacks/models/fraud.yaml")
    ]


def test_with_only_the_mistakes_of_others_do_not_count(site: Project) -> None:
    site.model("fraud", SAGEMAKER)
    site.model("churn", "[")
    site.model("BAD", "[")
    site.environment(models={"churn": {"nonsense": 1}, "nobody": {}})
    assert site.problems()
    assert sorted(site.load(only="fraud").models) == ["fraud"]


def test_only_a_model_that_does_not_exist(site: Project) -> None:
    site.model("fraud", SAGEMAKER)
    (problem,) = site.problems(only="fruad")
    assert (problem.code, problem.nearest) == ("MS0108", "fraud")


def test_control_characters_do_not_reach_the_terminal(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, data_classification="\x1b[31mred"))
    text = "\n".join(line for problem in site.problems() for line in problem.lines())
    assert "\x1b" not in text
    assert "\\x1b[31mred" in text
