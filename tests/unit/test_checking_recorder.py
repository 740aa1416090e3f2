"""A program's resources as a preview of the engine would hand them to guardrails."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.checking.answers import Answers
from delivery.checking.program import Program, ProgramError, Recording, record
from delivery.checking.stand_ins import resolved
from facts.model_references import parse
from policies.properties import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_MARKERS

PROVIDER = """
import pulumi, pulumi_aws as aws
provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
options = pulumi.ResourceOptions(provider=provider)
lookup = pulumi.InvokeOptions(provider=provider)
"""


def ran(tmp_path: Path, body: str, config: dict[str, str] | None = None) -> Recording:
    path = tmp_path / "__main__.py"
    path.write_text(body)
    return record(Program(tmp_path, "tiny", "dev", config or {}), Answers())


def properties(recording: Recording, name: str) -> dict[str, Any]:
    (found,) = (one for one in recording.resources if one.name == name)
    return dict(found.properties)


def test_what_only_the_cloud_computes_is_unknown(tmp_path: Path) -> None:
    recording = ran(
        tmp_path,
        PROVIDER
        + """
key = aws.kms.Key("key", description="ours", opts=options)
group = aws.cloudwatch.LogGroup("logs", kms_key_id=key.arn, retention_in_days=7, opts=options)
aws.sns.Topic("told", display_name=key.description, opts=options)
aws.sns.Topic("days", display_name=group.retention_in_days.apply(str), opts=options)
pulumi.export("arn", key.arn)
""",
    )
    assert properties(recording, "logs")["kmsKeyId"] in UNKNOWN_MARKERS
    assert properties(recording, "told")["displayName"] == "ours"
    assert properties(recording, "days")["displayName"] == "7"


def test_what_is_read_out_of_an_object_is_unknown(tmp_path: Path) -> None:
    """Only the provider knows what it adds to it."""
    recording = ran(
        tmp_path,
        PROVIDER
        + """
cluster = aws.eks.Cluster(
    "cluster", role_arn="arn:aws:iam::123456789012:role/eks", opts=options,
    vpc_config={"subnet_ids": ["subnet-1"]})
aws.sns.Topic(
    "group", display_name=cluster.vpc_config.cluster_security_group_id, opts=options)
""",
    )
    assert properties(recording, "group")["displayName"] in UNKNOWN_MARKERS


def test_secrets_keep_their_wire_form(tmp_path: Path) -> None:
    recording = ran(
        tmp_path,
        PROVIDER
        + """
first = aws.ssm.Parameter(
    "first", type="SecureString", value=pulumi.Output.secret("correct-horse"), opts=options)
aws.ssm.Parameter("second", type="String", value=first.value, opts=options)
""",
    )
    for name in ("first", "second"):
        assert properties(recording, name)["value"] == {
            SIGNATURE_KEY: SECRET_SIGNATURE,
            "value": "correct-horse",
        }


def test_names_are_given_as_providers_give_them(tmp_path: Path) -> None:
    recording = ran(
        tmp_path,
        PROVIDER
        + """
role = aws.iam.Role("role", assume_role_policy="{}", opts=options)
aws.iam.Role("named", name="mine", assume_role_policy="{}", opts=options)
aws.iam.Role("begun", name_prefix="mine-", assume_role_policy="{}", opts=options)
aws.iam.RolePolicy("policy", role=role.name, policy="{}", opts=options)
aws.kms.Key("nameless", opts=options)
""",
    )
    assert properties(recording, "role")["name"] == "role-0000000"
    assert properties(recording, "policy")["role"] == "role-0000000"
    assert properties(recording, "named")["name"] == "mine"
    assert "name" not in properties(recording, "begun")
    assert "name" not in properties(recording, "nameless")


def test_dependencies_parents_and_providers_are_kept(tmp_path: Path) -> None:
    recording = ran(
        tmp_path,
        """
import pulumi, pulumi_aws as aws
tagged = aws.Provider("tagged", region="eu-west-1", default_tags={"tags": {"owner": "team-risk"}})
options = pulumi.ResourceOptions(provider=tagged)
component = pulumi.ComponentResource("my:index:Thing", "thing")
key = aws.kms.Key("key", opts=options)
aws.cloudwatch.LogGroup(
    "logs", kms_key_id=key.arn,
    opts=pulumi.ResourceOptions(provider=tagged, parent=component))
aws.sns.Topic("topic")
""",
        {"aws:region": "eu-west-3"},
    )
    by_name = {one.name: one for one in recording.resources}
    logs = by_name["logs"]
    assert logs.urn == "urn:pulumi:dev::tiny::my:index:Thing$aws:cloudwatch/logGroup:LogGroup::logs"
    assert logs.parent == "urn:pulumi:dev::tiny::my:index:Thing::thing"
    assert logs.property_dependencies["kmsKeyId"] == (by_name["key"].urn,)
    assert logs.dependencies == (by_name["key"].urn,)
    assert json.loads(logs.provider["defaultTags"]) == {"tags": {"owner": "team-risk"}}
    assert by_name["topic"].provider == {"region": "eu-west-3"}


def test_functions_answer_what_the_provider_was_told(tmp_path: Path) -> None:
    recording = ran(
        tmp_path,
        PROVIDER
        + """
def put(name, value):
    aws.sns.Topic(name, display_name=value, opts=options)
put("region", aws.get_region_output(opts=lookup).region)
put("account", aws.get_caller_identity_output(opts=lookup).account_id)
put("partition", aws.get_partition_output(opts=lookup).partition)
put("network", aws.ec2.get_vpc_output(id="vpc-1", opts=lookup).cidr_block)
assert aws.ec2.get_vpc(id="vpc-1", opts=lookup).cidr_block is None
""",
    )
    told = {name: properties(recording, name)["displayName"] for name in ("region", "account")}
    assert told == {"region": "eu-west-1", "account": "123456789012"}
    assert properties(recording, "partition")["displayName"] == "aws"
    assert properties(recording, "network")["displayName"] in UNKNOWN_MARKERS


def test_a_resource_that_is_read_is_there_and_not_judged(tmp_path: Path) -> None:
    recording = ran(
        tmp_path,
        PROVIDER
        + """
theirs = aws.ec2.Subnet.get("theirs", "subnet-1", opts=options)
aws.sns.Topic("id", display_name=theirs.id, opts=options)
aws.sns.Topic("zone", display_name=theirs.availability_zone, opts=options)
""",
    )
    assert "theirs" not in {one.name for one in recording.resources}
    assert properties(recording, "zone")["displayName"] in UNKNOWN_MARKERS


def test_pools_that_nobody_here_knows_are_unknown(tmp_path: Path) -> None:
    """The program asks for them while it runs, and goes on where nobody knows."""
    recording = ran(
        tmp_path,
        """
import pulumi
found = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": "o/platform/dev"})
pulumi.log.warn(type(found.value["outputs"]["gpu_node_pools"]).__name__)
""",
    )
    assert recording.warnings == ("Unknown",)


def test_what_is_hosted_elsewhere_answers_nothing_and_is_told(tmp_path: Path) -> None:
    recording = ran(
        tmp_path,
        PROVIDER
        + """
theirs = pulumi.ComponentResource("their:index:Thing", "thing", {}, remote=True)
told = pulumi.runtime.call("their:index:Thing/name", {"__self__": theirs}, theirs)
single = pulumi.runtime.call_single("their:index:Thing/zone", {"__self__": theirs}, theirs)
aws.sns.Topic("name", display_name=told.apply(lambda one: one["name"]), opts=options)
aws.sns.Topic("zone", display_name=single, opts=options)
aws.sns.Topic("beside", display_name="ours", opts=options)
""",
    )
    for name in ("name", "zone"):
        assert properties(recording, name)["displayName"] in UNKNOWN_MARKERS
    assert properties(recording, "beside")["displayName"] == "ours"
    (warning,) = recording.warnings
    assert warning.startswith("thing: what their:index:Thing makes is not judged")


@pytest.mark.parametrize(
    ("body", "refused", "says"),
    [
        ("import pulumi\nraise pulumi.RunError('not so')", True, "not so"),
        ("raise ValueError('odd')", False, "ValueError: odd"),
        ("import sys\nsys.exit(0)", False, r"it ended itself by sys.exit\(0\)"),
        ("import os\ndel os.environ['PULUMI_CONFIG']\nraise ValueError", False, "ValueError"),
        (
            PROVIDER + "import pulumi\npulumi.Output.from_input(1).apply(lambda n: 1 / 0)",
            False,
            "ZeroDivisionError",
        ),
    ],
)
def test_a_program_that_fails_is_told(
    tmp_path: Path, body: str, says: str, *, refused: bool
) -> None:
    with pytest.raises(ProgramError, match=says) as failed:
        ran(tmp_path, body)
    assert failed.value.refused is refused
    # And the next one is not touched by it.
    assert [one.name for one in ran(tmp_path, "").resources] == ["tiny-dev"]


def test_warnings_of_the_program_are_kept(tmp_path: Path) -> None:
    recording = ran(tmp_path, "import pulumi\npulumi.log.warn('mind')\npulumi.log.info('x')")
    assert recording.warnings == ("mind",)


def test_configuration_reaches_the_program(tmp_path: Path) -> None:
    body = """
import pulumi
pulumi.log.warn(pulumi.Config().require("size") + pulumi.get_stack() + pulumi.get_project())
pulumi.log.warn(str(sorted(pulumi.runtime.get_config_env())))
"""
    recording = ran(tmp_path, body, {"tiny:size": "3"})
    assert recording.warnings == ("3devtiny", "['tiny:size']")


@pytest.mark.parametrize(
    "uri",
    [
        "models:/churn@champion",
        "models:/churn/7/model.onnx",
        "hf://org/model@main",
        "oci://registry.example/models/churn:latest",
        "s3://bucket/churn/model.tar.gz",
        "gs://bucket/churn/model.onnx",
        "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/churn",
        "vertex://projects/p/locations/europe-west4/models/churn@champion",
        "azureml://registries/shared/models/churn/labels/champion",
    ],
)
def test_what_a_reference_stands_for_moves_no_more(uri: str) -> None:
    answer = resolved(uri, "s3")
    exact = parse(answer["resolvedUri"])
    assert answer["uri"] == uri
    assert answer["version"]
    assert exact is not None
    if not uri.startswith("models:"):
        assert not exact.moves
        assert exact.version == answer["version"]
