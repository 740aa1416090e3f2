"""boto3 makes, changes and deletes in the cloud that Pulumi deploys to, by the same rules."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from sandbox import eventual
from sandbox.rows import Fault, Quota
from tests.unit.sandbox_api import ACCOUNT, REGION, Client, clients, code
from tests.unit.sandbox_aws import CONFIGURATION, ENDPOINT, MODEL, function, role, served, variant
from tests.unit.sandbox_aws import code as archive
from tests.unit.sandbox_life import Stack

EU = f"{REGION}:{ACCOUNT}"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": REGION})


@pytest.fixture
def client(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with clients(aws.store.path, monkeypatch) as make:
        yield make


def variants(model: str, count: int = 1) -> list[dict[str, Any]]:
    return [
        {
            "VariantName": "stable",
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": count,
            "InitialVariantWeight": 1.0,
        }
    ]


# ---- SageMaker ----


def test_an_endpoint_from_nothing_to_nothing(aws: Stack, client: Client) -> None:
    api = client("sagemaker")
    arn = role(aws, "sagemaker.amazonaws.com")
    api.create_model(
        ModelName="m",
        ExecutionRoleArn=arn,
        PrimaryContainer={"Image": "x", "Environment": {"lower": "1"}},
        Tags=[{"Key": "owner", "Value": "risk"}],
    )
    made = api.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants("m"))
    assert made["EndpointConfigArn"] == f"arn:aws:sagemaker:{EU}:endpoint-config/c"
    api.create_endpoint(EndpointName="e", EndpointConfigName="c")
    found = api.describe_endpoint(EndpointName="e")
    assert found["EndpointStatus"] == "InService"
    assert found["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == "x"
    assert api.describe_model(ModelName="m")["PrimaryContainer"]["Environment"] == {"lower": "1"}
    assert [each["ModelName"] for each in api.list_models()["Models"]] == ["m"]
    assert [each["EndpointConfigName"] for each in api.list_endpoint_configs()["EndpointConfigs"]]
    tags = api.list_tags(ResourceArn=f"arn:aws:sagemaker:{EU}:model/m")["Tags"]
    assert tags == [{"Key": "owner", "Value": "risk"}]
    api.delete_endpoint(EndpointName="e")
    api.delete_endpoint_config(EndpointConfigName="c")
    api.delete_model(ModelName="m")
    with pytest.raises(ClientError, match='Could not find model "arn:aws:sagemaker'):
        api.describe_model(ModelName="m")


@pytest.mark.parametrize(
    ("operation", "parameters", "expected", "message"),
    [
        (
            "create_endpoint",
            {"EndpointName": "e", "EndpointConfigName": "no"},
            "ValidationException",
            "no does not exist",
        ),
        (
            "create_endpoint",
            {"EndpointName": "fraud", "EndpointConfigName": "config"},
            "ValidationException",
            "Cannot create already existing endpoint",
        ),
        (
            "create_model",
            {"ModelName": "m", "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/no-such-role"},
            "ValidationException",
            "Role .*no-such-role does not exist",
        ),
        ("delete_model", {"ModelName": "no"}, "ValidationException", "Could not find model"),
        (
            "describe_model_package",
            {"ModelPackageName": f"arn:aws:sagemaker:{EU}:model-package/no/1"},
            "ValidationException",
            "does not exist",
        ),
        (
            "describe_inference_component",
            {"InferenceComponentName": "no"},
            "ValidationException",
            "Could not find inference component",
        ),
    ],
)
def test_refusals_of_sagemaker(
    aws: Stack,
    client: Client,
    operation: str,
    *,
    parameters: dict[str, Any],
    expected: str,
    message: str,
) -> None:
    _, config, _ = served(aws)
    given = {k: config.id if v == "config" else v for k, v in parameters.items()}
    with pytest.raises(ClientError, match=message) as caught:
        getattr(client("sagemaker"), operation)(**given)
    assert code(caught) == expected


def test_a_quota_is_refused_with_its_code(aws: Stack, client: Client) -> None:
    model, _, _ = served(aws)
    aws.store.set_quota(Quota("ml.m5.large for endpoint usage", 3))
    api = client("sagemaker")
    api.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants(model.id, 2))
    with pytest.raises(
        ClientError, match="utilization of 2 Instances and a request delta of 2"
    ) as e:
        api.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert code(e) == "ResourceLimitExceeded"


def test_a_live_update_is_drift(aws: Stack, client: Client) -> None:
    model, config, endpoint = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    api = client("sagemaker")
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=other.id)
    read = aws.read(endpoint)
    assert read is not None
    assert read.outputs["endpointConfigName"] == other.id
    assert read.inputs["endpointConfigName"] == other.id
    api.add_tags(
        ResourceArn=f"arn:aws:sagemaker:{EU}:endpoint/fraud",
        Tags=[{"Key": "owner", "Value": "someone"}],
    )
    read = aws.read(endpoint)
    assert read is not None
    assert read.outputs["tagsAll"] == {"owner": "someone"}
    api.delete_endpoint(EndpointName="fraud")
    assert aws.read(endpoint) is None
    assert config.id != other.id


@pytest.mark.parametrize(("retain", "weight"), [(True, 3.0), (False, 5.0)])
def test_an_update_can_retain_the_variants(
    aws: Stack, client: Client, weight: float, *, retain: bool
) -> None:
    model, _, _ = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    api = client("sagemaker")
    api.update_endpoint(
        EndpointName="fraud", EndpointConfigName=other.id, RetainAllVariantProperties=retain
    )
    found = api.describe_endpoint(EndpointName="fraud")
    assert found["EndpointConfigName"] == other.id
    assert found["ProductionVariants"][0]["CurrentWeight"] == weight


def test_an_update_that_is_rolled_back_in_silence(aws: Stack, client: Client) -> None:
    model, config, _ = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    aws.store.add_fault(Fault(ENDPOINT, "UpdateEndpoint", "silent_rollback"))
    api = client("sagemaker")
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=other.id)
    found = api.describe_endpoint(EndpointName="fraud")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config.id)
    assert "rolled back" in found["FailureReason"]


def test_states_are_seen_while_they_last(
    aws: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, config, _ = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    monkeypatch.setenv(eventual.VARIABLE, "60")
    api = client("sagemaker")
    api.create_endpoint(EndpointName="new", EndpointConfigName=config.id)
    assert api.describe_endpoint(EndpointName="new")["EndpointStatus"] == "Creating"
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        api.update_endpoint(EndpointName="new", EndpointConfigName=config.id)
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=other.id)
    found = api.describe_endpoint(EndpointName="fraud")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", config.id)
    assert api.list_endpoints(StatusEquals="Creating")["Endpoints"][0]["EndpointName"] == "new"


def test_the_model_registry(aws: Stack, client: Client) -> None:
    group = aws.create(
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup", "g", modelPackageGroupName="fraud"
    )
    api = client("sagemaker")
    first = api.create_model_package(
        ModelPackageGroupName="fraud",
        InferenceSpecification={
            "Containers": [{"Image": "x", "ModelDataUrl": "s3://example-models/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    api.create_model_package(ModelPackageGroupName="fraud", ModelApprovalStatus="Rejected")
    assert first == f"arn:aws:sagemaker:{EU}:model-package/fraud/1"
    api.update_model_package(ModelPackageArn=first, ModelApprovalStatus="Approved")
    found = api.describe_model_package(ModelPackageName=first)
    assert (found["ModelPackageVersion"], found["ModelApprovalStatus"]) == (1, "Approved")
    assert found["InferenceSpecification"]["Containers"][0]["Image"] == "x"
    listed = api.list_model_packages(ModelPackageGroupName="fraud", ModelApprovalStatus="Approved")[
        "ModelPackageSummaryList"
    ]
    assert [each["ModelPackageVersion"] for each in listed] == [1]
    with pytest.raises(ClientError, match="is not empty") as caught:
        api.delete_model_package_group(ModelPackageGroupName="fraud")
    assert code(caught) == "ConflictException"
    for version in (1, 2):
        api.delete_model_package(
            ModelPackageName=f"arn:aws:sagemaker:{EU}:model-package/fraud/{version}"
        )
    api.delete_model_package_group(ModelPackageGroupName="fraud")
    assert aws.read(group) is None


def test_inference_components_are_what_cloud_control_made(aws: Stack, client: Client) -> None:
    served(aws)
    state = {
        "InferenceComponentName": "part",
        "EndpointName": "fraud",
        "VariantName": "stable",
        "Specification": {"Container": {"Image": "x"}},
        "RuntimeConfig": {"CopyCount": 2},
    }
    aws.create(
        "aws:cloudcontrol/resource:Resource",
        "c",
        typeName="AWS::SageMaker::InferenceComponent",
        desiredState=json.dumps(state),
    )
    api = client("sagemaker")
    found = api.describe_inference_component(InferenceComponentName="part")
    assert found["RuntimeConfig"]["CurrentCopyCount"] == 2
    assert found["EndpointArn"].endswith("endpoint/fraud")
    assert (
        len(api.list_inference_components(EndpointNameEquals="fraud")["InferenceComponents"]) == 1
    )
    assert not api.list_inference_components(EndpointNameEquals="no")["InferenceComponents"]


# ---- Application Auto Scaling ----

KEY = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/fraud/variant/stable",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


def test_scaling_is_registered_changed_and_gone(aws: Stack, client: Client) -> None:
    served(aws)
    api = client("application-autoscaling")
    with pytest.raises(ClientError, match="No scalable target registered") as caught:
        api.put_scaling_policy(PolicyName="p", **KEY)
    assert code(caught) == "ObjectNotFoundException"
    first = api.register_scalable_target(**KEY, MinCapacity=1, MaxCapacity=2)
    api.register_scalable_target(**KEY, MaxCapacity=4)
    (target,) = api.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert target["ScalableTargetARN"] == first["ScalableTargetARN"]
    tracking = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
        },
    }
    api.put_scaling_policy(
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
        **KEY,
    )
    (policy,) = api.describe_scaling_policies(**KEY)["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == tracking
    api.put_scheduled_action(
        ScheduledActionName="night",
        Schedule="cron(0 22 * * ? *)",
        ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": 1},
        **KEY,
    )
    (action,) = api.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 1}
    assert api.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"] == []
    api.deregister_scalable_target(**KEY)
    assert not api.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert not api.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]


# ---- CloudWatch ----


def test_an_alarm_and_its_state(aws: Stack, client: Client) -> None:
    api = client("cloudwatch")
    given = {
        "AlarmName": "slow",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "MetricName": "Latency",
        "Namespace": "Tests",
        "Period": 60,
        "Statistic": "Sum",
        "Dimensions": [{"Name": "EndpointName", "Value": "fraud"}],
    }
    api.put_metric_alarm(**given)
    (alarm,) = api.describe_alarms(AlarmNames=["slow"])["MetricAlarms"]
    assert {key: alarm[key] for key in given} == given
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    api.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="test")
    # Changed, it keeps its state.
    api.put_metric_alarm(**{**given, "Threshold": 6.0})
    (alarm,) = api.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert (alarm["Threshold"], alarm["StateReason"]) == (6.0, "test")
    row = aws.store.by_name("aws", "aws:cloudwatch/metricAlarm:MetricAlarm", "slow")
    assert row is not None
    assert row.inputs["dimensions"] == {"EndpointName": "fraud"}
    api.delete_alarms(AlarmNames=["slow"])
    with pytest.raises(ClientError) as caught:
        api.set_alarm_state(AlarmName="slow", StateValue="OK", StateReason="test")
    assert code(caught) == "ResourceNotFound"


def test_data_comes_back_as_statistics(client: Client) -> None:
    api = client("cloudwatch")
    start = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    dimension = [{"Name": "EndpointName", "Value": "fraud"}]
    data = [
        {
            "MetricName": "Latency",
            "Dimensions": dimension,
            "Timestamp": start + dt.timedelta(seconds=seconds),
            "Value": value,
        }
        for seconds, value in ((0, 1.0), (10, 3.0), (60, 10.0))
    ]
    api.put_metric_data(Namespace="Tests", MetricData=data)
    metric = {"Namespace": "Tests", "MetricName": "Latency", "Dimensions": dimension}
    within = {"StartTime": start, "EndTime": start + dt.timedelta(minutes=5)}
    query = {
        "Id": "q",
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"},
    }
    (result,) = api.get_metric_data(
        MetricDataQueries=[query], ScanBy="TimestampAscending", **within
    )["MetricDataResults"]
    assert result["Values"] == [2.0, 10.0]
    assert result["Timestamps"][0] == start
    points = api.get_metric_statistics(
        **metric, **within, Period=60, Statistics=["Sum", "Maximum"], ExtendedStatistics=["p90"]
    )["Datapoints"]
    assert [(p["Sum"], p["Maximum"]) for p in points] == [(4.0, 3.0), (10.0, 10.0)]
    assert points[0]["ExtendedStatistics"] == {"p90": 3.0}
    assert [each["MetricName"] for each in api.list_metrics(Namespace="Tests")["Metrics"]]


# ---- Lambda ----


def test_versions_aliases_and_warm_instances(aws: Stack, client: Client) -> None:
    made = function(aws)
    alias = aws.create(
        "aws:lambda/alias:Alias", "a", name="live", functionName=made.id, functionVersion="1"
    )
    made = aws.update(made, publish=False, code=archive("2"))
    api = client("lambda")
    assert api.publish_version(FunctionName=made.id)["Version"] == "2"
    # Nothing has changed since.
    assert api.publish_version(FunctionName=made.id)["Version"] == "2"
    listed = api.list_versions_by_function(FunctionName=made.id)["Versions"]
    assert [each["Version"] for each in listed] == ["$LATEST", "1", "2"]
    config = {"FunctionName": made.id, "Name": "live"}
    api.update_alias(**config, RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})
    read = aws.read(alias)
    assert read is not None
    assert read.inputs["routingConfig"] == {"additionalVersionWeights": {"2": 0.1}}
    with pytest.raises(ClientError, match="has no version 7"):
        api.update_alias(**config, FunctionVersion="7")
    api.update_alias(**config, FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}})
    found = api.get_function(FunctionName=made.id, Qualifier="live")["Configuration"]
    assert found["Version"] == "2"
    warm = {"FunctionName": made.id, "Qualifier": "live"}
    with pytest.raises(ClientError) as caught:
        api.get_provisioned_concurrency_config(**warm)
    assert code(caught) == "ProvisionedConcurrencyConfigNotFoundException"
    api.put_provisioned_concurrency_config(**warm, ProvisionedConcurrentExecutions=2)
    assert api.get_provisioned_concurrency_config(**warm)["Status"] == "READY"
    api.delete_provisioned_concurrency_config(**warm)
    api.create_alias(FunctionName=made.id, Name="next", FunctionVersion="2")
    assert [each["Name"] for each in api.list_aliases(FunctionName=made.id)["Aliases"]] == [
        "live",
        "next",
    ]
    api.delete_alias(FunctionName=made.id, Name="next")
    with pytest.raises(ClientError) as caught:
        api.get_alias(FunctionName=made.id, Name="next")
    assert code(caught) == "ResourceNotFoundException"
    assert [each["FunctionName"] for each in api.list_functions()["Functions"]] == [made.id]


# ---- IAM, CodeDeploy ----


def test_a_role_and_what_it_may_do(aws: Stack, client: Client) -> None:
    arn = role(aws, "sagemaker.amazonaws.com")
    name = arn.rpartition("/")[2]
    document = '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    aws.create("aws:iam/rolePolicy:RolePolicy", "p", name="p", role=name, policy=document)
    aws.create(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "a",
        role=name,
        policyArn="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    )
    api = client("iam")
    found = api.get_role(RoleName=name)["Role"]
    assert found["Arn"] == arn
    trusted = found["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert trusted == {"Service": ["sagemaker.amazonaws.com"]}
    assert api.list_role_policies(RoleName=name)["PolicyNames"] == ["p"]
    assert api.get_role_policy(RoleName=name, PolicyName="p")["PolicyDocument"]["Statement"]
    (attached,) = api.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached["PolicyName"] == "AmazonEC2ContainerRegistryPullOnly"
    judged = api.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["s3:GetObject", "ecr:BatchGetImage", "sqs:SendMessage"]
    )["EvaluationResults"]
    assert [each["EvalDecision"] for each in judged] == ["allowed", "allowed", "implicitDeny"]
    with pytest.raises(ClientError) as caught:
        api.get_role(RoleName="no")
    assert code(caught) == "NoSuchEntity"


def test_a_deployment_group_is_described(aws: Stack, client: Client) -> None:
    aws.create(
        "aws:codedeploy/application:Application", "app", name="app", computePlatform="Lambda"
    )
    aws.create(
        "aws:codedeploy/deploymentGroup:DeploymentGroup",
        "g",
        appName="app",
        deploymentGroupName="g",
        serviceRoleArn=role(aws, "codedeploy.amazonaws.com"),
    )
    api = client("codedeploy")
    assert api.list_applications()["applications"] == ["app"]
    assert api.get_application(applicationName="app")["application"]["computePlatform"] == "Lambda"
    found = api.get_deployment_group(applicationName="app", deploymentGroupName="g")
    assert found["deploymentGroupInfo"]["deploymentConfigName"].startswith("CodeDeployDefault")
    assert api.list_deployment_groups(applicationName="app")["deploymentGroups"] == ["g"]
    with pytest.raises(ClientError) as caught:
        api.get_application(applicationName="no")
    assert code(caught) == "ApplicationDoesNotExistException"
    with pytest.raises(ClientError) as caught:
        api.stop_deployment(deploymentId="d-NO")
    assert code(caught) == "DeploymentDoesNotExistException"


def test_what_boto3_made_is_taken_for_pulumi(aws: Stack, client: Client) -> None:
    arn = role(aws, "sagemaker.amazonaws.com")
    container = {"Image": "x"}
    client("sagemaker").create_model(
        ModelName="m", ExecutionRoleArn=arn, PrimaryContainer=container
    )
    with pytest.raises(Exception, match="Model m exists already"):
        aws.create(MODEL, "m", name="m", executionRoleArn=arn, primaryContainer={"image": "x"})
