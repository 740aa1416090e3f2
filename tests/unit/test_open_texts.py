"""Each setting that may hold any text: what it does to a shell, YAML, Markdown, a query, a path.

Refused with an error that names it, or the text that it was. The settings
come from the JSON Schema: one that is new has to be added to the samples before this passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest

from stacks.settings.problems import report
from tests.unit.open_text_samples import EVERYWHERE, filled, sample
from tests.unit.open_texts import OpenText, of_models
from tests.unit.settings_project import SERVER, Project, project
from tests.unit.test_injection import MEANT_FOR, shows_itself

TEXTS = of_models()


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(targets=EVERYWHERE)
    made.model("shared", SERVER)
    return made


# Signs in one line of a report.
LONGEST = 1000
TOGETHER = " ".join(MEANT_FOR[name] for name in ("a shell", "a workflow", "PromQL", "KQL"))
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


@pytest.mark.parametrize(
    "path", sorted({path for texts in TEXTS.values() for path in texts}), ids=".".join
)
def test_a_text_is_refused_by_name_or_stays_what_it_was(site: Project, path: OpenText) -> None:
    target = taken(site, path)
    # Or what refuses all of them would say nothing.
    assert target, "no target takes the usual text of the samples"
    _, beside = sample(target, path)
    for name, value in PAYLOADS.items():
        site.model("fraud", filled(beside, path, value))
        if problems := site.problems():
            said = [line for one in problems for line in one.lines()]
            shows_itself(report(problems), 1 + len(said))
            assert max(map(len, said)) < LONGEST, name
            assert any(path[0] in one.key for one in problems), (name, said)
        else:
            assert value.strip() in list(held(site.load().models["fraud"].model_dump())), name


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
