"""boto3 changes scaling, alarms, versions and more in the cloud that Pulumi deploys to."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from sandbox import eventual
from tests.unit.sandbox_api import ACCOUNT, REGION, Client, clients, code
from tests.unit.sandbox_aws import code as archive
from tests.unit.sandbox_aws import function, role, served
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
