"""What an earlier release of LambdaEndpoint deployed goes on under today's, nothing replaced."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.aws_projects import function_code
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

# As that release emitted it.
_OLD = """
import json

import pulumi
import pulumi_aws as aws

TAGS = {
    "model-serving:owner": "team-botany", "model-serving:model": "iris",
    "model-serving:environment": "dev", "model-serving:data-classification": "internal",
    "model-serving:slo-latency-p95-ms": "100", "model-serving:slo-error-rate-percent": "1",
}
NAME = "iris-dev"


class LambdaEndpoint(pulumi.ComponentResource):
    endpoint_name: pulumi.Output[str]

    def __init__(self, name, args, opts):
        super().__init__("model-serving:index:LambdaEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            "iris-logs", name=f"/aws/lambda/{NAME}", retention_in_days=30, tags=TAGS, opts=child)
        role = aws.iam.Role(
            "iris-role", description=f"What the function {NAME} may do",
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"}}]}, sort_keys=True),
            tags=TAGS, opts=child)
        policy = aws.iam.RolePolicy(
            "iris-role-policy", role=role.name,
            policy=logs.arn.apply(lambda arn: json.dumps({"Version": "2012-10-17", "Statement": [
                {"Sid": "WriteLogs", "Effect": "Allow", "Resource": [arn, f"{arn}:*"],
                 "Action": ["logs:CreateLogStream", "logs:PutLogEvents"]},
                {"Sid": "Trace", "Effect": "Allow", "Resource": ["*"],
                 "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]}]},
                sort_keys=True)),
            opts=child)
        function = aws.lambda_.Function(
            "iris-function", name=NAME, role=role.arn, package_type="Zip",
            code=pulumi.FileArchive(args["code_path"]), handler="runtime.lambda_handler.handler",
            runtime="python3.13", architectures=["arm64"], memory_size=1024, timeout=10,
            ephemeral_storage={"size": 512}, reserved_concurrent_executions=10,
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": logs.name}, publish=True,
            tags=TAGS | {"model-serving:model-version": "1.0.0"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]))
        alias = aws.lambda_.Alias(
            "iris-alias", name="live", description="1.0.0", function_name=function.name,
            function_version=function.version, opts=child)
        aws.lambda_.ProvisionedConcurrencyConfig(
            "iris-warm", function_name=alias.function_name, qualifier=alias.name,
            provisioned_concurrent_executions=2, opts=child)
        api = aws.apigatewayv2.Api(
            "iris-api", name=NAME, protocol_type="HTTP",
            description="Requests to the model iris", tags=TAGS, opts=child)
        integration = aws.apigatewayv2.Integration(
            "iris-integration", api_id=api.id, integration_type="AWS_PROXY",
            integration_method="POST", integration_uri=alias.invoke_arn,
            payload_format_version="2.0", timeout_milliseconds=11000, opts=child)
        aws.apigatewayv2.Route(
            "iris-route", api_id=api.id, route_key="POST /predict", authorization_type="AWS_IAM",
            target=pulumi.Output.concat("integrations/", integration.id), opts=child)
        access = aws.cloudwatch.LogGroup(
            "iris-access-logs", name=f"/aws/vendedlogs/apigateway/{NAME}", retention_in_days=30,
            tags=TAGS, opts=child)
        aws.apigatewayv2.Stage(
            "iris-stage", api_id=api.id, name="$default", auto_deploy=True,
            default_route_settings={"throttling_rate_limit": 50, "throttling_burst_limit": 100,
                                    "detailed_metrics_enabled": True},
            access_log_settings={"destination_arn": access.arn, "format": "{}"},
            tags=TAGS, opts=child)
        aws.lambda_.Permission(
            "iris-permission", action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com", function=alias.function_name,
            qualifier=alias.name,
            source_arn=pulumi.Output.concat(api.execution_arn, "/*/POST/predict"), opts=child)
        self.endpoint_name = function.name
        self.register_outputs({"endpoint_name": self.endpoint_name})
"""
_SERVES = {
    *("iris-function", "iris-alias", "iris-warm", "iris-api", "iris-integration", "iris-route"),
    *("iris-stage", "iris-permission", "iris-role", "iris-role-policy", "iris-logs"),
    "iris-access-logs",
}


def _old_project(
    sandbox: Sandbox, tmp_path: Path, program: str, **more: object
) -> ComponentProject:
    """A project whose component is the one of `program`."""
    arguments: dict[str, Any] = {
        "environment": "dev",
        "owner": "team-botany",
        "model_version": "1.0.0",
        "model_uri": "file:iris/1.0.0/model.onnx",
        "code_path": function_code(tmp_path / "code.zip", "version = 1"),
        **more,
    }
    project = ComponentProject(sandbox, "aws", "old_lambda", "LambdaEndpoint", "iris", arguments)
    (project.folder / "old_lambda.py").write_text(program)
    return project


def test_the_first_up_after_an_upgrade_replaces_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    project = _old_project(sandbox, tmp_path, _OLD, provisioned_concurrency=2)
    project.up()
    before = {name: project.resource(name)["id"] for name in _SERVES}

    project.module = "components.aws.lambda_.lambda_endpoint"
    upgraded = project.up()
    assert upgraded.names("replace", "delete") == set()
    # The runtime is told its model, which makes a version; the stage has its access log's format.
    assert upgraded.names("update") == {"iris-function", "iris-alias", "iris-stage"}
    assert {each for each in upgraded.names("create") if "alarm" not in each} >= {"iris-recursion"}
    assert {name: project.resource(name)["id"] for name in _SERVES} == before
    assert project.resource("iris-alias")["outputs"]["functionVersion"] == "2"
    assert project.up().steps == {}


# As the release before made it: the alias is at the function's version, ready or not.
_UNAWAITED = """
from components.aws.lambda_ import lambda_endpoint

lambda_endpoint._ready = lambda core, settings, function, child: function.version
LambdaEndpoint = lambda_endpoint.LambdaEndpoint
"""


def test_a_snapshot_that_was_not_waited_for_gets_its_wait_and_nothing_else(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    project = _old_project(sandbox, tmp_path, _UNAWAITED, snap_start=True)
    assert "iris-ready" not in project.up().names("create")
    project.module = "components.aws.lambda_.lambda_endpoint"
    assert project.up().steps == {"iris-ready": ["create"]}
    assert project.up().steps == {}
