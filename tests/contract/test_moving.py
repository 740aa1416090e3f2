"""A model moves to another target by its file's `target`, and what that target alone needs."""

from pathlib import Path
from typing import Any, Final

import pytest

from delivery.target_examples import EXAMPLES, SHARED, SITE, with_candidate
from facts.capabilities import REFUSALS
from stacks.settings.common import Common
from stacks.settings.models import MODEL_CLASSES
from tests.unit.settings_project import Project, project

# What a team says of its model wherever it runs.
OF_THE_MODEL: Final[dict[str, Any]] = {
    "description": "What a house is worth.",
    "data_classification": "confidential",
    "tags": {"cost-centre": "pricing"},
    "slo": {"latency_p95_ms": 80, "error_rate_percent": 0.5},
    "min_replicas": 1,
    "max_replicas": 1,
}
MODELS: Final = tuple(t for t, made in MODEL_CLASSES.items() if issubclass(made, Common))


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(**SITE)
    for name, content in SHARED.items():
        made.model(name, content)
    return made


@pytest.mark.parametrize("target", MODELS)
def test_what_is_said_of_a_model_holds_on_every_target(site: Project, target: str) -> None:
    """Owner, class of data, tags, objective and replicas have one spelling everywhere."""
    site.model("prices", {**EXAMPLES[target], **OF_THE_MODEL})
    assert [str(problem) for problem in site.problems()] == []
    made = site.load().models["prices"]
    assert {key: made.model_dump(mode="json", exclude_unset=True)[key] for key in OF_THE_MODEL} == (
        OF_THE_MODEL
    )


@pytest.mark.parametrize("target", MODELS)
def test_a_candidate_is_taken_or_refused_with_a_way_out(site: Project, target: str) -> None:
    """No target ignores a candidate, and each that has none says what works instead."""
    share = {"canary_percent": 10, **({"strategy": "canary"} if target == "kubernetes" else {})}
    site.model("prices", {**with_candidate(EXAMPLES[target]), **share})
    codes = {refusal.code: refusal for refusal in REFUSALS.values()}
    problems = site.problems()
    for problem in problems:
        assert codes[problem.code].nearest
        assert problem.place.line
    if not problems:
        made = site.load().models["prices"]
        assert isinstance(made, Common)
        assert made.candidate is not None
        assert made.canary_percent == share["canary_percent"]
