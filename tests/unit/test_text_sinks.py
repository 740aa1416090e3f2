"""Texts in everything that is made of settings: each sink is read by its own reader, and is whole.

What a setting may hold is in `test_open_texts`; here is what becomes of it. A text comes out as the
text that it was, or as signs that show what it was, and changes nothing of what is around it.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import jsonschema
import pulumi
import pytest
import yaml
from junitparser import JUnitXml
from ruamel.yaml import YAML

from components.kubernetes.drift.drift_job import DriftJob
from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from delivery.checking import as_json, as_junit, as_sarif, as_text
from delivery.checking.result import Environment, Result
from delivery.checking.verdicts import Verdict
from delivery.render_files import text as rendered
from delivery.reporting import as_text as report_text
from delivery.reporting.files import as_json as report_json
from delivery.table import table
from policies import Finding
from policies.configuration import EXEMPTIONS
from policies.pack import RULES
from stacks.settings.problems import Place, Problem, report
from tests.unit import promtool
from tests.unit.component_mocks import record
from tests.unit.grafana import lost
from tests.unit.preview_reports import environment as previewed
from tests.unit.preview_reports import report as of_previews
from tests.unit.test_check_guardrails import sarif_schema
from tests.unit.test_drift_job import WATCHED as DRIFT_WATCHED
from tests.unit.test_injection import MEANT_FOR
from tests.unit.test_model_monitoring import MINIMAL
from tests.unit.test_preview_report import BENIGN, structure

# Beside what one line may be: lines that begin as something else, and marks of each sink.
STRINGS: Final = {
    **MEANT_FOR,
    "a line of a log": "An audit.\n::error file=a.py,line=1::x\n##[set-output name=changes]0",
    "a step's output": "x\nchanges=0\nother<<E\ny\nE",
    "another document": "x\n---\nkind: Secret\n...\n",
    "an alias": "*all &all !!python/object/apply:os.system [x] %YAML",
    "a number": "0x10",
    "a link": "[a release](https://evil.example/x) [b](1) {0} {{1}}",
    "XML": "]]></failure><testcase name='x'/><!-- & &amp; &#0;",
    "HTML": "</code></details><script>alert(1)</script>",
    "JSON": '"}],"x":[{"\\u0000":"',
    "a matcher": 'x",namespace=~".*"} or vector(1) or up{a="',
    "a list": "- x\n- y\n\n# z",
}
ENDS_LINE: Final = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def finding(said: str, rule: str) -> Finding:
    """One of a guardrail, whose every text that is not ours is said."""
    known = next(each for each in RULES if each.id == rule)
    return Finding(
        rule=rule,
        title=known.title,
        severity=known.severity,
        level=known.level,
        urn=f"urn:pulumi:dev::p::t::{said}",
        resource=said,
        path=said,
        found=said,
        expected="another",
        fix=known.fix,
        docs=known.docs,
        exempt=said,
    )


def checked(said: str) -> Result:
    """What a check may have found where each text is said."""
    place = Place("stacks/models/fraud.yaml", 3, 9)
    problem = Problem(place, "MS0105", "tags", f"got {said}", allowed=said, nearest=said, fix=said)
    first, second = RULES[0], RULES[1]
    listed = Finding(
        EXEMPTIONS, said, first.severity, second.level, "", "", "", "", "", "", "", said
    )
    verdicts = tuple(
        Verdict("dev", "fraud", said, place, one)
        for one in (finding(said, first.id), finding(said, second.id), listed)
    )
    good = Environment("dev", ("fraud",), judged=2, verdicts=verdicts, warnings=(said,))
    return Result((Environment("prod", ("fraud",), problems=(problem,)), good), RULES[:2])


def in_a_comment(said: str) -> None:
    """A pull request's, by CommonMark's parser and then by HTML's."""
    shown = structure(of_previews(previewed(2, text=said)))
    assert shown.tags == BENIGN


def in_a_terminal(said: str) -> None:
    """As many lines as of a text of one word; nothing that it would obey."""
    # A preview's is wrapped between words: it may have more lines.
    preview = report_text.text(of_previews(previewed(2, text=said)), plain=True)
    assert all(line.isprintable() for line in preview.split("\n"))
    ways: tuple[Callable[[str], str], ...] = (
        lambda text: as_text.text(checked(text), plain=True),
        lambda text: "\n".join(table(("setting", "value"), [("tags", text)], room=None)),
        lambda text: report(checked(text).problems),
    )
    for made in ways:
        lines = ENDS_LINE.split(made(said))
        assert len(lines) == len(ENDS_LINE.split(made("x")))
        assert all(line.isprintable() for line in lines)


def in_json(said: str) -> None:
    told = json.loads(as_json.text(checked(said)))
    assert [each["found"] for each in told["environments"][1]["findings"]] == [said] * 2
    assert json.loads(report_json(of_previews(previewed(1, text=said))))


# The standard's grammar of a link in a message, §3.11.6; what is escaped with a backslash is none.
SARIF_LINK: Final = re.compile(r"(?<!\\)\[(?:[^\[\]\\]|\\[\[\]\\])*\]\([^)]*\)")


def in_sarif(said: str) -> None:
    """Valid, with as many results, and no link."""
    log = json.loads(as_sarif.text(checked(said)))
    validator: Any = jsonschema.Draft4Validator(sarif_schema())
    validator.validate(log)
    assert [len(run["results"]) for run in log["runs"]] == [1, 2]
    for run in log["runs"]:
        texts = [each["message"]["text"] for each in run["results"]]
        texts += [each["message"]["text"] for each in _notifications(run)]
        texts += [s["justification"] for r in run["results"] for s in r.get("suppressions", ())]
        assert [found for text in texts if (found := SARIF_LINK.search(text))] == []
    assert any(_seen(said) in _seen(r["message"]["text"]) for r in log["runs"][1]["results"])


def _notifications(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [n for i in run["invocations"] for n in i["toolExecutionNotifications"]]


def _seen(text: str) -> str:
    return text.replace("\u200b", "")


def in_junit(said: str) -> None:
    """A tree of the same shape, by a parser of XML and by a reader of JUnit's."""

    def shape(text: str) -> list[str]:
        return [one.tag for one in ET.fromstring(as_junit.text(checked(text))).iter()]  # noqa: S314 - our own

    assert shape(said) == shape("x")
    suites: Any = JUnitXml.fromstring(as_junit.text(checked(said)).encode())
    assert [suite.name for suite in suites] == ["prod", "dev"]


def in_a_manifest(said: str) -> None:
    """One document, by YAML 1.1 as Kubernetes reads it, and by 1.2."""
    made = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"annotations": {"a": said}},
        "data": {said: said, "list": [said, {"x": said}]},
    }
    written = rendered(made)
    assert list(yaml.safe_load_all(written)) == [made]
    newer: Any = YAML(typ="safe")
    assert list(newer.load_all(written)) == [made]


SINKS: Final[dict[str, Callable[[str], None]]] = {
    "comment": in_a_comment,
    "terminal": in_a_terminal,
    "JSON": in_json,
    "SARIF": in_sarif,
    "JUnit": in_junit,
    "manifest": in_a_manifest,
}


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("said", STRINGS)
def test_a_sink_is_whole_whatever_a_text_says(said: str, sink: str) -> None:
    SINKS[sink](STRINGS[said])


# Arguments of a watched model whose texts reach rules and dashboards.
WATCHED: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "owner": lambda said: {"owner": said},
    "environment": lambda said: {"environment": said},
    "namespace": lambda said: {"namespace": said},
    "alert_labels": lambda said: {"alert_labels": {"team": said}},
    "monitor_labels": lambda said: {"monitor_labels": {"release": said}},
    "grafana_folder": lambda said: {"grafana_folder": said},
    "runbook_url": lambda said: {"runbook_url": f"https://wiki.corp/{said}"},
}


# What watches a model with rules of its own, and arguments that make all of them.
WATCHING: Final[dict[str, tuple[type[pulumi.ComponentResource], dict[str, Any]]]] = {
    "ModelMonitoring": (ModelMonitoring, MINIMAL),
    "DriftJob": (DriftJob, DRIFT_WATCHED),
}
TEMPLATE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def made_of(watching: str, arguments: dict[str, Any]) -> tuple[list[dict[str, Any]], str] | None:
    """Groups of rules and the dashboard's text; nothing where the component refuses."""
    component, usual = WATCHING[watching]
    try:
        inputs = record(component, "fraud", {**usual, **arguments}).inputs
    except pulumi.RunError as error:
        if next(iter(arguments)) not in str(error):
            raise
        return None
    (rules,) = (made["spec"]["groups"] for name, made in inputs.items() if name.endswith("-rules"))
    documents = [
        text for n in inputs if n.endswith("-dashboard") for text in inputs[n]["data"].values()
    ]
    return rules, "".join(documents)


@pytest.mark.parametrize("watching", WATCHING)
def test_rules_and_dashboards_ask_what_they_asked(watching: str, tmp_path: Path) -> None:
    """No text changes a query or is a template; Prometheus and Grafana take what is made."""
    usual = made_of(watching, {})
    assert usual is not None
    expressions = [rule["expr"] for group in usual[0] for rule in group["rules"]]
    queries = re.findall(r'"expr": (".*")', usual[1])
    assert bool(queries) == (watching == "ModelMonitoring")
    kept: list[dict[str, Any]] = []
    held = 0
    for name, arguments in WATCHED.items():
        for meant_for, said in STRINGS.items():
            found = made_of(watching, arguments(said))
            if found is None:
                continue
            groups, document = found
            held += 1
            case = f"{name} {meant_for}"
            # What is asked of, where it is a plain name.
            plain = {said: str(MINIMAL[name])} if name in {"environment", "namespace"} else {}
            assert [_with(rule["expr"], plain) for g in groups for rule in g["rules"]] == (
                expressions
            ), case
            assert _templates(groups) == _templates(usual[0]), case
            asked = re.findall(r'"expr": (".*")', document)
            assert [_with(each, plain) for each in asked] == queries, case
            assert not document or lost(document) == [], case
            kept += [{**group, "name": f"{case}: {group['name']}"} for group in groups]
    # Or nothing was held, and nothing looked at.
    assert held
    promtool.check(kept, tmp_path)


def _templates(groups: list[dict[str, Any]]) -> list[str]:
    """What Prometheus expands in what is said of alerts."""
    said = [
        text
        for group in groups
        for rule in group["rules"]
        for where in ("labels", "annotations")
        for text in rule.get(where, {}).values()
    ]
    return [found for text in said for found in TEMPLATE.findall(text)]


def _with(query: str, names: dict[str, str]) -> str:
    for said, usual in names.items():
        query = query.replace(said, usual)
    return query
