"""Ways round the guardrails through the real engine: each stops the update, or is told."""

import json
import re
from pathlib import Path

import pytest

from .conftest import ROOT, Sandbox
from .test_guardrails import CRASHING, judged

pytestmark = pytest.mark.engine

IMAGE = "security/image-unpinned"
LOGS = "cost/log-retention"
UNREAD = "resources/unread"
# One fault in many disguises: an image that can move.
DISGUISED = """
import json
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s

cloud = pulumi.ResourceOptions(
    provider=aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"]))
cluster = k8s.Provider("cluster", context="serving-dev")
on = pulumi.ResourceOptions(provider=cluster)
spec = {"containers": [{"name": "main", "image": "example.com/server:latest"}]}
work = {"selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": spec}}

hidden = pulumi.ComponentResource("mine:index:Hidden", "hidden")
deeper = pulumi.ComponentResource("mine:index:Hidden", "deeper", None,
                                  pulumi.ResourceOptions(parent=hidden))
k8s.core.v1.Pod("in-components", spec=spec,
                opts=pulumi.ResourceOptions(provider=cluster, parent=deeper))
k8s.apps.v1.Deployment("protected", spec=work,
                       opts=pulumi.ResourceOptions(provider=cluster, protect=True))
k8s.apps.v1.DeploymentPatch("patched", metadata={"name": "theirs"}, spec=work, opts=on)
k8s.apiextensions.CustomResource("custom", api_version="apps/v1", kind="Deployment",
                                 metadata={"name": "custom"}, spec=work, opts=on)
k8s.yaml.v2.ConfigGroup("group", opts=pulumi.ResourceOptions(providers=[cluster]), objs=[
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "of-yaml"}, "spec": spec}])
aws.cloudcontrol.Resource("controlled", type_name="AWS::S3::Bucket",
                          desired_state=json.dumps({"BucketName": "models-of-nobody"}), opts=cloud)
renamed = pulumi.ResourceOptions.merge(
    on, pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="mine:index:Pod", name="before")]))
k8s.core.v1.Pod("renamed", spec=spec, opts=renamed)
"""
STRICT = {"all": "disabled", IMAGE: "mandatory", UNREAD: "mandatory"}


def written(sandbox: Sandbox, config: object) -> Path:
    path = sandbox.folder / "guardrails.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return path


def blocked(printed: str, rule: str) -> set[str]:
    """Names of resources that the rule stops."""
    said = " ".join(printed.split())
    return set(re.findall(rf"\[mandatory\] \[severity: \w+\] {rule} \(\S+ (\S+)\)", said))


def test_a_fault_in_disguise_is_found(sandbox: Sandbox) -> None:
    project = sandbox.project(DISGUISED)
    code, printed = judged(sandbox, project, written(sandbox, STRICT))
    assert code != 0
    found = {"in-components", "protected", "patched", "custom", "group:default/of-yaml", "renamed"}
    assert blocked(printed, IMAGE) == found, printed
    assert blocked(printed, UNREAD) == {"controlled"}, printed


KEPT = """
import pulumi, pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
options = pulumi.ResourceOptions(provider=provider)
given = {}
ignored = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions({options}))
aws.cloudwatch.LogGroup("kept", name="/kept", **given, opts=ignored)
"""


def test_what_a_program_ignores_is_judged_as_it_is(sandbox: Sandbox) -> None:
    """`ignoreChanges` keeps the old value, whatever the program says; import takes what is there.

    What a program only reads is somebody else's and not judged: it is listed in docs/guardrails.md.
    """
    strict = written(sandbox, {"all": "disabled", LOGS: "mandatory"})
    project = sandbox.project(KEPT.replace("{options}", ""))
    sandbox.pulumi("up", "--yes", "--skip-preview", "--stack", "dev", cwd=project)
    ignoring = KEPT.replace("{options}", 'ignore_changes=["retentionInDays"]')
    ignoring = ignoring.replace("given = {}", 'given = {"retention_in_days": 30}')
    read = 'aws.cloudwatch.LogGroup.get("read", "/kept", opts=options)\n'
    (project / "__main__.py").write_text(ignoring + read)
    code, printed = judged(sandbox, project, strict, command="up")
    assert code != 0
    assert blocked(printed, LOGS) == {"kept"}
    taken = 'aws.cloudwatch.LogGroup("taken", name="/kept", opts=pulumi.ResourceOptions.merge('
    taken += 'options, pulumi.ResourceOptions(import_="/kept")))\n'
    (project / "__main__.py").write_text(KEPT.split("ignored =", maxsplit=1)[0] + taken)
    code, printed = judged(sandbox, project, strict)
    assert code != 0
    assert blocked(printed, LOGS) == {"taken"}


@pytest.mark.parametrize("content", [None, "{", "[]", '{"all": 7}', '{"exemptions": "none"}'])
def test_a_configuration_that_is_not_there_or_none_stops(
    sandbox: Sandbox, content: str | None
) -> None:
    project = sandbox.project("")
    path = sandbox.folder / "missing.json"
    code, _ = judged(sandbox, project, path if content is None else written(sandbox, content))
    assert code != 0


@pytest.mark.parametrize("of", ["serve", "build", "schema"])
def test_a_pack_that_dies_before_it_judges_lets_nothing_through(sandbox: Sandbox, of: str) -> None:
    """When it starts, when it is told its levels, when it says what its rules are."""
    project = sandbox.project(KEPT.replace("{options}", ""))
    pack = sandbox.folder / "pack"
    pack.mkdir()
    described = (ROOT / "policies" / "PulumiPolicy.yaml").read_text()
    (pack / "PulumiPolicy.yaml").write_text(described.replace("../.venv", str(ROOT / ".venv")))
    (pack / "__main__.py").write_text(CRASHING.format(root=str(ROOT), of=of))
    config = written(sandbox, {"all": "advisory"})
    done = sandbox.pulumi(
        *("up", "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"),
        *("--policy-pack", str(pack), "--policy-pack-config", str(config)),
        cwd=project,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    with sandbox.store() as store:
        assert [each.token for each in store.events() if each.operation == "create"] == []
