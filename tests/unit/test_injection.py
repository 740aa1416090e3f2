"""Texts in settings that mean something to a shell, a terminal, YAML, Markdown or a query.

Each is refused where it stands, or comes out of every sink as the text that it was.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from delivery.explain import leaves
from delivery.render_files import text
from delivery.table import table
from stacks.settings.problems import report
from stacks.settings.yaml_source import parse
from tests.unit import settings_project
from tests.unit.open_text_samples import EVERYWHERE
from tests.unit.settings_project import Project, dump, project

MEANT_FOR = {
    "a shell": "$(touch pwned) `touch pwned`; touch pwned",
    "a workflow": "${{ github.token }}",
    "a runner": "::error::x ##[add-mask]x",
    "a path": "../../../etc/passwd",
    "YAML": "x\nkey: value # ' \" {}",
    "Markdown": "| a | [b](javascript:x) <img src=x> @team ```",
    "PromQL": 'x"} or vector(1) #',
    "KQL": "x' | union * //",
    "a template": "{{ .Values.x }} {{alert}} %(x)s %s",
    "a terminal": "\x1b]0;x\x07\x1b[2K\r",
    "a reviewer": "a\u202eb\u2066c",
}
# The least settings of each target; every text in them is replaced, one after the other.
TARGETS: dict[str, dict[str, Any]] = {
    name: value
    for name, value in vars(settings_project).items()
    if name.isupper() and isinstance(value, dict) and "target" in value
}


def texts(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from texts(each, (*at, key))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for index, each in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from texts(each, (*at, index))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, str):
        yield at


def replaced(settings: dict[str, Any], path: tuple[Any, ...], value: str) -> dict[str, Any]:
    made = copy.deepcopy(settings)
    inner: Any = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


def shows_itself(said: str, lines: int) -> None:
    """As many lines as there should be, and nothing that a terminal obeys or turns around."""
    assert len(said.splitlines()) == lines
    assert all(line.isprintable() for line in said.splitlines())


@pytest.fixture
def site(tmp_path: Path) -> Project:
    """With every cloud's target: a text is refused for what it is, and not for where it goes."""
    made = project(tmp_path)
    made.environment(targets=EVERYWHERE)
    made.model("shared", settings_project.SERVER)
    return made


@pytest.mark.parametrize("target", TARGETS)
def test_each_text_of_a_model_is_refused_or_comes_out_as_it_is(site: Project, target: str) -> None:
    settings = TARGETS[target]
    for path in texts(settings):
        for value in MEANT_FOR.values():
            site.model("fraud", replaced(settings, path, value))
            if problems := site.problems():
                said = [line for problem in problems for line in problem.lines()]
                shows_itself(report(problems), 1 + len(said))
                continue
            # An owner is a tag, and may have dots and slashes: no file has its name.
            assert path == ("owner",)
            assert value == MEANT_FOR["a path"]


@pytest.mark.parametrize("value", MEANT_FOR.values(), ids=MEANT_FOR)
def test_a_variable_or_argument_may_be_any_text_that_shows_itself(
    site: Project, value: str
) -> None:
    """Of one's own container: what it means is that container's affair."""
    settings = settings_project.MODEL_SERVER | {"env": {"GREETING": value}, "arguments": [value]}
    site.model("fraud", settings)
    if MEANT_FOR["a terminal"] == value or MEANT_FOR["a reviewer"] == value:
        assert {problem.code for problem in site.problems()} == {"MS0007"}
        return
    model = site.load().models["fraud"]
    found = dict(leaves(model, ()))
    assert found["env", "GREETING"] == value
    # Sinks: a manifest, JSON, a table.
    rendered = text({"kind": "Pod", "spec": {"env": [{"name": "GREETING", "value": value}]}})
    assert yaml.safe_load(rendered)["spec"]["env"] == [{"name": "GREETING", "value": value}]
    assert json.loads(json.dumps(value)) == value
    shows_itself("\n".join(table(("setting",), [(value,)], room=None)), 2)


@given(
    st.text(max_size=20),
    st.sampled_from("\x00\x07\x08\x0b\x1b\x7f\x9b\u200e\u202e\u2066\ufeff"),
    st.text(max_size=20),
)
def test_a_control_character_is_refused_anywhere(before: str, sign: str, after: str) -> None:
    value = f"x{before}{sign}{after}"
    for settings in ({"a": {"b": [value]}}, {value: 1}):
        source = parse(dump(settings).encode("utf-8", "surrogatepass"), "fraud.yaml")
        assert source.problems
        said = "\n".join(line for problem in source.problems for line in problem.lines())
        assert all(line.isprintable() for line in said.splitlines())


@given(st.text(max_size=60))
def test_a_manifest_holds_any_text(value: str) -> None:
    made = {"metadata": {"annotations": {"a": value}}}
    assert yaml.safe_load(text(made)) == made


@given(st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_a_table_has_a_line_for_each_row(cells: list[str]) -> None:
    lines = table(["x"] * len(cells), [cells], room=None)
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
