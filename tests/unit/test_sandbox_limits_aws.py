"""What AWS's API models allow of pulumi-aws's inputs: both sides of each kind of limit."""

from typing import Any

import pytest

from sandbox.wire import UNKNOWN
from tests.unit.sandbox_limits import found, limits

ALIAS = "aws:lambda/alias:Alias"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
API = "aws:apigatewayv2/api:Api"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
DEPLOYMENTS = "aws:codedeploy/deploymentGroup:DeploymentGroup"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
FUNCTION = "aws:lambda/function:Function"
MODEL = "aws:sagemaker/model:Model"
ROLE = "aws:iam/role:Role"
SCALING = "aws:appautoscaling/policy:Policy"
TARGET = "aws:appautoscaling/target:Target"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TRACKING = "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification"
ARN = "arn:aws:iam::123456789012:role/r"


def variant(**properties: object) -> dict[str, Any]:
    return {"productionVariants": [{"modelName": "m", **properties}]}


def variants(count: int) -> dict[str, Any]:
    return {"productionVariants": [{"modelName": "m"} for _ in range(count)]}


def batch(**size: object) -> dict[str, Any]:
    return {"deploymentConfig": {"rollingUpdatePolicy": {"maximumBatchSize": size}}}


def tracked(**metric: object) -> dict[str, Any]:
    return {"targetTrackingScalingPolicyConfiguration": {"predefinedMetricSpecification": metric}}


@pytest.mark.parametrize(
    ("token", "good", "bad", "path", "told"),
    [
        (API, {"protocolType": "HTTP"}, {"protocolType": "HTPP"}, "protocolType", '"HTTP"'),
        (API, {"name": "n" * 128}, {"name": "n" * 129}, "name", "use 1 to 128 characters"),
        (
            "aws:apigatewayv2/authorizer:Authorizer",
            {"authorizerResultTtlInSeconds": 3600},
            {"authorizerResultTtlInSeconds": 3601},
            "authorizerResultTtlInSeconds",
            "use 0 to 3600",
        ),
        (
            "aws:apigatewayv2/integration:Integration",
            {"timeoutMilliseconds": 50},
            {"timeoutMilliseconds": 49},
            "timeoutMilliseconds",
            "use 50 to 30000",
        ),
        (
            "aws:apigatewayv2/route:Route",
            {"authorizationType": "JWT"},
            {"authorizationType": "jwt"},
            "authorizationType",
            'did you mean "JWT"?',
        ),
        (
            "aws:apigatewayv2/stage:Stage",
            {"defaultRouteSettings": {"loggingLevel": "INFO"}},
            {"defaultRouteSettings": {"loggingLevel": "WARN"}},
            "defaultRouteSettings.loggingLevel",
            "ERROR, INFO, OFF",
        ),
        (
            SCALING,
            tracked(predefinedMetricType="SageMakerVariantInvocationsPerInstance"),
            tracked(predefinedMetricType="SageMakerVariantInvocationPerInstance"),
            f"{TRACKING}.predefinedMetricType",
            'did you mean "SageMakerVariantInvocationsPerInstance"?',
        ),
        (
            "aws:appautoscaling/scheduledAction:ScheduledAction",
            {"scalableDimension": "sagemaker:variant:DesiredInstanceCount"},
            {"scalableDimension": "sagemaker:variant:DesiredInstances"},
            "scalableDimension",
            'did you mean "sagemaker:variant:DesiredInstanceCount"?',
        ),
        (
            TARGET,
            {"serviceNamespace": "sagemaker"},
            {"serviceNamespace": "SageMaker"},
            "serviceNamespace",
            'did you mean "sagemaker"?',
        ),
        (
            "aws:autoscaling/tag:Tag",
            {"tag": {"key": "k" * 128}},
            {"tag": {"key": "k" * 129}},
            "tag.key",
            "use 1 to 128 characters",
        ),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            {"name": "/aws/sagemaker/x"},
            {"name": "a b"},
            "name",
            r"[\.\-_/#A-Za-z0-9]+",
        ),
        (
            ALARM,
            {"comparisonOperator": "GreaterThanThreshold"},
            {"comparisonOperator": "GreaterThanTreshold"},
            "comparisonOperator",
            'did you mean "GreaterThanThreshold"?',
        ),
        (
            ALARM,
            {"metricQueries": [{"id": "m", "metric": {"namespace": "AWS/SageMaker"}}]},
            {"metricQueries": [{"id": "m", "metric": {"namespace": ":x"}}]},
            "metricQueries[0].metric.namespace",
            "[^:].*",
        ),
        (
            "aws:codedeploy/application:Application",
            {"computePlatform": "Lambda"},
            {"computePlatform": "lambda"},
            "computePlatform",
            'did you mean "Lambda"?',
        ),
        (
            DEPLOYMENTS,
            {"autoRollbackConfiguration": {"events": ["DEPLOYMENT_FAILURE"]}},
            {"autoRollbackConfiguration": {"events": ["DEPLOYMENT_FAILED"]}},
            "autoRollbackConfiguration.events[0]",
            'did you mean "DEPLOYMENT_FAILURE"?',
        ),
        (
            DEPLOYMENTS,
            {"deploymentStyle": {"deploymentType": "BLUE_GREEN"}},
            {"deploymentStyle": {"deploymentType": "BLUEGREEN"}},
            "deploymentStyle.deploymentType",
            'did you mean "BLUE_GREEN"?',
        ),
        (
            TEMPLATE,
            {"metadataOptions": {"httpTokens": "required"}},
            {"metadataOptions": {"httpTokens": "mandatory"}},
            "metadataOptions.httpTokens",
            "optional, required",
        ),
        (
            TEMPLATE,
            {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3"}}]},
            {"blockDeviceMappings": [{"ebs": {"volumeType": "gp4"}}]},
            "blockDeviceMappings[0].ebs.volumeType",
            "gp2",
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {"amiType": "AL2023_x86_64_NVIDIA"},
            {"amiType": "AL2023_X86_NVIDIA"},
            "amiType",
            'did you mean "AL2023_x86_64_NVIDIA"?',
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {"scalingConfig": {"minSize": 0, "maxSize": 1}},
            {"scalingConfig": {"minSize": 0, "maxSize": 0}},
            "scalingConfig.maxSize",
            "at least 1",
        ),
        (ROLE, {"name": "r" * 64}, {"name": "r" * 65}, "name", "65 characters"),
        (ROLE, {"name": "a+=,.@_-"}, {"name": "a b"}, "name", r"use what matches [\w+=,.@-]+"),
        (ROLE, {"namePrefix": "r" * 38}, {"namePrefix": "r" * 39}, "namePrefix", "use 1 to 38"),
        (ROLE, {"namePrefix": "r-"}, {"namePrefix": "r "}, "namePrefix", "[a-zA-Z0-9_+=,.@"),
        (
            ROLE,
            {"maxSessionDuration": 43200},
            {"maxSessionDuration": 43201},
            "maxSessionDuration",
            "use 3600 to 43200",
        ),
        (
            "aws:iam/policy:Policy",
            {"path": "/serving/"},
            {"path": "serving"},
            "path",
            "use what matches",
        ),
        (
            "aws:iam/rolePolicy:RolePolicy",
            {"name": "p" * 128, "role": "r"},
            {"name": "p", "role": ARN},
            "role",
            r"[\w+=,.@-]+",
        ),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "r", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            {"role": "r", "policyArn": "ReadOnlyAccess"},
            "policyArn",
            "use 20 to 2048 characters",
        ),
        (
            "aws:kms/alias:Alias",
            {"name": "alias/models"},
            {"name": "alias/two words"},
            "name",
            "use what matches",
        ),
        (
            "aws:kms/key:Key",
            {"keyUsage": "SIGN_VERIFY", "deletionWindowInDays": 365},
            {"keyUsage": "SIGN", "deletionWindowInDays": 366},
            "deletionWindowInDays",
            "use 1 to 365",
        ),
        (
            ALIAS,
            {"routingConfig": {"additionalVersionWeights": {"2": 1.0}}},
            {"routingConfig": {"additionalVersionWeights": {"2": 1.1}}},
            'routingConfig.additionalVersionWeights["2"]',
            "use 0 to 1",
        ),
        (FUNCTION, {"memorySize": 128}, {"memorySize": 127}, "memorySize", "use 128 to "),
        (FUNCTION, {"memorySize": 128}, {"memorySize": 0}, "memorySize", "use 128 to "),
        (
            FUNCTION,
            {"runtime": "python3.12"},
            {"runtime": "pyhton3.12"},
            "runtime",
            'did you mean "python3.12"?',
        ),
        (
            FUNCTION,
            {"ephemeralStorage": {"size": 512}},
            {"ephemeralStorage": {"size": 511}},
            "ephemeralStorage.size",
            "use 512 to ",
        ),
        (
            FUNCTION,
            {"architectures": ["arm64"]},
            {"architectures": ["arm"]},
            "architectures[0]",
            'did you mean "arm64"?',
        ),
        (
            FUNCTION,
            {"environment": {"variables": {"MODEL": ""}}},
            {"environment": {"variables": {"1MODEL": ""}}},
            'environment.variables["1MODEL"]',
            "[a-zA-Z]([a-zA-Z0-9_])+",
        ),
        (
            FUNCTION,
            {"reservedConcurrentExecutions": -1},
            {"reservedConcurrentExecutions": -2},
            "reservedConcurrentExecutions",
            "at least -1",
        ),
        (
            "aws:lambda/permission:Permission",
            {"action": "lambda:InvokeFunction", "function": "f"},
            {"action": "InvokeFunction", "function": "f"},
            "action",
            "lambda:",
        ),
        (
            "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
            {"provisionedConcurrentExecutions": 1},
            {"provisionedConcurrentExecutions": 0},
            "provisionedConcurrentExecutions",
            "at least 1",
        ),
        (
            "aws:s3/bucket:Bucket",
            {"acl": "log-delivery-write"},
            {"acl": "public"},
            "acl",
            "public-read",
        ),
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            {"versioningConfiguration": {"status": "Disabled"}},
            {"versioningConfiguration": {"status": "enabled"}},
            "versioningConfiguration.status",
            'did you mean "Enabled"?',
        ),
        (
            "aws:sqs/queue:Queue",
            {"visibilityTimeoutSeconds": 43200, "maxMessageSize": 1024},
            {"visibilityTimeoutSeconds": 43201, "maxMessageSize": 1024},
            "visibilityTimeoutSeconds",
            "use 0 to 43200",
        ),
        (ENDPOINT, {"name": "a-b"}, {"name": "a_b"}, "name", "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"),
        (ENDPOINT, {"name": "a"}, {"name": "a-"}, "name", "use what matches"),
        (
            ENDPOINT,
            batch(type="CAPACITY_PERCENT", value=1),
            batch(type="CAPACITY_PERCENT", value=0),
            "deploymentConfig.rollingUpdatePolicy.maximumBatchSize.value",
            "at least 1",
        ),
        (
            ENDPOINT,
            {"deploymentConfig": {"blueGreenUpdatePolicy": {"terminationWaitInSeconds": 3600}}},
            {"deploymentConfig": {"blueGreenUpdatePolicy": {"terminationWaitInSeconds": 3601}}},
            "deploymentConfig.blueGreenUpdatePolicy.terminationWaitInSeconds",
            "use 0 to 3600",
        ),
        (
            CONFIGURATION,
            variant(instanceType="ml.m5.large"),
            variant(instanceType="ml.m5.larg"),
            "productionVariants[0].instanceType",
            'did you mean "ml.m5.large"?',
        ),
        (
            CONFIGURATION,
            variant(instanceType="ml.g5.xlarge"),
            variant(instanceType="g5.xlarge"),
            "productionVariants[0].instanceType",
            'did you mean "ml.g5.xlarge"?',
        ),
        (
            CONFIGURATION,
            variant(initialInstanceCount=1),
            variant(initialInstanceCount=0),
            "productionVariants[0].initialInstanceCount",
            "at least 1",
        ),
        (
            CONFIGURATION,
            variant(serverlessConfig={"maxConcurrency": 200, "memorySizeInMb": 6144}),
            variant(serverlessConfig={"maxConcurrency": 201, "memorySizeInMb": 6144}),
            "productionVariants[0].serverlessConfig.maxConcurrency",
            "use 1 to 200",
        ),
        (
            CONFIGURATION,
            variants(10),
            variants(11),
            "productionVariants",
            "got 11 items; use 1 to 10 items",
        ),
        (
            CONFIGURATION,
            {"dataCaptureConfig": {"initialSamplingPercentage": 100}},
            {"dataCaptureConfig": {"initialSamplingPercentage": 101}},
            "dataCaptureConfig.initialSamplingPercentage",
            "use 0 to 100",
        ),
        (CONFIGURATION, {"kmsKeyArn": "alias/k"}, {"kmsKeyArn": "a b"}, "kmsKeyArn", "matches"),
        (
            CONFIGURATION,
            {"tags": {"Größe": "1 + 2 = 3"}},
            {"tags": {"a": "b;c"}},
            'tags["a"]',
            r"\p{L}",
        ),
        (CONFIGURATION, {"tags": {"k" * 128: ""}}, {"tags": {"k" * 129: ""}}, None, "128"),
        (
            MODEL,
            {"executionRoleArn": ARN},
            {"executionRoleArn": "my-very-long-role-name"},
            "executionRoleArn",
            "use what matches",
        ),
        (
            MODEL,
            {"primaryContainer": {"mode": "MultiModel"}},
            {"primaryContainer": {"mode": "Multi"}},
            "primaryContainer.mode",
            "SingleModel, MultiModel",
        ),
        (
            MODEL,
            {"primaryContainer": {"modelDataUrl": "s3://bucket/model.tar.gz"}},
            {"primaryContainer": {"modelDataUrl": "bucket/model.tar.gz"}},
            "primaryContainer.modelDataUrl",
            "(https|s3)://",
        ),
    ],
)
def test_both_sides_of_limits(
    token: str, good: dict[str, Any], bad: dict[str, Any], path: str | None, told: str
) -> None:
    assert not found(token, good)
    refused = found(token, bad)
    if path is not None:
        assert path in refused
    reason = refused[path] if path is not None else next(iter(refused.values()))
    assert told in reason
    assert "(https://docs.aws.amazon.com/" in reason


def test_all_is_said_at_once_with_pages_and_model() -> None:
    refused = found(
        CONFIGURATION,
        {
            "name": "a_b",
            "productionVariants": [
                {"instanceType": "ml.m5.huge", "initialInstanceCount": 0, "variantName": "a b"}
            ],
        },
    )
    assert sorted(refused) == [
        "name",
        "productionVariants[0].initialInstanceCount",
        "productionVariants[0].instanceType",
        "productionVariants[0].variantName",
    ]
    base = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"
    assert f"({base}/API_CreateEndpointConfig.html)" in refused["name"]
    kind = refused["productionVariants[0].instanceType"]
    assert f"({base}/API_ProductionVariant.html, botocore " in kind


def test_what_is_not_known_yet_is_not_judged() -> None:
    assert not found(CONFIGURATION, {"name": UNKNOWN, **variant(instanceType=UNKNOWN)})
    assert not found(ROLE, {"name": None})


@pytest.mark.parametrize(
    ("token", "inputs", "refused"),
    [
        # Taken for none by the provider.
        (FUNCTION, {"description": "", "kmsKeyArn": "", "layers": []}, False),
        (CONFIGURATION, {"kmsKeyArn": "", "shadowProductionVariants": []}, False),
        # Refused by the provider's own validators, or because they must be given.
        (FUNCTION, {"timeout": 0}, True),
        (ROLE, {"name": ""}, True),
        (CONFIGURATION, {"productionVariants": []}, True),
        # In any case, says the provider.
        ("aws:lb/listener:Listener", {"protocol": "http"}, False),
        # The provider encodes it.
        ("aws:ec2/instance:Instance", {"userData": "#!/bin/sh\n"}, False),
        # The provider leaves it out.
        (ENDPOINT, {"tags": {"aws:createdBy": "x"}}, False),
    ],
)
def test_what_the_provider_makes_of_values(
    token: str, inputs: dict[str, Any], *, refused: bool
) -> None:
    assert bool(found(token, inputs)) is refused


def test_what_stays_vague_has_no_limit() -> None:
    # Policies are normalised before they are sent: their length is not the text's.
    paths = limits("aws:iam/policy:Policy").paths
    assert "policy" not in paths
    # Attributes of a topic are a map of texts to the service, and told in words of many kinds.
    assert "signatureVersion" not in limits("aws:sns/topic:Topic").paths
