"""Guardrails through the engine: what a user sees, and what is stopped."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Sandbox
from .guarded_programs import PLATFORM, PROGRAM, TURNS

pytestmark = pytest.mark.engine

SECRET = "correct-horse-battery"

FOUND = (
    "security/iam-broad-managed-policy",
    "found arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
    "security/image-unpinned",
    "fix: Name the image by its digest: <image>@sha256:<64 hex digits>.",
    "security/plaintext-secret",
    "found a secret in API_KEY; expected a reference to a secret store",
    "resources/instance-type-over-cap",
    "found ml.p4d.24xlarge with 8; expected a machine with at most 4 accelerators",
    "docs: docs/guardrails.md#resources-instance-type-over-cap",
    "tags/missing",
)


def judged(
    sandbox: Sandbox, project: Path, config: Path | None = None, *, command: str = "preview"
) -> tuple[int, str]:
    """Exit code, and everything that was printed."""
    more = ["--policy-pack-config", str(config)] if config else []
    if command == "up":
        more += ["--yes", "--skip-preview"]
    answer = sandbox.pulumi(
        command,
        *("--stack", "dev", "--non-interactive", "--policy-pack", str(ROOT / "policies")),
        *more,
        cwd=project,
        check=False,
    )
    printed = answer.stdout + answer.stderr
    assert "Traceback" not in printed
    assert SECRET not in printed
    return answer.returncode, printed


def advised(printed: str) -> set[str]:
    """The rules that only advise."""
    return set(re.findall(r"\[advisory\] \[severity: \w+\]  (\S+)", printed))


def written(sandbox: Sandbox, config: dict[str, Any]) -> Path:
    path = sandbox.folder / "guardrails.json"
    path.write_text(json.dumps(config))
    return path


def test_insecure_and_over_sized_model_is_stopped_in_prod(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM)
    code, printed = judged(sandbox, project, ROOT / "policies" / "config" / "prod.json")
    assert code != 0
    for part in FOUND:
        assert part in printed
    assert "[mandatory] [severity: critical]  security/plaintext-secret" in printed
    assert advised(printed) == {"security/model-not-isolated", "security/trust-unbound"}


def test_same_model_is_told_in_dev(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM)
    code, printed = judged(sandbox, project, ROOT / "policies" / "config" / "dev.json")
    assert code == 0, printed
    for part in FOUND:
        assert part in printed
    assert "[mandatory]" not in printed


def test_update_stops_before_the_resource_without_a_preview(sandbox: Sandbox) -> None:
    """And ends by itself: the findings are the last word, not a wait or a broken pipe."""
    project = sandbox.project(PROGRAM)
    code, printed = judged(sandbox, project, command="up")
    assert code != 0
    # The attachment and the model are made beside each other: the first finding ends the update.
    assert any(
        rule in printed for rule in ("security/image-unpinned", "security/iam-broad-managed-policy")
    )
    types = [each["type"] for each in sandbox.resources(project)]
    assert "aws:sagemaker/endpointConfiguration:EndpointConfiguration" not in types
    assert "aws:sagemaker/model:Model" not in types


CRASHING = """
import os, sys
sys.path[0] = {root!r}
from policies import server
from policies.pack import RULES

def crash(*_):
    os._exit(1)

server.{of} = crash
server.serve(RULES)
"""


def test_an_update_stops_when_the_pack_dies(sandbox: Sandbox) -> None:
    """In the middle of judging a resource: nothing that was not judged is made."""
    project = sandbox.project(PROGRAM)
    pack = sandbox.folder / "pack"
    pack.mkdir()
    described = (ROOT / "policies" / "PulumiPolicy.yaml").read_text()
    (pack / "PulumiPolicy.yaml").write_text(described.replace("../.venv", str(ROOT / ".venv")))
    # What makes the resource that a rule is to look at: the pack is whole until then.
    (pack / "__main__.py").write_text(CRASHING.format(root=str(ROOT), of="_resource"))
    done = sandbox.pulumi(
        *("up", "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"),
        *("--policy-pack", str(pack)),
        cwd=project,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    assert sandbox.resources(project) == []
    with sandbox.store() as store:
        assert [each.token for each in store.events() if each.operation == "create"] == []


def test_exemption_lets_one_rule_pass_and_is_listed(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM)
    rule = "resources/instance-type-over-cap"
    granted = {
        "rule": rule,
        "urn": "*::configuration",
        "reason": "Benchmark of the new model.",
        "owner": "team-risk",
    }
    config = {
        "all": "disabled",
        rule: "mandatory",
        "exemptions/expired": "mandatory",
        "exemptions": {"granted": [granted | {"expires": "2999-12-31"}]},
    }
    code, printed = judged(sandbox, project, written(sandbox, config))
    assert code == 0, printed
    assert f"[advisory] [severity: high]  {rule}" in printed
    assert "exempt until 2999-12-31, by team-risk: Benchmark of the new model." in printed
    assert f"{rule} does not hold for *::configuration" in printed

    config["exemptions"] = {"granted": [granted | {"expires": "2026-01-31"}]}
    code, printed = judged(sandbox, project, written(sandbox, config))
    assert code != 0
    assert f"[mandatory] [severity: high]  {rule}" in printed
    assert "exempt no longer: it ended on 2026-01-31" in printed


def test_wrong_configuration_stops_before_anything_is_judged(sandbox: Sandbox) -> None:
    project = sandbox.project("")
    config = {"security/endpoint-kmz": "advisory", "cost/log-retention": {"max_day": 30}}
    code, printed = judged(sandbox, project, written(sandbox, config))
    assert code != 0
    assert "security/endpoint-kmz: no such rule; did you mean 'security/endpoint-kms'?" in printed
    assert "cost/log-retention.max_day: no such setting; did you mean 'max_days'?" in printed


# What a guardrail may set itself, beside a secret and a value that only the update knows.
TEMPLATE = """
import pulumi, pulumi_aws as aws

options = pulumi.ResourceOptions(
    provider=aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"]))
key = aws.kms.Key("key", enable_key_rotation=True, opts=options)
aws.ec2.LaunchTemplate(
    "machines", opts=options,
    user_data=pulumi.Output.secret("correct-horse-battery"),
    tags={"key": key.arn}, metadata_options={"http_tokens": "optional"})
aws.cloudwatch.LogGroup("logs", kms_key_id=key.arn, opts=options)
"""


def test_what_a_guardrail_sets_is_deployed_and_keeps_secrets(sandbox: Sandbox) -> None:
    project = sandbox.project(TEMPLATE)
    silent = {"all": "disabled"}
    asked = {"security/imds-v1": "remediate", "cost/log-retention": "remediate"}
    config = written(sandbox, silent | asked)
    for command in ("preview", "up"):
        code, printed = judged(sandbox, project, config, command=command)
        assert code == 0, printed
        assert "[remediate]  security/imds-v1" in printed
        assert "[remediate]  cost/log-retention" in printed
        assert "[mandatory]" not in printed
    by_name = {one["urn"].rpartition("::")[2]: one for one in sandbox.resources(project)}
    template = by_name["machines"]["inputs"]
    assert template["metadataOptions"]["httpTokens"] == "required"
    # Encrypted, and so still a secret.
    assert "ciphertext" in template["userData"]
    assert template["tags"]["key"] == by_name["key"]["outputs"]["arn"]
    assert by_name["logs"]["inputs"]["retentionInDays"] == 400
    code, printed = judged(
        sandbox, project, written(sandbox, silent | dict.fromkeys(asked, "mandatory"))
    )
    assert code != 0


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_our_own_models_pass(sandbox: Sandbox, environment: str) -> None:
    """No default of ours trips a rule: not in a preview, with all that is unknown there.

    What good teams decide otherwise is told: the function's package is not signed, and AWS's own
    key encrypts its variables.
    """
    config = ROOT / "policies" / "config" / f"{environment}.json"
    answer = sandbox.pulumi(
        "preview",
        *("--stack", environment, "--non-interactive"),
        *("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(config)),
    )
    assert "model-serving-guardrails@v0.1.0" in answer.stdout
    assert "[mandatory]" not in answer.stdout
    assert advised(answer.stdout) == {
        "security/function-environment-kms",
        "security/function-unsigned",
    }


TURNS_FOUND = (
    "latency/time-sliced-gpu",
    "found small, a pool whose GPUs are shared (turns)",
    "expected a GPU or a MIG profile of its own: the objective is 250 ms",
    "resources/node-pool-over-cap",
    "found 4 in each of 3 zones; expected at most 10",
    "resources/accelerator-pool-untainted",
    "security/cluster-open",
    "masterAuthorizedNetworksConfig: found nothing; expected networks of your own, or none",
    "security/cluster-network-policy",
    "security/cluster-secrets-encryption",
    "security/node-default-identity",
    "security/node-exposed",
    "security/node-unshielded",
    "security/workload-identity",
)


@pytest.mark.parametrize("command", ["preview", "up"])
def test_our_own_clusters_and_pools_pass(sandbox: Sandbox, command: str) -> None:
    """Least arguments and an owner: nothing is found, whether most is unknown yet or all known."""
    project = sandbox.project(PLATFORM)
    config = ROOT / "policies" / "config" / "prod.json"
    code, printed = judged(sandbox, project, config, command=command)
    assert code == 0, printed
    assert "model-serving-guardrails@v0.1.0" in printed
    assert "[mandatory]" not in printed
    assert "[advisory]" not in printed


def test_open_cluster_and_a_model_that_takes_turns_are_stopped(sandbox: Sandbox) -> None:
    project = sandbox.project(TURNS)
    code, printed = judged(sandbox, project, ROOT / "policies" / "config" / "prod.json")
    assert code != 0
    for part in TURNS_FOUND:
        assert part in printed, printed
