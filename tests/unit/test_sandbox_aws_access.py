"""Who may do what: IAM policies as the AWS stand-in judges them, and what services check of it."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.aws import permissions
from sandbox.clouds.base import Call, RefusedError, Scope
from sandbox.store import Row
from tests.unit.sandbox_aws import (
    ACCOUNT,
    CONFIGURATION,
    ENDPOINT,
    FUNCTION,
    MODEL,
    ROLE,
    code,
    live,
    served,
    variant,
)
from tests.unit.sandbox_aws_policies import ATTACHMENT, INLINE, allow, deny, policy, role_with
from tests.unit.sandbox_life import Made, Stack, urn


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


# ---- the evaluator ----

OBJECT = "arn:aws:s3:::b/k/m.tar.gz"
WHEN = {"Condition": {"StringEquals": {"aws:PrincipalTag/a": "b"}}}


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([], "no"),
        ([allow("s3:GetObject")], "yes"),
        ([allow("s3:Get*", "arn:aws:s3:::b/*")], "yes"),
        ([allow(["s3:PutObject", "S3:GETOBJECT"], ["x", "arn:aws:s3:::?/k/*.gz"])], "yes"),
        ([allow("s3:GetObject", "arn:aws:s3:::other/*")], "no"),
        ([allow("s3:GetObjectVersion")], "no"),
        ([allow("s3:GetObject"), deny("s3:*")], "no"),
        ([allow("s3:GetObject"), deny("s3:*", "arn:aws:s3:::other/*")], "yes"),
        ([allow("s3:GetObject"), deny("s3:*", **WHEN)], "maybe"),
        ([allow("s3:GetObject", **WHEN)], "maybe"),
        ([allow("s3:GetObject", **WHEN), allow("*")], "yes"),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "yes"),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], "no"),
        ([{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}], "no"),
        ([{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::c/*"}], "yes"),
        ([allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")], "maybe"),
    ],
)
def test_statements_are_judged(aws: Stack, statements: list[dict[str, Any]], answer: str) -> None:
    made = role_with(aws, "x", *statements)
    assert judged(aws, made) == answer


def judged(aws: Stack, made: Made) -> str:
    row = aws.store.get("aws", ROLE, made.id)
    assert row is not None
    return permissions.allows(call(aws), row, "s3:GetObject", OBJECT)


def call(aws: Stack) -> Call:
    return Call(
        store=aws.store,
        scope=Scope(ACCOUNT, "eu-west-1"),
        token=ROLE,
        urn=urn(ROLE, "r"),
        inputs={},
        declared=None,
    )


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("AmazonS3ReadOnlyAccess", "yes"),
        ("service-role/AWSLambdaBasicExecutionRole", "no"),
        ("AmazonSageMakerFullAccess", "maybe"),
        ("SomethingThatIsNotKnown", "maybe"),
    ],
)
def test_policies_of_aws_itself(aws: Stack, name: str, answer: str) -> None:
    made = role_with(aws, "x")
    aws.create(ATTACHMENT, "a", role=made.id, policyArn=f"arn:aws:iam::aws:policy/{name}")
    assert judged(aws, made) == answer


def test_policies_of_the_account_and_boundaries(aws: Stack) -> None:
    own = aws.create("aws:iam/policy:Policy", "own", policy=policy(allow("s3:*")))
    made = role_with(aws, "x")
    aws.create(ATTACHMENT, "a", role=made.id, policyArn=own.id)
    assert judged(aws, made) == "yes"
    bounded = role_with(
        aws,
        "x",
        allow("s3:*"),
        permissionsBoundary="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )
    assert judged(aws, bounded) == "no"


def test_inline_policies_of_the_role_itself(aws: Stack) -> None:
    inline = [{"name": "i", "policy": policy(allow("s3:GetObject"))}]
    assert judged(aws, role_with(aws, "x", inlinePolicies=inline)) == "yes"


# ---- SageMaker ----

URI = "s3://example-models/fraud/1/model.tar.gz"
PLACE = "arn:aws:s3:::example-models"
OTHERS = {"Effect": "Allow", "NotAction": "iam:*", "Resource": f"{PLACE}/fraud/1/a"}


def model(aws: Stack, made: Made, **container: object) -> Made:
    given = {"image": "x", **container}
    name = f"m{len(aws.store.list('aws', MODEL))}"
    return aws.create(MODEL, name, executionRoleArn=made.outputs["arn"], primaryContainer=given)


def test_a_model_needs_its_artifact(aws: Stack) -> None:
    bare = role_with(aws, "sagemaker.amazonaws.com")
    with pytest.raises(
        RefusedError, match=r"Could not access model data at s3://.*s3:GetObject on"
    ):
        model(aws, bare, modelDataUrl=URI)
    able = role_with(
        aws, "sagemaker.amazonaws.com", allow("s3:GetObject", f"{PLACE}/fraud/1/model.tar.gz")
    )
    assert model(aws, able, modelDataUrl=URI)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ([], "s3:GetObject on"),
        ([allow("s3:GetObject", f"{PLACE}/fraud/1/*")], "s3:ListBucket on"),
        ([allow("s3:GetObject", f"{PLACE}/fraud/1/*"), allow("s3:ListBucket", PLACE)], ""),
        ([allow("s3:GetObject", f"{PLACE}/fraud/1/a"), allow("s3:ListBucket", PLACE)], ""),
        ([allow("s3:GetObject", f"{PLACE}/other/*"), allow("s3:ListBucket", PLACE)], "s3:GetOb"),
        # What may be below the prefix is not certain not to be.
        ([allow("s3:GetObject", f"{PLACE}/*.gz"), allow("s3:ListBucket", PLACE)], ""),
        (
            [allow("s3:GetObject", f"{PLACE}/${{aws:username}}/a"), allow("s3:ListBucket", PLACE)],
            "",
        ),
        ([allow("s3:GetObject", f"{PLACE}/fraud"), allow("s3:ListBucket", PLACE)], "s3:GetOb"),
        ([OTHERS, allow("s3:ListBucket", PLACE)], ""),
    ],
)
def test_a_prefix_is_read_and_listed(
    aws: Stack, statements: list[dict[str, Any]], message: str
) -> None:
    made = role_with(aws, "sagemaker.amazonaws.com", *statements)
    source = {
        "s3Uri": "s3://example-models/fraud/1/",
        "s3DataType": "S3Prefix",
        "compressionType": "None",
    }
    data = {"s3DataSources": [source]}
    if not message:
        assert model(aws, made, modelDataSource=data)
        return
    with pytest.raises(RefusedError, match=message):
        model(aws, made, modelDataSource=data)


def test_a_bucket_can_let_the_role_in(aws: Stack) -> None:
    made = role_with(aws, "sagemaker.amazonaws.com")
    aws.create(
        "aws:s3/bucketPolicy:BucketPolicy",
        "b",
        bucket="example-models",
        policy=policy({**allow("s3:GetObject", f"{PLACE}/*"), "Principal": "*"}),
    )
    assert model(aws, made, modelDataUrl=URI)


def test_an_object_beside_managed_ones_is_managed(aws: Stack) -> None:
    made = role_with(aws, "sagemaker.amazonaws.com", allow("s3:*"))
    bucket = aws.create("aws:s3/bucket:Bucket", "b", bucket="models-of-the-team")
    kind = "aws:s3/bucketObjectv2:BucketObjectv2"
    aws.create(kind, "o", bucket=bucket.id, key="fraud/model.tar.gz", content="x")
    assert model(aws, made, modelDataUrl=f"s3://{bucket.id}/fraud/model.tar.gz")
    assert model(aws, made, modelDataUrl=f"s3://{bucket.id}/churn/model.tar.gz")
    with pytest.raises(RefusedError, match=r"Could not find model data at s3://.*/fraud/modle"):
        model(aws, made, modelDataUrl=f"s3://{bucket.id}/fraud/modle.tar.gz")


def test_a_version_of_the_registry_needs_what_it_is_made_of(aws: Stack) -> None:
    """Its artifact for the model, its image for the endpoint; and it has to be there."""
    arn = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package/fraud/7"
    reads = allow("s3:GetObject", f"{PLACE}/registered/7/model.tar.gz")
    reader = role_with(aws, "sagemaker.amazonaws.com", reads)
    named: dict[str, Any] = {"image": None, "modelPackageName": arn}
    with pytest.raises(RefusedError, match=r"ModelPackage arn:.*/7 does not exist"):
        model(aws, reader, **named)
    container = {
        "Image": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/fraud:1",
        "ModelDataUrl": "s3://example-models/registered/7/model.tar.gz",
    }
    live_package = {"InferenceSpecification": {"Containers": [container]}}
    row = Row("aws", "aws:sagemaker/modelPackage:ModelPackage", arn, name="fraud/7")
    aws.store.put(row.replace(account=ACCOUNT, region="eu-west-1", live=live_package))
    bare = role_with(aws, "sagemaker.amazonaws.com")
    with pytest.raises(RefusedError, match=r"Could not access model data at s3://.*registered"):
        model(aws, bare, **named)
    made = model(aws, reader, **named)
    config = aws.create(CONFIGURATION, "c", productionVariants=[variant("stable", made)])
    with pytest.raises(RefusedError, match="BatchGetImage"):
        aws.create(ENDPOINT, "e", name="fraud", endpointConfigName=config.id)


def test_an_image_is_of_the_models_region(aws: Stack) -> None:
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/fraud:1"
    made = role_with(aws, "sagemaker.amazonaws.com")
    with pytest.raises(
        RefusedError, match="the image is in us-east-1; SageMaker pulls from eu-west-1"
    ):
        model(aws, made, image=image)


def test_an_image_that_cannot_be_pulled_fails_the_endpoint(aws: Stack) -> None:
    image = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/fraud:1"
    made = model(aws, role_with(aws, "sagemaker.amazonaws.com"), image=image)
    config = aws.create(CONFIGURATION, "c", productionVariants=[variant("stable", made)])
    with pytest.raises(
        RefusedError, match=r"(?s)unexpected state 'Failed'.*BatchGetImage.*cloud rm"
    ):
        aws.create(ENDPOINT, "e", name="fraud", endpointConfigName=config.id)
    # The provider has not noted it, and the endpoint is in the way of the next one.
    assert live(aws)["status"] == "Failed"
    with pytest.raises(RefusedError, match="fraud exists already"):
        aws.create(ENDPOINT, "e", name="fraud", endpointConfigName=config.id)


def test_an_update_that_does_not_start_leaves_what_was_live(aws: Stack) -> None:
    _, config, endpoint = served(aws)
    image = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/fraud:1"
    made = model(aws, role_with(aws, "sagemaker.amazonaws.com"), image=image)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", made)])
    after = aws.update(endpoint, endpointConfigName=other.id)
    assert after.outputs["endpointConfigName"] == config.id
    assert live(aws)["endpoint_config_name"] == config.id
    assert "BatchGetImage" in live(aws)["failure_reason"]


# ---- Lambda ----


def with_role(aws: Stack, made: Made, **inputs: object) -> Made:
    given = {"handler": "x.y", "runtime": "python3.12", "code": code("1"), **inputs}
    return aws.create(FUNCTION, "f", role=made.outputs["arn"], **given)


NETWORK = {
    "subnetIds": ["subnet-0dev00000000000a1"],
    "securityGroupIds": ["sg-0dev00000000000a0"],
}


def test_a_function_in_a_network_needs_interfaces(aws: Stack) -> None:
    bare = role_with(aws, "lambda.amazonaws.com")
    with pytest.raises(
        RefusedError, match="not have permissions to call CreateNetworkInterface on"
    ):
        with_role(aws, bare, vpcConfig=NETWORK)
    aws.create(
        ATTACHMENT,
        "a",
        role=bare.id,
        policyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
    )
    assert with_role(aws, bare, vpcConfig=NETWORK)


def test_dead_letters_can_be_sent(aws: Stack) -> None:
    queue = aws.create("aws:sqs/queue:Queue", "q")
    dead = {"deadLetterConfig": {"targetArn": queue.outputs["arn"]}}
    with pytest.raises(RefusedError, match="permissions to call SendMessage on SQS"):
        with_role(aws, role_with(aws, "lambda.amazonaws.com"), **dead)
    able = role_with(aws, "lambda.amazonaws.com", allow("sqs:SendMessage", queue.outputs["arn"]))
    assert with_role(aws, able, **dead)


def test_destinations_can_be_reached(aws: Stack) -> None:
    topic = aws.create("aws:sns/topic:Topic", "t")
    made = role_with(aws, "lambda.amazonaws.com")
    given = {
        "functionName": with_role(aws, made).id,
        "destinationConfig": {"onFailure": {"destination": topic.outputs["arn"]}},
    }
    kind = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    with pytest.raises(RefusedError, match=r"onFailure\.destination: .* to call Publish on SNS"):
        aws.create(kind, "c", **given)
    aws.create(INLINE, "p", role=made.id, policy=policy(allow("sns:Publish")))
    assert aws.create(kind, "c", **given)


def test_a_stream_is_read_by_the_functions_role(aws: Stack) -> None:
    stream = aws.create("aws:kinesis/stream:Stream", "s", shardCount=1)
    made = role_with(aws, "lambda.amazonaws.com")
    given = {
        "functionName": with_role(aws, made).id,
        "eventSourceArn": stream.outputs["arn"],
        "startingPosition": "LATEST",
    }
    mapping = "aws:lambda/eventSourceMapping:EventSourceMapping"
    with pytest.raises(RefusedError, match=r"Cannot access stream arn:.*GetRecords"):
        aws.create(mapping, "m", **given)
    aws.create(INLINE, "p", role=made.id, policy=policy(allow("kinesis:*")))
    assert aws.create(mapping, "m", **given)


def test_a_url_is_of_an_alias(aws: Stack) -> None:
    made = with_role(aws, role_with(aws, "lambda.amazonaws.com"), publish=True)
    url = {"functionName": made.id, "authorizationType": "AWS_IAM"}
    assert aws.create("aws:lambda/functionUrl:FunctionUrl", "u", **url).outputs["functionUrl"]
    with pytest.raises(RefusedError, match="has no alias live"):
        aws.create("aws:lambda/functionUrl:FunctionUrl", "v", **url, qualifier="live")


def test_a_queue_is_read_by_the_functions_role(aws: Stack) -> None:
    queue = aws.create("aws:sqs/queue:Queue", "q")
    given = {"eventSourceArn": queue.outputs["arn"]}
    mapping = "aws:lambda/eventSourceMapping:EventSourceMapping"
    made = role_with(aws, "lambda.amazonaws.com")
    at = with_role(aws, made)
    with pytest.raises(
        RefusedError, match=r"function execution role does not have .*ReceiveMessage"
    ):
        aws.create(mapping, "m", **given, functionName=at.id)
    aws.create(INLINE, "p", role=made.id, policy=policy(allow("sqs:*")))
    assert aws.create(mapping, "m", **given, functionName=at.id).outputs["state"] == "Enabled"
