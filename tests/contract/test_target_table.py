"""What docs/targets.md says of each target is asked of the check itself."""

from pathlib import Path

import pytest

from delivery.target_examples import EXAMPLES, SHARED, SITE
from delivery.target_table import ASKS, page
from stacks.settings.models import MODEL_CLASSES
from tests.unit.settings_project import Project, project


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(**SITE)
    for name, content in SHARED.items():
        made.model(name, content)
    return made


def test_every_target_has_an_example() -> None:
    """A new target has the least file that it can be asked with in delivery/target_examples.py."""
    assert set(EXAMPLES) == set(MODEL_CLASSES)


@pytest.mark.parametrize("target", EXAMPLES)
def test_an_example_is_right_by_itself(site: Project, target: str) -> None:
    """So that what a row is refused for is what the row asks."""
    site.model("asked", EXAMPLES[target])
    assert [str(problem) for problem in site.problems()] == []


def test_every_row_has_an_answer_of_somebody() -> None:
    """A row that no target takes would be a promise that nobody keeps, or a misspelt key."""
    rows = [line for line in page().splitlines() if line.startswith("| ")]
    for ask in ASKS:
        cells = [
            cell.strip()
            for row in rows
            if row.startswith(f"| {ask.title} |")
            for cell in row.split("|")
        ]
        assert "yes" in cells, ask.title
