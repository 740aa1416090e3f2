"""What the stand-in of AWS computes, refuses, updates and replaces."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.aws.replace import TABLE
from sandbox.clouds.base import RefusedError
from sandbox.life import HalfDoneError
from sandbox.schema import Library
from sandbox.store import Fault
from sandbox.wire import ARCHIVE, SIGNATURE, UNKNOWN
from tests.unit.sandbox_life import AUTONAMING, Made, Stack, trust, urn

ROLE = "aws:iam/role:Role"
MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
PERMISSION = "aws:lambda/permission:Permission"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
ACCOUNT = "123456789012"


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def code(digest: str) -> dict[str, Any]:
    return {SIGNATURE: ARCHIVE, "hash": digest}


def role(aws: Stack, *services: str) -> str:
    made = aws.create(ROLE, f"role-{'-'.join(services)[:10]}", assumeRolePolicy=trust(*services))
    return str(made.outputs["arn"])


def function(aws: Stack, digest: str = "1", **inputs: object) -> Made:
    arn = role(aws, "lambda.amazonaws.com")
    given = {"handler": "x.y", "runtime": "python3.12", "publish": True, **inputs}
    return aws.create(FUNCTION, "f", role=arn, code=code(digest), **given)


def variant(name: str, model: Made, weight: float = 1) -> dict[str, Any]:
    return {
        "variantName": name,
        "modelName": model.outputs["name"],
        "initialVariantWeight": weight,
        "initialInstanceCount": 2,
        "instanceType": "ml.m5.large",
    }


def served(aws: Stack, **deployment: object) -> tuple[Made, Made, Made]:
    arn = role(aws, "sagemaker.amazonaws.com")
    model = aws.create(MODEL, "model", executionRoleArn=arn, primaryContainer={"image": "x"})
    config = aws.create(CONFIGURATION, "config", productionVariants=[variant("stable", model, 3)])
    endpoint = aws.create(
        ENDPOINT,
        "endpoint",
        name="fraud",
        endpointConfigName=config.outputs["name"],
        **({"deploymentConfig": deployment} if deployment else {}),
    )
    return model, config, endpoint


def live(aws: Stack) -> dict[str, Any]:
    row = aws.store.by_name("aws", ENDPOINT, "fraud")
    assert row is not None
    return row.live


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
    problems = aws.problems(ROLE, {"name": "r" * 65, "assumeRolePolicy": trust("x")})
    assert "65 characters; use at most 64" in problems[0].reason


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


# ---- Lambda ----


def test_a_version_is_published_when_code_or_configuration_change(aws: Stack) -> None:
    made = function(aws)
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{made.id}"
    assert made.outputs["version"] == "1"
    assert made.outputs["qualifiedArn"] == f"{arn}:1"
    assert made.outputs["invokeArn"].endswith(f"functions/{arn}/invocations")
    tagged = aws.update(made, tags={"a": "b"})
    assert tagged.outputs["version"] == "1"
    expected = aws.preview_update(tagged, code=code("2")).outputs
    assert expected["version"] is UNKNOWN
    assert expected["qualifiedArn"] is UNKNOWN
    assert expected["arn"] == arn
    changed = aws.update(tagged, code=code("2"))
    assert changed.outputs["version"] == "2"
    assert changed.outputs["codeSha256"] != made.outputs["codeSha256"]
    row = aws.store.by_name("aws", FUNCTION, made.id)
    assert row is not None
    assert row.live["versions"] == ["1", "2"]
    assert set(row.live["codes"]) == {"1", "2"}


def test_without_publish_there_is_only_latest(aws: Stack) -> None:
    assert function(aws, publish=False).outputs["version"] == "$LATEST"


def test_an_alias_routes_to_versions_that_exist(aws: Stack) -> None:
    made = function(aws)

    def alias(version: str, weights: dict[str, float]) -> Made:
        routing = {"additionalVersionWeights": weights}
        return aws.create(
            ALIAS, "a", functionName=made.id, functionVersion=version, routingConfig=routing
        )

    with pytest.raises(RefusedError, match=r"(?s)no version 2; it has \$LATEST, 1\."):
        alias("2", {})
    with pytest.raises(RefusedError, match=r'additionalVersionWeights\["7"\]: function .* no ver'):
        alias("1", {"7": 0.1})
    made = aws.update(made, code=code("2"))
    found = alias("1", {"2": 0.1})
    assert found.id == found.outputs["arn"] == f"{made.outputs['arn']}:{found.inputs['name']}"


def test_weights_of_an_alias_are_checked_before_anything_is_made(aws: Stack) -> None:
    inputs = {
        "functionName": UNKNOWN,
        "functionVersion": "1",
        "routingConfig": {"additionalVersionWeights": {"1": 0.5, "2": 1.5}},
    }
    assert [problem.reason for problem in aws.problems(ALIAS, inputs)] == [
        "version 1 is the alias's own (functionVersion): weigh another",
        "got 1.5; use a share from 0.0 to 1.0",
    ]


# ---- references ----


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (MODEL, {"executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/no"}, "Role .*no does not ex"),
        (
            CONFIGURATION,
            {"productionVariants": [{"modelName": "no"}]},
            r"\[0\].modelName: Model no",
        ),
        (ENDPOINT, {"endpointConfigName": "no"}, "EndpointConfiguration no does not exist"),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "serving-deb",
                "subnetIds": ["subnet-0dev00000000000a1", "subnet-1"],
                "nodeRoleArn": f"arn:aws:iam::{ACCOUNT}:role/serving-dev-cluster",
                "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 1},
            },
            r"(?s)did you mean serving-dev\?.*\[1\]: Subnet subnet-1.*ec2.*cannot assume",
        ),
        (
            "aws:appautoscaling/target:Target",
            {
                "serviceNamespace": "sagemaker",
                "resourceId": "endpoint/no/variant/a",
                "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "minCapacity": 1,
                "maxCapacity": 2,
            },
            "Endpoint no does not exist",
        ),
        ("aws:kms/alias:Alias", {"targetKeyId": "no"}, "Key no does not exist"),
        ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "no", "policy": "{}"}, "Bucket no does"),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "serving-dev-cluster", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/no"},
            "Policy .*no does not exist",
        ),
        ("aws:apigatewayv2/stage:Stage", {"apiId": "no"}, "Api no does not exist"),
    ],
)
def test_references_are_to_what_exists(
    aws: Stack, token: str, inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        aws.create(token, "it", **inputs)
    assert aws.store.events(operation="create")[-1].outcome == "refused"


def test_a_role_is_assumed_by_the_service_that_it_trusts(aws: Stack) -> None:
    arn = role(aws, "lambda.amazonaws.com")
    with pytest.raises(RefusedError, match=r"sagemaker.amazonaws.com cannot assume role .*names l"):
        aws.create(MODEL, "m", executionRoleArn=arn, primaryContainer={"image": "x"})


def test_policies_of_aws_itself_exist(aws: Stack) -> None:
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    policy = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    assert aws.create(attachment, "a", role="serving-dev-cluster", policyArn=policy)


def test_a_role_with_policies_is_not_deleted(aws: Stack) -> None:
    made = aws.create(ROLE, "r", assumeRolePolicy=trust("ec2.amazonaws.com"))
    policy = aws.create("aws:iam/rolePolicy:RolePolicy", "p", role=made.id, policy=trust("x"))
    with pytest.raises(RefusedError, match="DeleteConflict"):
        aws.delete(made)
    aws.delete(policy)
    aws.delete(made)


def test_scaling_needs_a_variant_that_is_live_and_a_target(aws: Stack) -> None:
    served(aws)
    at = {
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    target, policy = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
    size: dict[str, Any] = {"minCapacity": 1, "maxCapacity": 2}
    with pytest.raises(RefusedError, match="no variant stabel, it has stable; did you mean stable"):
        aws.create(target, "t", resourceId="endpoint/fraud/variant/stabel", **at, **size)
    resource = "endpoint/fraud/variant/stable"
    with pytest.raises(RefusedError, match="no scalable target is registered"):
        aws.create(policy, "p", resourceId=resource, **at)
    made = aws.create(target, "t", resourceId=resource, **at, **size)
    assert made.id == resource
    assert aws.create(policy, "p", resourceId=resource, **at).outputs["arn"]


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        (ROLE, {"assumeRolePolicy": "no json"}, "assumeRolePolicy"),
        ("aws:iam/policy:Policy", {"policy": "{}"}, "policy"),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "c",
                "nodeRoleArn": "r",
                "subnetIds": [],
                "scalingConfig": {"minSize": 2, "maxSize": 1, "desiredSize": 1},
            },
            "scalingConfig.minSize",
        ),
    ],
)
def test_constraints_hold_before_anything_is_made(
    aws: Stack, token: str, inputs: dict[str, Any], path: str
) -> None:
    assert [problem.path for problem in aws.problems(token, inputs)] == [path]


# ---- SageMaker, live ----


def test_an_endpoint_serves_its_configuration(aws: Stack) -> None:
    _, config, endpoint = served(aws)
    assert endpoint.outputs["arn"] == f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:endpoint/fraud"
    assert live(aws) == {
        "status": "InService",
        "endpoint_config_name": config.id,
        "variants": [
            {
                "name": "stable",
                "desired_weight": 3.0,
                "current_weight": 3.0,
                "desired_instance_count": 2,
                "current_instance_count": 2,
            }
        ],
    }


def moved(aws: Stack, endpoint: Made, model: Made) -> Made:
    """Somebody changes the weight live, then the endpoint gets another configuration."""

    def weigh(weight: float) -> None:
        row = aws.store.by_name("aws", ENDPOINT, "fraud")
        assert row is not None
        variants = [{**row.live["variants"][0], "current_weight": weight}]
        aws.store.put(row.replace(live={**row.live, "variants": variants}))

    weigh(7.0)
    aws.update(endpoint, tags={"only": "tags"})
    assert live(aws)["variants"][0]["current_weight"] == 7.0
    config = aws.create(CONFIGURATION, "next", productionVariants=[variant("stable", model, 1)])
    return aws.update(endpoint, endpointConfigName=config.id)


def test_an_update_resets_the_weights(aws: Stack) -> None:
    model, _, endpoint = served(aws)
    moved(aws, endpoint, model)
    assert live(aws)["variants"][0]["current_weight"] == 1.0


def test_a_silent_rollback_keeps_what_was_live(aws: Stack) -> None:
    model, config, endpoint = served(aws)
    aws.store.add_fault(Fault(ENDPOINT, "update", "silent_rollback", skip=1))
    after = moved(aws, endpoint, model)
    assert after.outputs["endpointConfigName"] == config.id
    assert live(aws)["endpoint_config_name"] == config.id
    assert live(aws)["status"] == "InService"
    assert "rolled back" in live(aws)["failure_reason"]


# ---- update or replace ----


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (CONFIGURATION, {"productionVariants": []}, {"kmsKeyArn": "k"}, True),
        (CONFIGURATION, {"productionVariants": []}, {"tags": {"a": "b"}}, False),
        (ENDPOINT, {"endpointConfigName": "a"}, {"endpointConfigName": "b"}, False),
        (ENDPOINT, {"endpointConfigName": "a", "name": "n"}, {"name": "m"}, True),
        (FUNCTION, {"role": "r", "memorySize": 1}, {"memorySize": 2}, False),
        (FUNCTION, {"role": "r", "name": "a"}, {"name": "b"}, True),
        (FUNCTION, {"role": "r"}, {"packageType": "Image"}, True),
        (ALIAS, {"functionName": "f", "functionVersion": "1"}, {"functionVersion": "2"}, False),
        (ALIAS, {"functionName": "f", "functionVersion": "1"}, {"functionName": "g"}, True),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "c",
                "nodeRoleArn": "r",
                "subnetIds": ["a"],
                "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 1},
                "launchTemplate": {"id": "a", "version": "1"},
            },
            {"launchTemplate": {"id": "a", "version": "2"}},
            False,
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "c",
                "nodeRoleArn": "r",
                "subnetIds": ["a"],
                "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 1},
                "launchTemplate": {"id": "a", "version": "1"},
            },
            {"launchTemplate": {"id": "b", "version": "1"}},
            True,
        ),
        # Not in the table: CloudFormation's createOnlyProperties.
        (
            "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
            {"ecrRepositoryPrefix": "a"},
            {"ecrRepositoryPrefix": "b"},
            True,
        ),
        ("aws:dynamodb/table:Table", {"name": "a"}, {"name": "b"}, True),
        ("aws:kms/key:Key", {}, {"region": "us-east-1"}, True),
    ],
)
def test_update_or_replace(
    aws: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    plan = aws.life.diff(urn(token, "it"), old, {**old, **new}, [])
    assert bool(plan.replacing) is replaces


def test_the_table_names_types_and_inputs_that_exist() -> None:
    library = Library("aws")
    for token, rules in TABLE.items():
        declared = library.resource(token)
        for path in rules.paths:
            assert path.partition(".")[0] in declared.inputs, (token, path)


def test_ignored_changes_are_none(aws: Stack) -> None:
    old = {"functionName": "f", "functionVersion": "1"}
    new = {**old, "functionVersion": "2"}
    assert aws.life.diff(urn(ALIAS, "a"), old, new, ["functionVersion"]).changes == []


# ---- faults ----


def test_a_failure_makes_nothing(aws: Stack) -> None:
    aws.store.add_fault(Fault("aws:kms/*", "create", "fail", message="LimitExceededException"))
    with pytest.raises(RefusedError, match="LimitExceededException"):
        aws.create("aws:kms/key:Key", "key")
    assert aws.store.list("aws", "aws:kms/key:Key") == []
    assert aws.create("aws:kms/key:Key", "key").id


@pytest.mark.parametrize(("count", "passes"), [(4, True), (5, False)])
def test_a_throttled_call_is_repeated(aws: Stack, count: int, *, passes: bool) -> None:
    aws.store.add_fault(Fault("aws:kms/*", "create", "throttle", count=count))
    if passes:
        assert aws.create("aws:kms/key:Key", "key").id
    else:
        with pytest.raises(RefusedError, match="Rate exceeded, after 5 attempts"):
            aws.create("aws:kms/key:Key", "key")
    assert len(aws.store.events(operation="fault")) == count


def test_a_timeout_leaves_a_resource_that_the_state_knows(aws: Stack) -> None:
    aws.store.add_fault(Fault("aws:kms/*", "create", "timeout"))
    with pytest.raises(HalfDoneError) as caught:
        aws.create("aws:kms/key:Key", "key")
    result = caught.value.result
    assert aws.store.get("aws", "aws:kms/key:Key", result.id) is not None
    assert result.outputs["keyId"] == result.id


# ---- reading ----


def test_what_somebody_deletes_is_gone(aws: Stack) -> None:
    made = aws.create("aws:kms/key:Key", "key")
    aws.store.delete("aws", "aws:kms/key:Key", made.id)
    assert aws.read(made) is None
    with pytest.raises(RefusedError, match="Run `pulumi refresh`"):
        aws.update(made, description="x")


def test_reading_gives_back_what_was_made(aws: Stack) -> None:
    made = aws.create("aws:kms/key:Key", "key", description="d")
    read = aws.read(made)
    assert read is not None
    assert read.outputs == made.outputs
    assert read.inputs == made.inputs


def test_what_was_there_before_can_be_imported(aws: Stack) -> None:
    read = aws.life.read(urn("aws:ec2/vpc:Vpc", "v"), "vpc-0dev00000000000a0", {}, set())
    assert read is not None
    assert read.inputs["cidrBlock"] == "10.0.0.0/16"
    assert "arn" not in read.inputs


def test_a_type_that_does_not_exist(aws: Stack) -> None:
    problems = aws.problems("aws:sagemaker/endpoint:Endpont", {})
    assert "has no type aws:sagemaker/endpoint:Endpont; did you mean" in problems[0].reason


def test_secrets_of_the_type_are_secret_outputs(aws: Stack) -> None:
    token = "aws:kms/ciphertext:Ciphertext"
    given = {"keyId": "k", "plaintext": "x"}
    result = aws.life.create(urn(token, "c"), given, {"keyId"})
    assert {"plaintext", "keyId"} <= result.secrets


@pytest.mark.parametrize(
    "given", ["f", "f:1", "{account}:function:f", "arn:aws:lambda:eu-west-1:{account}:function:f:1"]
)
def test_a_function_is_named_by_name_or_arn(aws: Stack, given: str) -> None:
    function(aws, name="f")
    alias = aws.create(
        ALIAS, "live", functionName=given.format(account=ACCOUNT), functionVersion="1"
    )
    assert re.fullmatch(rf"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f:live-\w+", alias.id)


def test_what_takes_a_name_takes_no_arn(aws: Stack) -> None:
    arn = role(aws, "lambda.amazonaws.com")
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    with pytest.raises(RefusedError, match=r'role: got the ARN "arn:.*"; use the name or id, "rol'):
        aws.create(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", role=arn, policyArn=policy
        )


@pytest.mark.parametrize(
    ("principal", "action", "passes"),
    [
        ({"Service": "lambda.eu-west-1.amazonaws.com"}, "sts:AssumeRole", True),
        ({"Service": "lambda.amazonaws.com"}, ["sts:TagSession", "sts:AssumeRole"], True),
        ("*", "sts:AssumeRole", True),
        ({"Service": "lambda.amazonaws.com"}, "sts:TagSession", False),
        ({"AWS": ACCOUNT}, "sts:AssumeRole", False),
    ],
)
def test_trust_is_read_as_iam_does(
    aws: Stack, principal: object, action: object, *, passes: bool
) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    made = aws.create(ROLE, "r", assumeRolePolicy=json.dumps({"Statement": [statement]}))
    given = {"handler": "x.y", "runtime": "python3.12", "code": code("1")}
    if passes:
        aws.create(FUNCTION, "f", role=made.outputs["arn"], **given)
    else:
        with pytest.raises(RefusedError, match=r"lambda.amazonaws.com cannot assume role"):
            aws.create(FUNCTION, "f", role=made.outputs["arn"], **given)


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:ec2/launchTemplate:LaunchTemplate", {"name": "one"}),
        ("aws:codedeploy/application:Application", {"name": "one"}),
        ("aws:secretsmanager/secret:Secret", {"name": "one"}),
    ],
)
def test_a_name_that_is_not_in_the_id_is_taken_too(
    aws: Stack, token: str, inputs: dict[str, Any]
) -> None:
    aws.create(token, "one", **inputs)
    with pytest.raises(RefusedError, match=r"one exists already.*pulumi import"):
        aws.create(token, "two", **inputs)


def test_what_services_put_is_overwritten(aws: Stack) -> None:
    alarm = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "name": "a"}
    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    aws.create(token, "one", **alarm, threshold=1)
    aws.create(token, "two", **alarm, threshold=2)
    (row,) = aws.store.list("aws", token)
    assert row.inputs["threshold"] == 2


def test_a_provider_that_moves_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    here = Stack("aws", path, {"region": "eu-west-1"})
    made = here.create(LOGS, "logs", name="/logs")
    moved = Stack("aws", path, {"region": "eu-central-1"})
    assert moved.paths(made) == {"region": True}
    assert moved.read(made) is not None
    # Written out, the region that it is in changes nothing.
    assert moved.paths(made, region="eu-west-1") == {}
    assert here.paths(made, region="eu-west-1") == {}
    assert moved.create(LOGS, "logs", name="/logs").outputs["region"] == "eu-central-1"
    moved.delete(made)
    assert [row.region for row in here.store.list("aws", LOGS)] == ["eu-central-1"]


@pytest.mark.parametrize(
    ("token", "inputs", "imported"),
    [
        (ALIAS, {"name": "live", "functionName": "f", "functionVersion": "1"}, "f/live"),
        (PERMISSION, {"statementId": "s", "function": "f", "action": "a", "principal": "p"}, "f/s"),
        (LOGS, {"name": "/logs"}, "/logs@eu-west-1"),
    ],
)
def test_imports_take_the_ids_of_the_documentation(
    aws: Stack, token: str, inputs: dict[str, Any], imported: str
) -> None:
    function(aws, name="f")
    made = aws.create(token, "it", **inputs)
    found = aws.life.read(made.urn, imported, {}, set())
    assert found is not None
    assert (found.id, found.outputs) == (made.id, made.outputs)


def test_an_import_that_could_mean_several_finds_none(aws: Stack) -> None:
    for name in ("one", "two"):
        aws.create("aws:apigatewayv2/api:Api", name, protocolType="HTTP")
    stage = "aws:apigatewayv2/stage:Stage"
    first, second = aws.store.list("aws", "aws:apigatewayv2/api:Api")
    for api in (first, second):
        made = aws.create(stage, api.id, apiId=api.id, name="$default")
    assert aws.life.read(made.urn, "$default", {}, set()) is None
    found = aws.life.read(made.urn, f"{second.id}/$default", {}, set())
    assert found is not None
    assert found.inputs["apiId"] == second.id
