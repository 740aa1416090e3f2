"""What AWS refuses for what is there: updates of endpoints, quotas, deletions, references."""

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.rows import Quota
from tests.unit.sandbox_aws import (
    CONFIGURATION,
    FUNCTION,
    code,
    function,
    live,
    role,
    served,
    variant,
)
from tests.unit.sandbox_aws_policies import ATTACHMENT, TARGET, allow, policy, role_with
from tests.unit.sandbox_life import Made, Stack


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


CANARY = {
    "blueGreenUpdatePolicy": {
        "trafficRoutingConfiguration": {
            "type": "CANARY",
            "waitIntervalInSeconds": 60,
            "canarySize": {"type": "CAPACITY_PERCENT", "value": 10},
        }
    }
}
ROLLING = {
    "rollingUpdatePolicy": {
        "maximumBatchSize": {"type": "CAPACITY_PERCENT", "value": 10},
        "waitIntervalInSeconds": 60,
    }
}
AT_ONCE = {
    "blueGreenUpdatePolicy": {
        "trafficRoutingConfiguration": {"type": "ALL_AT_ONCE", "waitIntervalInSeconds": 0}
    }
}


@pytest.mark.parametrize(
    ("deployment", "names", "message"),
    [
        (CANARY, ["stable"], ""),
        (CANARY, ["stable", "candidate"], "needs the same variant names"),
        (CANARY, ["other"], "the endpoint has stable, .* has other"),
        (ROLLING, ["other"], "a rolling deployment needs the same"),
        (AT_ONCE, ["stable", "candidate"], ""),
    ],
)
def test_guarded_updates_keep_their_variants(
    aws: Stack, deployment: dict[str, Any], names: list[str], message: str
) -> None:
    made, _, endpoint = served(aws)
    variants = [variant(name, made) for name in names]
    config = aws.create(CONFIGURATION, "d", productionVariants=variants)
    given = {"endpointConfigName": config.id, "deploymentConfig": deployment}
    if not message:
        assert aws.update(endpoint, **given)
        return
    with pytest.raises(RefusedError, match=message):
        aws.update(endpoint, **given)


def scaled(aws: Stack) -> Made:
    return aws.create(
        TARGET,
        "t",
        serviceNamespace="sagemaker",
        resourceId="endpoint/fraud/variant/stable",
        scalableDimension="sagemaker:variant:DesiredInstanceCount",
        minCapacity=1,
        maxCapacity=2,
    )


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("stable", {"instanceType": "ml.m5.large"}, ""),
        ("stable", {"instanceType": "ml.m5.xlarge"}, r'variant\(s\) "stable" must be deregistered'),
        ("other", {}, "must be deregistered as scalable targets"),
    ],
)
def test_a_scaled_variant_keeps_its_machines(
    aws: Stack, name: str, changes: dict[str, Any], message: str
) -> None:
    made, _, endpoint = served(aws)
    scaled(aws)
    config = aws.create(CONFIGURATION, "d", productionVariants=[{**variant(name, made), **changes}])
    if not message:
        assert aws.update(endpoint, endpointConfigName=config.id)
        return
    with pytest.raises(RefusedError, match=message):
        aws.update(endpoint, endpointConfigName=config.id)


def test_a_deleted_endpoint_takes_its_scaling_along(aws: Stack) -> None:
    _, _, endpoint = served(aws)
    target = scaled(aws)
    given = {key: target.inputs[key] for key in ("serviceNamespace", "resourceId")}
    scaling = aws.create(
        "aws:appautoscaling/policy:Policy",
        "p",
        **given,
        scalableDimension=target.inputs["scalableDimension"],
        policyType="TargetTrackingScaling",
    )
    aws.delete(endpoint)
    assert aws.read(target) is None
    assert aws.read(scaling) is None


@pytest.mark.parametrize(("maximum", "fits"), [(2, True), (1, False)])
def test_instances_are_within_their_quota(aws: Stack, maximum: int, *, fits: bool) -> None:
    aws.store.set_quota(Quota("ml.m5.large for endpoint usage", maximum))
    if fits:
        assert served(aws)[2].id == "fraud"
        return
    with pytest.raises(
        RefusedError,
        match=r"ResourceLimitExceeded.*'ml.m5.large for endpoint usage' is 1 Instances, with"
        " current utilization of 0 Instances and a request delta of 2",
    ):
        served(aws)


# ---- Lambda ----


def with_role(aws: Stack, made: Made, **inputs: object) -> Made:
    given = {"handler": "x.y", "runtime": "python3.12", "code": code("1"), **inputs}
    return aws.create(FUNCTION, "f", role=made.outputs["arn"], **given)


PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"


def test_provisioned_concurrency_is_not_for_snap_start(aws: Stack) -> None:
    made = function(aws, runtime="java21", snapStart={"applyOn": "PublishedVersions"})
    given = {"functionName": made.id, "provisionedConcurrentExecutions": 1}
    with pytest.raises(RefusedError, match="has SnapStart, which excludes provisioned"):
        aws.create(PROVISIONED, "c", **given, qualifier="1")


def test_a_weighted_alias_gets_no_provisioned_concurrency(aws: Stack) -> None:
    made = aws.update(function(aws), code=code("2"))
    alias = "aws:lambda/alias:Alias"
    at = {"functionName": made.id, "functionVersion": "1", "name": "live"}
    weights = {"additionalVersionWeights": {"2": 0.1}}
    given = {"functionName": made.id, "provisionedConcurrentExecutions": 1, "qualifier": "live"}
    weighted = aws.create(alias, "a", **at, routingConfig=weights)
    with pytest.raises(RefusedError, match="Alias with weights can not be used"):
        aws.create(PROVISIONED, "c", **given)
    plain = aws.update(weighted, routingConfig=None)
    aws.create(PROVISIONED, "c", **given)
    # As CodeDeploy does when it shifts the traffic of such an alias.
    assert aws.update(plain, routingConfig=weights)


# ---- schedules, instance types ----

RULE = "aws:cloudwatch/eventRule:EventRule"
SCHEDULE = "aws:scheduler/schedule:Schedule"


@pytest.mark.parametrize(
    ("token", "expression", "message"),
    [
        (RULE, "rate(1 hour)", ""),
        (RULE, "rate(5 minutes)", ""),
        (RULE, "rate(1 hours)", r"use rate\(1 hour\)"),
        (RULE, "rate(5 minute)", r"use rate\(5 minutes\)"),
        (RULE, "at(2030-01-01T12:00:00)", "use rate"),
        (RULE, "cron(0 3 * * ? *)", ""),
        (RULE, "cron(0 3 ? * MON-FRI *)", ""),
        (SCHEDULE, "cron(0 3 * * *)", "six fields, .*; these are 5"),
        (SCHEDULE, "cron(0 3 * * * *)", "cannot both be"),
        (SCHEDULE, "at(2030-01-01T12:00:00)", ""),
        (SCHEDULE, "rate(1 hours)", ""),
        (SCHEDULE, "rate(0 days)", "1 or more"),
        (SCHEDULE, "every day", "use rate"),
    ],
)
def test_a_schedule_is_written_as_its_service_reads_it(
    aws: Stack, token: str, expression: str, message: str
) -> None:
    arn = "arn:aws:iam::999999999999:role/r"
    target = {"arn": "arn:aws:sqs:eu-west-1:999999999999:q", "roleArn": arn}
    more = {"target": target, "flexibleTimeWindow": {"mode": "OFF"}} if token == SCHEDULE else {}
    found = aws.problems(token, {"scheduleExpression": expression, **more})
    assert [problem.path for problem in found] == (["scheduleExpression"] if message else [])
    assert all(re.search(message, problem.reason) for problem in found)


def test_a_schedule_belongs_to_a_group(aws: Stack) -> None:
    arn = role(aws, "scheduler.amazonaws.com")
    target = {"arn": "arn:aws:sqs:eu-west-1:999999999999:q", "roleArn": arn}
    given = {"scheduleExpression": "rate(1 hour)", "flexibleTimeWindow": {"mode": "OFF"}}
    made = aws.create(SCHEDULE, "s", name="s", target=target, **given)
    assert made.id == "default/s"
    assert made.outputs["arn"] == "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/s"


@pytest.mark.parametrize(("kind", "wrong"), [("g5.xlarge", False), ("g5.xlagre", True)])
def test_nodes_are_of_a_type_that_there_is(aws: Stack, kind: str, *, wrong: bool) -> None:
    inputs = {
        "clusterName": "serving-dev",
        "nodeRoleArn": "arn:aws:iam::123456789012:role/r",
        "subnetIds": ["subnet-1"],
        "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
        "instanceTypes": ["m5.large", kind],
    }
    found = aws.problems("aws:eks/nodeGroup:NodeGroup", inputs)
    assert [problem.path for problem in found] == (["instanceTypes[1]"] if wrong else [])
    assert all('did you mean "g5.xlarge"' in problem.reason for problem in found)


# ---- deletions ----


def _bucket(aws: Stack, **inputs: object) -> Made:
    name = f"b{len(inputs)}"
    made = aws.create("aws:s3/bucket:Bucket", name, **inputs)
    aws.create("aws:s3/bucketObjectv2:BucketObjectv2", name, bucket=made.id, key="k", content="x")
    return made


def test_a_bucket_with_objects_is_deleted_by_force(aws: Stack) -> None:
    with pytest.raises(RefusedError, match="BucketNotEmpty"):
        aws.delete(_bucket(aws))
    aws.delete(_bucket(aws, forceDestroy=True))


def test_what_something_holds_is_not_deleted(aws: Stack) -> None:
    own = aws.create("aws:iam/policy:Policy", "own", policy=policy(allow("s3:*")))
    aws.create(ATTACHMENT, "a", role="serving-dev-cluster", policyArn=own.id)
    with pytest.raises(RefusedError, match="Cannot delete a policy attached to entities"):
        aws.delete(own)
    vpc = aws.create("aws:ec2/vpc:Vpc", "v", cidrBlock="10.9.0.0/16")
    subnet = aws.create("aws:ec2/subnet:Subnet", "s", vpcId=vpc.id, cidrBlock="10.9.1.0/24")
    with pytest.raises(RefusedError, match=rf"The vpc '{vpc.id}' has dependencies"):
        aws.delete(vpc)
    aws.delete(subnet)
    aws.delete(vpc)
    rule = aws.create("aws:cloudwatch/eventRule:EventRule", "r", scheduleExpression="rate(1 day)")
    topic = aws.create("aws:sns/topic:Topic", "t")
    kind = "aws:cloudwatch/eventTarget:EventTarget"
    aws.create(kind, "t", rule=rule.id, arn=topic.outputs["arn"])
    with pytest.raises(RefusedError, match="Rule can't be deleted since it has targets"):
        aws.delete(rule)


def test_a_configuration_in_use_is_deleted_as_by_the_service(aws: Stack) -> None:
    made, config, _ = served(aws)
    aws.delete(config)
    aws.delete(made)
    assert live(aws)["status"] == "InService"


# ---- what else has to be there ----


def test_alarms_of_a_composite_alarm_exist(aws: Stack) -> None:
    composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    watched = {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "metricName": "Errors",
        "namespace": "Tests",
        "period": 60,
        "statistic": "Sum",
        "threshold": 1,
    }
    made = aws.create("aws:cloudwatch/metricAlarm:MetricAlarm", "a", name="errors", **watched)
    for number, name in enumerate(('"errors"', "errors", f"{made.outputs['arn']}")):
        rule = f"ALARM({name}) AND NOT OK ( {name} )"
        assert aws.create(composite, f"c{number}", alarmName=f"c{number}", alarmRule=rule)
    with pytest.raises(RefusedError, match=r"erors does not exist.*did you mean errors"):
        aws.create(composite, "d", alarmName="d", alarmRule='ALARM("erors") OR TRUE')


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("function:{name}:live", ""),
        ("function:{name}:1", ""),
        ("function:{name}:9", "has no version or alias 9"),
        ("function:no:live", "Function no does not exist"),
    ],
)
def test_scaled_concurrency_is_of_a_version(aws: Stack, resource: str, message: str) -> None:
    made = function(aws)
    aws.create(
        "aws:lambda/alias:Alias", "a", name="live", functionName=made.id, functionVersion="1"
    )
    given = {
        "serviceNamespace": "lambda",
        "scalableDimension": "lambda:function:ProvisionedConcurrency",
        "resourceId": resource.format(name=made.id),
        "minCapacity": 1,
        "maxCapacity": 2,
    }
    if not message:
        assert aws.create(TARGET, "t", **given)
        return
    with pytest.raises(RefusedError, match=message):
        aws.create(TARGET, "t", **given)


@pytest.mark.parametrize(("reserved", "fits"), [(900, True), (901, False)])
def test_reservations_leave_a_part_of_the_concurrency(
    aws: Stack, reserved: int, *, fits: bool
) -> None:
    made = role_with(aws, "lambda.amazonaws.com")
    if fits:
        kept = with_role(aws, made, reservedConcurrentExecutions=reserved)
        assert aws.update(kept, memorySize=256)
        return
    with pytest.raises(RefusedError, match=r"below its minimum value of \[100\]"):
        with_role(aws, made, reservedConcurrentExecutions=reserved)
    aws.store.set_quota(Quota("Concurrent executions", 2000))
    assert with_role(aws, made, reservedConcurrentExecutions=reserved)


def test_nodes_use_a_version_that_their_template_has(aws: Stack) -> None:
    template = aws.create("aws:ec2/launchTemplate:LaunchTemplate", "t")
    made = role_with(aws, "ec2.amazonaws.com", allow("ec2:*"))
    given = {
        "clusterName": "serving-dev",
        "nodeRoleArn": made.outputs["arn"],
        "subnetIds": ["subnet-0dev00000000000a1"],
        "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
        "updateConfig": {"maxUnavailable": 1},
    }
    for version in ("1", "$Latest"):
        launch = {"id": template.id, "version": version}
        name = f"n{version[-1]}"
        assert aws.create("aws:eks/nodeGroup:NodeGroup", name, **given, launchTemplate=launch)
    launch = {"id": template.id, "version": "2"}
    with pytest.raises(RefusedError, match="has no version 2; its latest is 1"):
        aws.create("aws:eks/nodeGroup:NodeGroup", "m", **given, launchTemplate=launch)
