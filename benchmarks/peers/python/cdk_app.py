"""The SageMaker part in the AWS CDK's Python, construct by construct as cdk/app.js."""
# pyright: basic, reportMissingImports=false
# ruff: noqa: D103, INP001 - run by its path, in an environment of its own

import json
import os
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

NAMES = list(json.loads((Path(os.environ["BENCH_WORK"]) / "names.json").read_text()))
IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:serving-dev-alarms"
# A stack of CloudFormation has at most 500 resources; 11 are one model's.
MODELS_IN_A_STACK = 40


def metric(
    query: str, name: str, stat: str, endpoint: str
) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:
    dimension = cloudwatch.CfnAlarm.DimensionProperty
    return cloudwatch.CfnAlarm.MetricDataQueryProperty(
        id=query,
        return_data=False,
        metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
            stat=stat,
            period=60,
            metric=cloudwatch.CfnAlarm.MetricProperty(
                namespace="AWS/SageMaker",
                metric_name=name,
                dimensions=[
                    dimension(name="EndpointName", value=endpoint),
                    dimension(name="VariantName", value="stable"),
                ],
            ),
        ),
    )


def model(stack: cdk.Stack, name: str) -> None:
    at, endpoint_name = Construct(stack, name), f"{name}-dev"
    for key, value in {
        "model": name,
        "owner": "team-risk",
        "environment": "dev",
        "cost-centre": "ml-platform",
        "data-classification": "internal",
        "slo-latency-p95-ms": "100",
        "slo-error-rate-percent": "1",
    }.items():
        cdk.Tags.of(at).add(f"model-serving:{key}", value)
    role = iam.Role(at, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    volumes = kms.Key(
        at,
        "Key",
        description=f"Volumes of {endpoint_name}",
        enable_key_rotation=True,
        pending_window=cdk.Duration.days(30),
        alias=f"alias/sagemaker/{endpoint_name}",
    )
    group = logs.LogGroup(
        at,
        "Logs",
        log_group_name=f"/aws/sagemaker/Endpoints/{endpoint_name}",
        retention=logs.RetentionDays.ONE_MONTH,
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["s3:GetObject"], resources=["arn:aws:s3:::example-models/fraud/*"]
        )
    )
    group.grant_write(role)
    made = sagemaker.CfnModel(
        at,
        "Model",
        execution_role_arn=role.role_arn,
        enable_network_isolation=True,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=IMAGE, model_data_url="s3://example-models/fraud/1.4.0/model.tar.gz"
        ),
    )
    configuration = sagemaker.CfnEndpointConfig(
        at,
        "Configuration",
        kms_key_id=volumes.key_arn,
        production_variants=[
            sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                variant_name="stable",
                model_name=made.attr_model_name,
                instance_type="ml.m5.large",
                initial_instance_count=1,
                initial_variant_weight=1,
            )
        ],
    )
    endpoint = sagemaker.CfnEndpoint(
        at,
        "Endpoint",
        endpoint_name=endpoint_name,
        endpoint_config_name=configuration.attr_endpoint_config_name,
    )
    target = scaling.CfnScalableTarget(
        at,
        "Target",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=f"endpoint/{endpoint.attr_endpoint_name}/variant/stable",
        min_capacity=1,
        max_capacity=2,
    )
    tracking = scaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty
    predefined = scaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty
    scaling.CfnScalingPolicy(
        at,
        "Policy",
        policy_name=f"{name}-policy",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration=tracking(
            target_value=600,
            scale_in_cooldown=300,
            scale_out_cooldown=60,
            predefined_metric_specification=predefined(
                predefined_metric_type="SageMakerVariantInvocationsPerInstance"
            ),
        ),
    )
    alarm: dict[str, Any] = {
        "comparison_operator": "GreaterThanThreshold",
        "evaluation_periods": 5,
        "datapoints_to_alarm": 3,
        "treat_missing_data": "notBreaching",
        "alarm_actions": [TOPIC],
    }
    query = cloudwatch.CfnAlarm.MetricDataQueryProperty
    share = "IF(invocations > 0, 100 * errors / invocations, 0)"
    cloudwatch.CfnAlarm(
        at,
        "Errors",
        threshold=1,
        metrics=[
            query(id="slo", expression=share),
            metric("errors", "Invocation5XXErrors", "Sum", endpoint_name),
            metric("invocations", "Invocations", "Sum", endpoint_name),
        ],
        **alarm,
    )
    cloudwatch.CfnAlarm(
        at,
        "Latency",
        threshold=100_000,
        metrics=[
            query(id="slo", expression="model + overhead"),
            metric("model", "ModelLatency", "p95", endpoint_name),
            metric("overhead", "OverheadLatency", "p95", endpoint_name),
        ],
        **alarm,
    )


app = cdk.App(outdir=os.environ["BENCH_OUT"])
env = cdk.Environment(account="123456789012", region="eu-west-1")
for first in range(0, len(NAMES), MODELS_IN_A_STACK):
    of = cdk.Stack(app, f"Models{first}", env=env)
    for each in NAMES[first : first + MODELS_IN_A_STACK]:
        model(of, each)
app.synth()
