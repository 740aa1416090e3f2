"""The pack through its own protocol, without an engine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2

from policies.pack import RULES
from policies.rule import Level
from policies.server import schema
from tests.policies.cases import CASES
from tests.policies.cases.table import Case, resource, secret, urn
from tests.policies.conftest import Pack

Config = dict[str, tuple[str, dict[str, Any]]]
ROOT = Path(__file__).resolve().parents[2]
STACK_RULES = {rule.id for rule in RULES if rule.stack}
ENDPOINT = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
FUNCTION = "aws:lambda/function:Function"
NO_KEY = {"productionVariants": [{"instanceType": "ml.m5.large"}]}


def of_each_rule() -> list[Case]:
    """The first passing and the first failing case of every rule."""
    chosen: dict[tuple[str, bool], Case] = {}
    for case in CASES:
        chosen.setdefault((case.rule, bool(case.faults)), case)
    return list(chosen.values())


def configured(case: Case, level: str = "mandatory") -> Config:
    """All other rules are silent."""
    silent: Config = {rule.id: ("disabled", {}) for rule in RULES}
    return silent | {case.rule: (level, case.settings)}


@pytest.mark.parametrize("case", of_each_rule(), ids=lambda case: case.id)
def test_same_verdict_as_in_process(pack: Pack, case: Case) -> None:
    pack.configure(configured(case))
    if case.rule in STACK_RULES:
        found = pack.analyze_stack(case.resource(), *case.others)
    else:
        found = pack.analyze(case.resource())
    assert [one.policyName for one in found] == [case.rule] * len(case.faults)
    for one, path in zip(found, case.faults, strict=True):
        # What is missing beside a resource is at none of its properties.
        assert (f"\n{path}: found " if path else "\nfound ") in one.message
        assert one.enforcementLevel == analyzer_pb2.MANDATORY
        assert one.severity != analyzer_pb2.POLICY_SEVERITY_UNSPECIFIED
        assert one.urn == urn("subject")


def test_every_rule_is_a_policy(pack: Pack) -> None:
    told = {one.name: one for one in pack.info().policies}
    assert set(told) == {rule.id for rule in RULES} | {"exemptions"}
    for rule in RULES:
        one = told[rule.id]
        advisory = rule.level is Level.ADVISORY
        assert one.enforcementLevel == (
            analyzer_pb2.ADVISORY if advisory else analyzer_pb2.MANDATORY
        )
        assert one.description == rule.title
        assert one.remediation_steps == rule.fix
        assert set(one.configSchema.properties.fields) == set(schema(rule))


def test_levels_are_per_rule(pack: Pack) -> None:
    pack.configure({"security/endpoint-kms": ("advisory", {}), "tags/missing": ("disabled", {})})
    (one,) = pack.analyze(resource("c", ENDPOINT, NO_KEY))
    assert (one.policyName, one.enforcementLevel) == (
        "security/endpoint-kms",
        analyzer_pb2.ADVISORY,
    )


def test_settings_reach_the_rule(pack: Pack) -> None:
    logs = resource("l", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 30})
    pack.configure({})
    assert pack.analyze(logs) == []
    pack.configure({"cost/log-retention": ("mandatory", {"max_days": 14})})
    (one,) = pack.analyze(logs)
    assert "expected from 1 to 14 days" in one.message


def test_the_option_protect_reaches_the_rule(pack: Pack) -> None:
    emptied, bucket = {"forceDestroy": True}, "aws:s3/bucket:Bucket"
    pack.configure({})
    (one,) = pack.analyze(resource("b", bucket, emptied))
    assert one.policyName == "resources/state-unprotected"
    assert pack.analyze(resource("b", bucket, emptied, protect=True)) == []


WRONG: tuple[tuple[Config, str], ...] = (
    ({"security/endpoint-kmz": ("mandatory", {})}, "did you mean 'security/endpoint-kms'?"),
    ({"cost/log-retention": ("mandatory", {"max_day": 1})}, "did you mean 'max_days'?"),
    ({"cost/log-retention": ("mandatory", {"max_days": "x"})}, "use a whole number from 1 up"),
    ({"exemptions": ("mandatory", {"granted": [{"rule": "x"}]})}, "every exemption says its"),
)


@pytest.mark.parametrize(("config", "says"), WRONG)
def test_wrong_configuration_is_refused(pack: Pack, config: Config, says: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        pack.configure(config)
    told = str(refused.value)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert says in told.replace("\\'", "'")
    assert "Traceback" not in told


def test_secret_is_not_printed(pack: Pack) -> None:
    pack.configure({})
    value = "correct horse battery"
    variables = {"DB_PASSWORD": secret(value), "API_KEY": value}
    found = pack.analyze(resource("f", FUNCTION, {"environment": {"variables": variables}}))
    assert [one.policyName for one in found].count("security/plaintext-secret") == 2
    assert all(value not in one.message for one in found)


def test_pack_stands_alone(tmp_path: Path) -> None:
    """`policies` and `facts` side by side are enough: nothing else of the project is there."""
    for name in ("policies", "facts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    started = subprocess.Popen(
        # -S: the editable install of the project is not followed.
        [sys.executable, "-S", "-m", "pulumi.policy", "127.0.0.1:1", str(tmp_path / "policies")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": packages},
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        assert started.stdout is not None
        assert int(started.stdout.readline()) > 0
        started.terminate()
    assert started.returncode == 0
