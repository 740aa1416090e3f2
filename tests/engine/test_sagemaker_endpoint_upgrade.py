"""What an earlier release of SageMakerEndpoint deployed goes on under today's, nothing replaced."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

# As that release emitted it: pulumi-aws updated the endpoint, and the live one only looked.
_OLD = """
import json
from typing import Any

import pulumi
import pulumi_aws as aws

TAGS = {
    "model-serving:owner": "team-risk", "model-serving:model": "fraud",
    "model-serving:environment": "dev", "model-serving:data-classification": "internal",
    "model-serving:slo-latency-p95-ms": "100", "model-serving:slo-error-rate-percent": "1",
}
OF_VERSION = TAGS | {"model-serving:model-version": "1.4.0"}
ENDPOINT = "fraud-dev"


class Live(pulumi.CustomResource):
    def __init__(self, name, properties, opts):
        super().__init__("serving:index:SageMakerLiveEndpoint", name, properties, opts)


class SageMakerEndpoint(pulumi.ComponentResource):
    endpoint_name: pulumi.Output[str]

    def __init__(self, name, args, opts):
        super().__init__("model-serving:index:SageMakerEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(
            "fraud-key", description="Volumes of the SageMaker endpoint fraud-dev",
            enable_key_rotation=True, deletion_window_in_days=30, tags=TAGS, opts=child)
        aws.kms.Alias("fraud-key-alias", name="alias/sagemaker/fraud-dev",
                      target_key_id=key.key_id, opts=child)
        role = aws.iam.Role(
            "fraud-role", description="What the containers of fraud-dev may do",
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "sagemaker.amazonaws.com"}}]}),
            tags=TAGS, opts=child)
        policy = aws.iam.RolePolicy(
            "fraud-role-policy", role=role.name,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket", "ecr:*"],
                "Resource": "*"}]}),
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["policy"]))
        image = aws.sagemaker.get_prebuilt_ecr_image_output(
            repository_name="sagemaker-xgboost", image_tag="1.7-1",
            opts=pulumi.InvokeOptions(parent=self)).registry_path
        model = aws.sagemaker.Model(
            "fraud-stable-model", execution_role_arn=role.arn, enable_network_isolation=True,
            primary_container={"image": image, "model_data_url": args["model_uri"]},
            tags=OF_VERSION, opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]))
        configuration = aws.sagemaker.EndpointConfiguration(
            "fraud-configuration",
            production_variants=[{
                "variant_name": "stable", "model_name": model.name,
                "instance_type": "ml.m5.large", "initial_instance_count": 1,
                "initial_variant_weight": 1.0}],
            kms_key_arn=key.arn, tags=OF_VERSION, opts=child)
        alarms = [
            aws.cloudwatch.MetricAlarm(
                f"fraud-stable-{kind}", comparison_operator="GreaterThanThreshold",
                threshold=1, evaluation_periods=5, datapoints_to_alarm=3,
                treat_missing_data="notBreaching", tags=TAGS, opts=child,
                metric_queries=[{"id": "m", "return_data": True, "metric": {
                    "namespace": "AWS/SageMaker", "metric_name": "ModelLatency",
                    "stat": "p95", "period": 60,
                    "dimensions": {"EndpointName": ENDPOINT, "VariantName": "stable"}}}])
            for kind in ("latency", "errors")
        ]
        logs = aws.cloudwatch.LogGroup(
            "fraud-logs", name=f"/aws/sagemaker/Endpoints/{ENDPOINT}", retention_in_days=30,
            tags=TAGS, opts=child)
        endpoint = aws.sagemaker.Endpoint(
            "fraud-endpoint", name=ENDPOINT, endpoint_config_name=configuration.name,
            deployment_config={
                "auto_rollback_configuration": {
                    "alarms": [{"alarm_name": alarm.name} for alarm in alarms]},
                "blue_green_update_policy": {
                    "traffic_routing_configuration": {
                        "type": "CANARY", "wait_interval_in_seconds": 300,
                        "canary_size": {"type": "CAPACITY_PERCENT", "value": 10}},
                    "termination_wait_in_seconds": 300,
                    "maximum_execution_timeout_in_seconds": 4800}},
            tags=OF_VERSION, opts=pulumi.ResourceOptions(parent=self, depends_on=[logs]))
        live = Live("fraud-live", {
            "endpointName": endpoint.name, "endpointConfigName": configuration.name,
            "weights": {"stable": 100}, "timeoutSeconds": 4800}, child)
        target = aws.appautoscaling.Target(
            "fraud-stable-scaling-target", service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=live.id.apply(lambda name: f"endpoint/{name}/variant/stable"),
            min_capacity=1, max_capacity=3, tags=TAGS, opts=child)
        aws.appautoscaling.Policy(
            "fraud-stable-scaling-policy", policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension, resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "target_value": 600.0,
                "predefined_metric_specification": {
                    "predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
                "scale_in_cooldown": 300, "scale_out_cooldown": 60}, opts=child)
        self.endpoint_name = endpoint.name
        self.register_outputs({"endpoint_name": self.endpoint_name})
"""
_SERVES = {
    "fraud-endpoint",
    "fraud-live",
    "fraud-stable-model",
    "fraud-configuration",
    "fraud-key",
    "fraud-role",
    "fraud-logs",
    "fraud-stable-scaling-target",
    "fraud-stable-scaling-policy",
}


def test_the_first_up_after_an_upgrade_replaces_nothing_that_serves(sandbox: Sandbox) -> None:
    arguments: dict[str, Any] = {
        "environment": "dev",
        "owner": "team-risk",
        "model_version": "1.4.0",
        "model_uri": "s3://example-models/fraud/1.4.0/model.tar.gz",
        "framework": "xgboost",
        "instance_type": "ml.m5.large",
        "max_replicas": 3,
        "shift": "canary",
    }
    project = ComponentProject(
        sandbox, "aws", "old_endpoint", "SageMakerEndpoint", "fraud", arguments
    )
    (project.folder / "old_endpoint.py").write_text(_OLD)
    project.up()
    before = {name: project.resource(name)["id"] for name in _SERVES}

    project.module = "components.aws.sagemaker.sagemaker_endpoint"
    upgraded = project.up()
    assert upgraded.names("create", "delete") == set()
    assert upgraded.names("replace") <= {"fraud-role-policy"}
    # The live one learns which variants are scaled, and asks nothing of SageMaker.
    assert upgraded.names("update") & _SERVES <= {"fraud-role", "fraud-live"}
    assert _calls(sandbox) == []
    assert {name: project.resource(name)["id"] for name in _SERVES} == before
    assert project.up().steps == {}

    # From here on the live endpoint updates it, as if it had always done so.
    project.up(model_version="1.5.0", model_uri="s3://example-models/fraud/1.5.0/model.tar.gz")
    assert _calls(sandbox) == ["sagemaker:UpdateEndpoint"]
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}


def _calls(sandbox: Sandbox) -> list[str]:
    with sandbox.store() as store:
        return [event.operation for event in store.events(operation="sagemaker:Update*")]
