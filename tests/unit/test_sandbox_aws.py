"""The AWS stand-in: accounts, names, previews, what it computes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.schema import Library
from sandbox.wire import UNKNOWN
from tests.unit.sandbox_aws import (
    ACCOUNT,
    ALIAS,
    ROLE,
    function,
)
from tests.unit.sandbox_life import AUTONAMING, Made, Stack, trust, urn


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


# ---- accounts ----


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"region": "eu-west-1", "allowedAccountIds": ["999999999999"]}, "ID not allowed: 1234567"),
        ({"region": "eu-west-1", "forbiddenAccountIds": [ACCOUNT]}, "forbiddenAccountIds"),
        ({"region": "europe"}, 'region: got "europe"'),
        (
            {"region": "eu-west-1", "assumeRoles": [{"roleArn": "arn:aws:iam::1:role/x"}]},
            "no account 1",
        ),
    ],
)
def test_another_account_than_meant(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        Stack("aws", tmp_path / "store.sqlite", settings)


def test_settings_travel_as_json(tmp_path: Path) -> None:
    settings = {
        "region": "eu-west-1",
        "allowedAccountIds": json.dumps([ACCOUNT]),
        "defaultTags": json.dumps({"tags": {"team": "risk", "owner": "a"}}),
    }
    aws = Stack("aws", tmp_path / "store.sqlite", settings)
    key = aws.create("aws:kms/key:Key", "key", tags={"owner": "b"})
    assert key.outputs["tagsAll"] == {"team": "risk", "owner": "b"}
    assert key.outputs["tags"] == {"owner": "b"}


def test_no_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(RefusedError, match="pulumi config set aws:region"):
        Stack("aws", tmp_path / "store.sqlite")


def test_settings_are_checked(aws: Stack) -> None:
    problems = aws.life.check_settings({"regoin": "x", "allowedAccountIds": '["1"]'})
    assert [(p.path, p.reason) for p in problems] == [
        ("regoin", 'unknown property; did you mean "region"?')
    ]


# ---- names ----


def test_names_are_automatic_stable_and_noted(aws: Stack) -> None:
    key = aws.create("aws:cloudwatch/logGroup:LogGroup", "logs")
    assert re.fullmatch(r"logs-[0-9a-f]{7}", key.inputs["name"])
    assert key.inputs["__defaults"] == ["name"]
    assert aws.paths(key, retentionInDays=7) == {"retentionInDays": False}


def test_a_name_of_the_program_is_used_and_replaced_delete_first(aws: Stack) -> None:
    group = aws.create("aws:ec2/securityGroup:SecurityGroup", "group", name="mine", description="a")
    plan = aws.plan(group, description="b")
    assert plan.replacing == {"description"}
    assert plan.delete_first
    automatic = aws.create("aws:ec2/securityGroup:SecurityGroup", "other", description="a")
    assert not aws.plan(automatic, description="b").delete_first


def test_long_names_are_cut_and_refused(aws: Stack) -> None:
    made = aws.create(ROLE, "r" * 100, assumeRolePolicy=trust("ec2.amazonaws.com"))
    assert len(made.inputs["name"]) == 64
    (problem,) = aws.problems(ROLE, {"name": "r" * 65, "assumeRolePolicy": trust("x")})
    assert "65 characters; use 1 to 64 characters" in problem.reason


def test_a_prefix_is_completed_by_the_service(aws: Stack) -> None:
    made = aws.create(ROLE, "r", namePrefix="mine-", assumeRolePolicy=trust("ec2.amazonaws.com"))
    assert str(made.outputs["name"]).startswith("mine-")


def test_what_the_engine_proposes_is_used(aws: Stack) -> None:
    inputs, problems = aws.life.check(
        urn("aws:cloudwatch/logGroup:LogGroup", "logs"),
        {},
        {},
        AUTONAMING.__class__(seed=b"x", proposed="proposed", mode="enforce"),
    )
    assert (inputs["name"], problems) == ("proposed", [])


def test_a_taken_name_is_refused_with_the_way_out(aws: Stack) -> None:
    aws.create("aws:s3/bucket:Bucket", "one", bucket="taken")
    with pytest.raises(RefusedError, match=r"Bucket taken exists already.*pulumi import aws:s3"):
        aws.create("aws:s3/bucket:Bucket", "two", bucket="taken")


# ---- previews ----


def test_a_preview_knows_inputs_and_nothing_that_the_cloud_gives(aws: Stack) -> None:
    outputs = aws.preview("aws:kms/key:Key", "key", description="d", tags={"a": "b"}).outputs
    assert outputs["description"] == "d"
    assert outputs["tagsAll"] == {"a": "b"}
    assert outputs["region"] == "eu-west-1"
    assert outputs["arn"] is UNKNOWN
    assert outputs["keyId"] is UNKNOWN


def test_a_preview_does_not_touch_the_cloud(aws: Stack) -> None:
    before = len(aws.store.events())
    aws.preview("aws:kms/key:Key", "key")
    assert len(aws.store.events()) == before


# ---- outputs ----


def test_outputs_look_like_the_vendors(aws: Stack) -> None:
    region = f"eu-west-1:{ACCOUNT}"
    key = aws.create("aws:kms/key:Key", "key")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key.id)
    assert key.outputs["arn"] == f"arn:aws:kms:{region}:key/{key.id}"
    alias = aws.create("aws:kms/alias:Alias", "alias", targetKeyId=key.id)
    assert alias.outputs["name"].startswith("alias/alias-")
    assert alias.outputs["targetKeyArn"] == key.outputs["arn"]
    made = aws.create(ROLE, "role", assumeRolePolicy=trust("ec2.amazonaws.com"), path="/models/")
    assert made.outputs["arn"] == f"arn:aws:iam::{ACCOUNT}:role/models/{made.id}"
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", made.outputs["uniqueId"])
    api = aws.create("aws:apigatewayv2/api:Api", "api", protocolType="HTTP")
    assert re.fullmatch(r"[a-z0-9]{10}", api.id)
    host = f"https://{api.id}.execute-api.eu-west-1.amazonaws.com"
    assert api.outputs["apiEndpoint"] == host
    stage = aws.create("aws:apigatewayv2/stage:Stage", "stage", apiId=api.id, name="$default")
    assert stage.outputs["invokeUrl"] == f"{host}/"
    template = aws.create("aws:ec2/launchTemplate:LaunchTemplate", "template")
    assert re.fullmatch(r"lt-[0-9a-f]{17}", template.id)
    queue = aws.create("aws:sqs/queue:Queue", "queue", name="q")
    assert queue.outputs["url"] == f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/q"
    policy = aws.create("aws:iam/policy:Policy", "p", policy=trust("x"))
    assert policy.id == policy.outputs["arn"]


@pytest.mark.parametrize(
    ("token", "inputs", "wanted"),
    [
        (
            "aws:apigateway/restApi:RestApi",
            {"name": "a"},
            {
                "arn": r"arn:aws:apigateway:eu-west-1::/restapis/\w{10}",
                "executionArn": r"arn:aws:execute-api:eu-west-1:123456789012:\w{10}",
                "rootResourceId": r"\w{10}",
            },
        ),
        (
            "aws:cognito/userPool:UserPool",
            {"name": "a"},
            {
                "arn": r"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_\w+",
                "endpoint": r"cognito-idp\.eu-west-1\.amazonaws\.com/eu-west-1_\w+",
            },
        ),
        (
            "aws:efs/fileSystem:FileSystem",
            {},
            {
                "id": r"fs-[0-9a-f]{17}",
                "arn": r"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-\w+",
            },
        ),
        (
            "aws:cloudwatch/eventBus:EventBus",
            {"name": "b"},
            {"arn": r"arn:aws:events:eu-west-1:123456789012:event-bus/b"},
        ),
        ("aws:ec2/internetGateway:InternetGateway", {}, {"id": r"igw-[0-9a-f]{17}"}),
        (
            "aws:signer/signingProfile:SigningProfile",
            {"platformId": "AWSLambda-SHA384-ECDSA"},
            {"versionArn": r"arn:aws:signer:eu-west-1:123456789012:/signing-profiles/\w+/\w{10}"},
        ),
        (
            "aws:cognito/userPoolClient:UserPoolClient",
            {"name": "a", "userPoolId": "eu-west-1_a"},
            {"id": r"[a-z0-9]{26}"},
        ),
        (
            "aws:cognito/identityPool:IdentityPool",
            {"identityPoolName": "a"},
            {"id": r"eu-west-1:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"},
        ),
    ],
)
def test_arns_and_ids_have_the_services_form(
    aws: Stack, token: str, inputs: dict[str, Any], wanted: dict[str, str]
) -> None:
    made = aws.create(token, "it", **inputs)
    outputs = {**made.outputs, "id": made.id}
    for name, pattern in wanted.items():
        assert re.fullmatch(pattern, outputs[name]), (name, outputs[name])


def test_two_stages_of_one_name_are_two(aws: Stack) -> None:
    made: list[Made] = []
    for number in (1, 2):
        api = aws.create("aws:apigatewayv2/api:Api", f"api-{number}", protocolType="HTTP")
        stage = "aws:apigatewayv2/stage:Stage"
        made.append(aws.create(stage, f"stage-{number}", apiId=api.id, name="$default"))
    aws.delete(made[1])
    first, second = aws.read(made[0]), aws.read(made[1])
    assert second is None
    assert first is not None
    assert first.outputs["apiId"] == made[0].inputs["apiId"]


def test_what_belongs_to_a_function_goes_with_it(aws: Stack) -> None:
    made = function(aws)
    alias = aws.create(ALIAS, "live", name="live", functionName=made.id, functionVersion="1")
    aws.delete(made)
    assert aws.read(alias) is None
    aws.delete(alias)  # What is gone is no error.


def test_every_other_type_has_outputs_of_its_declared_types(aws: Stack) -> None:
    topic = aws.create("aws:ssm/document:Document", "d", documentType="Command", content="{}")
    assert topic.id.startswith("d-")
    declared = Library("aws").resource("aws:ssm/document:Document")
    computed = {name for name in declared.outputs if name not in declared.inputs}
    assert computed <= set(topic.outputs)
