"""The same verdicts through the engine and in process: rule, resource, path and level."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.checking.answers import Answers
from delivery.checking.program import Program, record
from policies import Finding, evaluate

from .conftest import ROOT, Sandbox
from .guarded_programs import PLATFORM, PROGRAM, TURNS, WIRE

pytestmark = pytest.mark.engine

Verdict = tuple[str, str, str, str]
CONFIG: dict[str, Any] = {
    "all": "mandatory",
    "security/image-unpinned": "advisory",
    "exemptions": {
        "granted": [
            {
                "rule": "tags/missing",
                "urn": "*::model",
                "reason": "It has none yet.",
                "owner": "team-risk",
                "expires": "2999-12-31",
            }
        ]
    },
}


def through_the_engine(
    sandbox: Sandbox, project: Path, stack: str, config: Path
) -> tuple[set[Verdict], str]:
    """What the preview's events tell."""
    log = sandbox.folder / "events.jsonl"
    answer = sandbox.pulumi(
        "preview",
        *("--stack", stack, "--non-interactive", "--event-log", str(log)),
        *("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(config)),
        cwd=project,
        check=False,
        PULUMI_DEBUG_COMMANDS="true",
    )
    told = [json.loads(line) for line in log.read_text().splitlines()]
    events = [event["policyEvent"] for event in told if "policyEvent" in event]
    return {
        (
            event["policyName"],
            event.get("resourceUrn", ""),
            path(event["message"]),
            event["enforcementLevel"],
        )
        for event in events
    }, answer.stdout + answer.stderr


def path(message: str) -> str:
    """The property's path, from the line `path: found …; expected …`."""
    line = next((one for one in message.splitlines() if ": found " in one), "")
    return line.partition(": found ")[0].strip()


def in_process(program: Path, project: str, stack: str, config: Path) -> set[Verdict]:
    recording = record(Program(program, project, stack, configured(program, stack)), Answers())
    findings = evaluate(recording.resources, json.loads(config.read_text()))
    return {verdict(one, project, stack) for one in findings}


def configured(program: Path, stack: str) -> dict[str, str]:
    folder = program if (program / f"Pulumi.{stack}.yaml").is_file() else program.parent
    written = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in written.items()}


def verdict(finding: Finding, project: str, stack: str) -> Verdict:
    # The engine puts what is about no single resource on the stack itself.
    urn = finding.urn or f"urn:pulumi:{stack}::{project}::pulumi:pulumi:Stack::{project}-{stack}"
    return finding.rule, urn, path(finding.message), finding.level.value


@pytest.mark.parametrize(
    ("program", "least"),
    [(PROGRAM, 6), (TURNS, 10), (WIRE, 8), (PLATFORM, 1)],
    ids=["by hand", "platform by hand", "wire", "platform of ours"],
)
def test_same_findings_on_programs(sandbox: Sandbox, program: str, least: int) -> None:
    """Whoever wrote them, and whatever is unknown, secret or named by a provider in them."""
    config = sandbox.folder / "guardrails.json"
    config.write_text(json.dumps(CONFIG))
    project = sandbox.project(program)
    told, printed = through_the_engine(sandbox, project, "dev", config)
    assert len(told) >= least, printed
    assert in_process(project, "tiny", "dev", config) == told


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_same_findings_on_our_environments(sandbox: Sandbox, environment: str) -> None:
    """Every rule is asked, the ones that only advise too."""
    config = sandbox.folder / "guardrails.json"
    config.write_text(json.dumps({"all": "mandatory", "cost/log-retention": {"max_days": 1}}))
    told, printed = through_the_engine(sandbox, ROOT, environment, config)
    assert told, printed
    assert in_process(ROOT / "stacks", "model-serving", environment, config) == told
