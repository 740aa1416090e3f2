"""Each setting that may hold any text: what it does to a shell, YAML, Markdown, a query, a path.

Refused with an error that names it, or the text that it was. The settings
come from the JSON Schema: one that is new has to be added to the samples before this passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest

from stacks.settings.problems import report
from tests.unit import open_text_environments as environments
from tests.unit.open_text_samples import EVERYWHERE, filled, sample
from tests.unit.open_texts import OF_MODELS, OpenText, of_environments, of_models
from tests.unit.settings_project import SERVER, Project, project
from tests.unit.test_injection import MEANT_FOR, shows_itself

TEXTS = of_models()
PATHS = sorted({path for texts in TEXTS.values() for path in texts})


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(targets=EVERYWHERE)
    made.model("shared", SERVER)
    return made


# Signs in one line of a report.
LONGEST = 1000
TOGETHER = " ".join(
    MEANT_FOR[name] for name in ("a shell", "a workflow", "a runner", "PromQL", "KQL")
)
# The others one by one are in `test_injection`.
PAYLOADS = {
    "what programs read": f"x {TOGETHER} {MEANT_FOR['Markdown']} {MEANT_FOR['a template']}",
    "a path": MEANT_FOR["a path"],
    "a new line": "x\nkey: value",
    "a terminal": MEANT_FOR["a terminal"],
    "very long": "x" * 20_000,
}


def taken(site: Project, path: OpenText) -> str:
    """The first target that takes a usual text there; empty for none."""
    for target, texts in TEXTS.items():
        if path in texts:
            text, beside = sample(target, path)
            site.model("fraud", filled(beside, path, text))
            if not site.problems():
                return target
    return ""


def refused(site: Project, key: str, name: str) -> bool:
    """Whether there are problems: a line for each of theirs, none too long, one about the key."""
    if not (problems := site.problems()):
        return False
    said = [line for one in problems for line in one.lines()]
    shows_itself(report(problems), 1 + len(said))
    assert max(map(len, said)) < LONGEST, name
    assert any(key in one.key for one in problems), (name, said)
    return True


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_text_is_refused_by_name_or_stays_what_it_was(site: Project, path: OpenText) -> None:
    target = taken(site, path)
    # Or what refuses all of them would say nothing.
    assert target, "no target takes the usual text of the samples"
    _, beside = sample(target, path)
    for name, value in PAYLOADS.items():
        site.model("fraud", filled(beside, path, value))
        if not refused(site, path[0], name):
            assert value.strip() in list(held(site.load().models["fraud"].model_dump())), name


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_an_environment_says_it_of_a_model_no_other_way(site: Project, path: OpenText) -> None:
    """`defaults` and `models` are held against the same types as a model's file."""
    target = taken(site, path)
    _, beside = sample(target, path)
    site.model("fraud", beside)
    for key in OF_MODELS:
        for name, value in PAYLOADS.items():
            said = filled(beside, path, value)[path[0]]
            inner = {path[0]: said}
            site.environment(
                targets=EVERYWHERE, **{key: inner if key == "defaults" else {"fraud": inner}}
            )
            if refused(site, path[0], name):
                continue
            texts = list(held(site.load().models["fraud"].model_dump()))
            # What the file says goes before a default.
            assert value.strip() in texts or (key == "defaults" and path[0] in beside), (key, name)


@pytest.mark.parametrize("path", of_environments(), ids=".".join)
def test_a_text_of_an_environment_is_refused_or_stays(tmp_path: Path, path: OpenText) -> None:
    site = project(tmp_path)
    text, beside = environments.sample(path)
    site.environment(**environments.keys_with(beside, path, text))
    assert [line for one in site.problems() for line in one.lines()] == []
    for name, value in PAYLOADS.items():
        site.environment(**environments.keys_with(beside, path, value))
        if not refused(site, path[0], name):
            assert value.strip() in list(held(site.load().site.model_dump())), name


def held(value: object) -> Iterator[str]:
    """Every text in the settings."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, Mapping):
        for inner in cast("Mapping[str, object]", value).values():
            yield from held(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            yield from held(inner)
