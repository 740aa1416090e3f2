"""The report of a preview in its shapes: sizes, escaping, what is never left out."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from delivery.reporting.as_markdown import LIMIT, VISIBLE_LINES, markdown
from delivery.reporting.as_text import text
from delivery.reporting.files import as_json, write
from delivery.reporting.report import EnvironmentReport, Report, Verdict
from delivery.reporting.words import clean
from tests.unit.preview_reports import CHECKS, environment, report

ROOT = Path(__file__).resolve().parents[2]
# GitHub's flavour as far as it matters here; HTML passes, as it does there.
RENDER = MarkdownIt("commonmark", {"html": True}).enable("table")

NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details></summary></code>",
    "`code` ``` fence",
    "```\nfence\n```",
    "| a | b |",
    "\\| \\\\|",
    "[link](javascript:alert(1))",
    "![image](https://evil.example/x.png)",
    "<!-- comment",
    "-->",
    "- list\n- list",
    "1. first",
    "- dash",
    "+ plus",
    "# head",
    "Setext\n---",
    "> quote",
    "&lt;b&gt; &#60;b&#62;",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    "https://evil.example www.evil.example <https://evil.example>",
    "@octocat #12 :fire:",
    "\x1b[31mred\x1b[0m \x07",
    "\u202eright to left\u2066",
    "a\r\nb\u2028c\u2029d",
    "$x^2$ ${{ secrets.TOKEN }}",
    "   indented",
]


class _Structure(HTMLParser):
    """The tags of a page in order, with their attributes, and all that is read."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[object] = []
        self.read: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(tag)

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"<!--{data}")

    def handle_data(self, data: str) -> None:
        self.read.append(data)


def structure(made: Report, *, limit: int | None = LIMIT) -> _Structure:
    return _Structure(RENDER.render(markdown(made, limit=limit)))


BENIGN = structure(report(environment(2))).tags


@pytest.mark.parametrize("said", NASTY)
def test_what_settings_say_is_shown_and_never_obeyed(said: str) -> None:
    shown = structure(report(environment(2, text=said)))
    assert shown.tags == BENIGN
    page = "".join(shown.read)
    for word in re.findall(r"[a-zA-Z]{4,}", said.replace("\x1b[31m", "").replace("\x1b[0m", "")):
        assert word in page


# Where nothing is said there is less to show.
SAID = st.text(max_size=60).filter(clean)
MARKS = st.text(alphabet="<>/&|`*_~[]()!#-+.:@\\\n\r\t 1aw\"'$^={}", max_size=40).filter(clean)


@settings(max_examples=50, deadline=None)
@given(SAID)
def test_no_text_changes_the_structure(said: str) -> None:
    assert structure(report(environment(2, text=said))).tags == BENIGN


@settings(max_examples=100, deadline=None)
@given(MARKS)
def test_no_marks_change_the_structure(said: str) -> None:
    assert structure(report(environment(2, text=said))).tags == BENIGN


@pytest.mark.parametrize("said", NASTY)
def test_a_terminal_gets_no_control_characters(said: str) -> None:
    lines = text(report(environment(2, text=said)), plain=True)
    assert not [c for c in lines if ord(c) < 32 and c != "\n"]
    assert "\u202e" not in lines


def problems(number: int) -> EnvironmentReport:
    said = [f"<b>{'x' * 900}</b>\n  fix: y" for _ in range(number)]
    return EnvironmentReport(
        environment="dev", verdict=Verdict.REFUSED, sentence="dev: wrong.", problems=said
    )


def balanced(page: str) -> bool:
    opened = re.findall(r"<(details|summary|code)>", page)
    closed = re.findall(r"</(details|summary|code)>", page)
    return sorted(opened) == sorted(closed) and "```" not in page


SIZES = [
    report(environment(1)),
    report(environment(300)),
    report(environment(300, rules=3), environment(300, name="prod", rules=3)),
    report(environment(40, rules=131)),
    report(environment(40, rules=131, text="<" * 400)),
    report(environment(300, resources=10, text="&" * 200)),
    report(*(environment(30, name=f"env-{n}", rules=20, text="@" * 90) for n in range(6))),
    report(problems(500), problems(3)),
]


@pytest.mark.parametrize("made", SIZES, ids=range(len(SIZES)))
def test_a_comment_is_whole_and_of_its_size(made: Report) -> None:
    page = markdown(made)
    assert len(page) <= LIMIT
    assert balanced(page)
    seen = "".join(_Structure(RENDER.render(page)).read)
    for one in made.environments:
        assert one.sentence.partition(" (")[0].rstrip(".") in seen
        for rule in {each.rule for each in one.findings}:
            assert rule in seen
        if one.checklist:
            assert all(f"Item {each}" in seen for each in CHECKS)


@settings(max_examples=25, deadline=None)
@given(
    models=st.integers(0, 40),
    rules=st.integers(0, 20),
    resources=st.integers(0, 6),
    said=st.text(max_size=300),
    blocks=st.booleans(),
)
def test_no_report_is_too_long(
    models: int, rules: int, resources: int, said: str, *, blocks: bool
) -> None:
    one = environment(models, rules=rules, resources=resources, text=said, blocks=blocks)
    page = markdown(report(one))
    assert len(page) <= LIMIT
    assert balanced(page)


def test_what_is_left_out_is_counted_and_is_in_the_whole_report() -> None:
    made = report(environment(300, rules=3, resources=20))
    page, whole = markdown(made), markdown(made, limit=None)
    left = [
        int(n) for n in re.findall(r"^(\d+) more in <code>report\.md</code>", page, re.MULTILINE)
    ]
    assert left
    lines = sum(line.startswith(("- ", "| ")) for line in page.splitlines())
    assert sum(line.startswith(("- ", "| ")) for line in whole.splitlines()) == lines + sum(left)
    assert "more in <code>report.md</code>" not in whole


@pytest.mark.parametrize("made", SIZES[:3], ids=["one", "300", "two environments"])
def test_few_lines_are_not_folded(made: Report) -> None:
    visible = re.sub(r"<details>.*?</details>", "<fold>", markdown(made), flags=re.DOTALL)
    lines = [line for line in visible.splitlines() if line.strip() and not line.startswith("|---")]
    assert len(lines) <= VISIBLE_LINES


@pytest.mark.parametrize("number", [1, 300])
def test_a_terminal_of_80_columns_holds_it(number: int) -> None:
    lines = text(report(environment(number)), plain=True).splitlines()
    assert lines[0].startswith("dev: ")
    assert max(map(len, lines)) <= 80
    assert len(lines) < 500


def test_unknown_costs_are_never_zero() -> None:
    made = report(environment(1))
    for page in (text(made, plain=True), markdown(made)):
        assert re.search(r"335.80\s→ unknown", html.unescape(page))
        assert "no price of" in page


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3), st.text(max_size=30))
def test_json_is_what_the_schema_says(models: int, said: str) -> None:
    schema = json.loads((ROOT / "docs/schema/preview.json").read_text())
    Draft202012Validator.check_schema(schema)
    made = json.loads(as_json(report(environment(models, text=said))))
    errors: Any = Draft202012Validator(schema).iter_errors(made)  # pyright: ignore[reportUnknownMemberType]
    assert not list(errors)
    assert made["schema_version"] == 1
    assert Report.model_validate(made) == report(environment(models, text=said))


def test_the_whole_report_is_written(tmp_path: Path) -> None:
    made = report(environment(300))
    write(made, tmp_path / "preview")
    names = {each.name for each in (tmp_path / "preview").iterdir()}
    assert names == {"report.json", "report.md", "comment.md"}
    assert len((tmp_path / "preview" / "comment.md").read_text()) <= LIMIT
    assert Report.model_validate_json((tmp_path / "preview" / "report.json").read_text()) == made
