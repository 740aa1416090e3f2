"""Resources of the AWS stand-in that its tests make."""

from typing import Any

from sandbox.wire import ARCHIVE, SIGNATURE
from tests.unit.sandbox_life import Made, Stack, trust

ROLE = "aws:iam/role:Role"
MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
PERMISSION = "aws:lambda/permission:Permission"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
ACCOUNT = "123456789012"


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
