"""The same resources by hand: what somebody writes with Pulumi who has no layer of ours."""
# ruff: noqa: D103, INP001 - Pulumi runs the folder

import json
import os
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

FOLDER = Path(os.environ["BENCH_WORK"])
NAMES: dict[str, str] = json.loads((FOLDER / "names.json").read_text())
OBJECTS = (FOLDER / "objects.json").read_text()
ACCOUNT = "123456789012"
IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:serving-dev-alarms"
CLASSES: dict[str, Any] = {
    "Deployment": kubernetes.apps.v1.Deployment,
    "HorizontalPodAutoscaler": kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
    "NetworkPolicy": kubernetes.networking.v1.NetworkPolicy,
    "PodDisruptionBudget": kubernetes.policy.v1.PodDisruptionBudget,
    "Service": kubernetes.core.v1.Service,
    "ServiceAccount": kubernetes.core.v1.ServiceAccount,
}
on_aws = pulumi.ResourceOptions(
    provider=aws.Provider("aws", region="eu-west-1", allowed_account_ids=[ACCOUNT])
)
on_kubernetes = pulumi.ResourceOptions(
    provider=kubernetes.Provider("kubernetes", context="serving-dev")
)


def statement(*actions: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"Effect": "Allow", "Action": [*actions], **more}


def metric(query: str, name: str, stat: str, endpoint: str) -> dict[str, Any]:
    return {
        "id": query,
        "metric": {
            "namespace": "AWS/SageMaker",
            "metric_name": name,
            "stat": stat,
            "period": 60,
            "dimensions": {"EndpointName": endpoint, "VariantName": "stable"},
        },
    }


def sagemaker(name: str) -> None:
    tags = {
        "model-serving:model": name,
        "model-serving:owner": "team-risk",
        "model-serving:environment": "dev",
        "model-serving:cost-centre": "ml-platform",
        "model-serving:data-classification": "internal",
        "model-serving:slo-latency-p95-ms": "100",
        "model-serving:slo-error-rate-percent": "1",
    }
    endpoint_name = f"{name}-dev"
    trust = statement("sts:AssumeRole", Principal={"Service": "sagemaker.amazonaws.com"})
    role = aws.iam.Role(
        f"{name}-role",
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        tags=tags,
        opts=on_aws,
    )
    key = aws.kms.Key(
        f"{name}-key",
        description=f"Volumes of {endpoint_name}",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        tags=tags,
        opts=on_aws,
    )
    aws.kms.Alias(
        f"{name}-key-alias",
        name=f"alias/sagemaker/{endpoint_name}",
        target_key_id=key.key_id,
        opts=on_aws,
    )
    logs = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=f"/aws/sagemaker/Endpoints/{endpoint_name}",
        retention_in_days=30,
        tags=tags,
        opts=on_aws,
    )
    aws.iam.RolePolicy(
        f"{name}-role-policy",
        role=role.name,
        policy=pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    statement("s3:GetObject", Resource="arn:aws:s3:::example-models/fraud/*"),
                    statement("logs:CreateLogStream", "logs:PutLogEvents", Resource=logs.arn),
                ],
            }
        ),
        opts=on_aws,
    )
    model = aws.sagemaker.Model(
        f"{name}-model",
        execution_role_arn=role.arn,
        enable_network_isolation=True,
        primary_container={
            "image": IMAGE,
            "model_data_url": "s3://example-models/fraud/1.4.0/model.tar.gz",
        },
        tags=tags,
        opts=on_aws,
    )
    configuration = aws.sagemaker.EndpointConfiguration(
        f"{name}-configuration",
        kms_key_arn=key.arn,
        production_variants=[
            {
                "variant_name": "stable",
                "model_name": model.name,
                "instance_type": "ml.m5.large",
                "initial_instance_count": 1,
                "initial_variant_weight": 1,
            }
        ],
        tags=tags,
        opts=on_aws,
    )
    endpoint = aws.sagemaker.Endpoint(
        f"{name}-endpoint",
        name=endpoint_name,
        endpoint_config_name=configuration.name,
        tags=tags,
        opts=on_aws,
    )
    target = aws.appautoscaling.Target(
        f"{name}-target",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=endpoint.name.apply(lambda it: f"endpoint/{it}/variant/stable"),
        min_capacity=1,
        max_capacity=2,
        tags=tags,
        opts=on_aws,
    )
    aws.appautoscaling.Policy(
        f"{name}-policy",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration={
            "target_value": 600,
            "scale_in_cooldown": 300,
            "scale_out_cooldown": 60,
            "predefined_metric_specification": {
                "predefined_metric_type": "SageMakerVariantInvocationsPerInstance"
            },
        },
        opts=on_aws,
    )
    alarms: tuple[tuple[str, float, list[Any]], ...] = (
        (
            "errors",
            1,
            [
                {
                    "id": "slo",
                    "expression": "IF(invocations > 0, 100 * errors / invocations, 0)",
                    "return_data": True,
                },
                metric("errors", "Invocation5XXErrors", "Sum", endpoint_name),
                metric("invocations", "Invocations", "Sum", endpoint_name),
            ],
        ),
        (
            "latency",
            100_000,
            [
                {"id": "slo", "expression": "model + overhead", "return_data": True},
                metric("model", "ModelLatency", "p95", endpoint_name),
                metric("overhead", "OverheadLatency", "p95", endpoint_name),
            ],
        ),
    )
    for what, threshold, queries in alarms:
        aws.cloudwatch.MetricAlarm(
            f"{name}-{what}",
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            treat_missing_data="notBreaching",
            alarm_actions=[TOPIC],
            metric_queries=queries,
            tags=tags,
            opts=on_aws,
        )


def on_cluster(name: str) -> None:
    for one in json.loads(OBJECTS.replace("bench-name", name)):
        kind, parts = one.pop("kind"), dict(one)
        parts.pop("apiVersion")
        if "automountServiceAccountToken" in parts:
            parts["automount_service_account_token"] = parts.pop("automountServiceAccountToken")
        CLASSES[kind](f"{name}-{kind.lower()}", **parts, opts=on_kubernetes)


for each, of in NAMES.items():
    if of == "sagemaker":
        sagemaker(each)
    else:
        on_cluster(each)
