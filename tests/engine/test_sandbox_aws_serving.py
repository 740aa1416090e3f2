"""AWS through the real engine: permissions in parallel, failed endpoints, live drift by boto3."""

import pytest

from sandbox.store import Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

PROGRAM = """
import json, pulumi, pulumi_aws as aws
config = pulumi.Config()
on = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1"))
role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"},
     "Action": "sts:AssumeRole"}]}), opts=on)
# Nothing waits for the policy: the provider repeats the creation of the model.
actions = json.loads(config.require("actions"))
aws.iam.RolePolicy("policy", role=role.name, policy=json.dumps({"Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}), opts=on)
model = aws.sagemaker.Model("model", execution_role_arn=role.arn, primary_container={
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud:1",
    "model_data_url": "s3://example-models/fraud/model.tar.gz"}, opts=on)
configuration = aws.sagemaker.EndpointConfiguration("configuration", production_variants=[{
    "variant_name": "stable", "model_name": model.name, "initial_instance_count": 1,
    "instance_type": "ml.m5.large"}], opts=on)
endpoint = aws.sagemaker.Endpoint("endpoint", name="fraud",
    endpoint_config_name=configuration.name, tags={"owner": "risk"}, opts=on)
pulumi.export("arn", endpoint.arn)
"""

# As programs of others are: what the cluster makes is handed on, an alarm tells a topic of later.
CLUSTER = """
import json, pulumi, pulumi_aws as aws
def trusting(principal, action, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": action, **more}]})
role = aws.iam.Role("cluster",
    assume_role_policy=trusting({"Service": "eks.amazonaws.com"}, "sts:AssumeRole"))
attached = aws.iam.RolePolicyAttachment("cluster", role=role.name,
    policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
cluster = aws.eks.Cluster("cluster", role_arn=role.arn, vpc_config={
    "subnet_ids": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]},
    opts=pulumi.ResourceOptions(depends_on=[attached]))
aws.vpc.SecurityGroupIngressRule("rule", ip_protocol="-1", cidr_ipv4="10.0.0.0/8",
    security_group_id=cluster.vpc_config.cluster_security_group_id)
provider = aws.iam.OpenIdConnectProvider("provider", client_id_lists=["sts.amazonaws.com"],
    url=cluster.identities[0].oidcs[0].issuer)
aws.iam.Role("pods", assume_role_policy=pulumi.Output.all(provider.arn, provider.url).apply(
    lambda known: trusting({"Federated": known[0]}, "sts:AssumeRoleWithWebIdentity",
        Condition={"StringEquals": {f"{known[1]}:sub": "system:serviceaccount:a:b"}})))
aws.cloudwatch.MetricAlarm("alarm", comparison_operator="GreaterThanThreshold", period=60,
    evaluation_periods=1, metric_name="Errors", namespace="AWS/Lambda", statistic="Sum",
    threshold=0, alarm_actions=["arn:aws:sns:eu-west-1:123456789012:later"])
"""

DRIFT = """
import boto3
api = boto3.client("sagemaker", region_name="eu-west-1")
api.add_tags(ResourceArn="arn:aws:sagemaker:eu-west-1:123456789012:endpoint/fraud",
             Tags=[{"Key": "owner", "Value": "someone"}])
print(api.describe_endpoint(EndpointName="fraud")["EndpointStatus"])
"""


def _configured(sandbox: Sandbox, actions: str) -> None:
    sandbox.project(PROGRAM, {"tiny:actions": actions})


def _steps(sandbox: Sandbox, *operations: str) -> list[str]:
    events = Store(sandbox.home / "store.sqlite").events()
    return [f"{e.operation} {e.id}" for e in events if e.operation in operations]


def test_permissions_images_and_drift(sandbox: Sandbox) -> None:
    _configured(sandbox, '["s3:GetObject"]')
    project = sandbox.folder / "tiny"
    sandbox.new_stack(project)

    # The image cannot be pulled: the endpoint is there, failed, and the provider forgot it.
    failed = sandbox.up(project, check=False)
    assert failed.returncode != 0
    assert "does not have BatchGetImage permission" in failed.stdout
    types = {each["type"] for each in sandbox.resources(project)}
    assert "aws:sagemaker/model:Model" in types
    assert "aws:sagemaker/endpoint:Endpoint" not in types
    taken = sandbox.up(project, check=False)
    assert "Endpoint fraud exists already" in taken.stdout

    sandbox.run(*("sandbox/cloud", "rm", "fraud"), *("--token", "aws:sagemaker/endpoint:Endpoint"))
    _configured(sandbox, '["s3:GetObject", "ecr:BatchGetImage"]')
    sandbox.up(project)
    assert sandbox.outputs(project)["arn"].endswith(":endpoint/fraud")
    sandbox.up(project, "--expect-no-changes")

    # A live change by the vendor's own client is drift, which `up` repairs after a refresh.
    live = sandbox.run("sandbox/run", ".venv/bin/python", "-c", DRIFT)
    assert live.stdout.strip() == "InService"
    refreshed = sandbox.pulumi(
        *("refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"), cwd=project
    )
    assert "1 updated" in refreshed.stdout
    before = len(_steps(sandbox, "update"))
    sandbox.up(project)
    assert _steps(sandbox, "update")[before:] == ["update fraud"]
    sandbox.destroy(project)


def test_what_the_cloud_fills_in_is_handed_on_and_what_it_does_not_look_up_is_warned_of(
    sandbox: Sandbox,
) -> None:
    project = sandbox.project(CLUSTER, {"aws:region": "eu-west-1"})
    sandbox.new_stack(project)
    planned = sandbox.preview_json(project)
    assert planned["changeSummary"] == {"create": 8}
    made = sandbox.up(project).stdout
    # Once beside the resource, again while that takes seconds, and once below "Diagnostics".
    warnings = [line.partition("warning: ")[2] for line in made.splitlines() if "warning: " in line]
    assert len(warnings) > 1
    topic = "Topic arn:aws:sns:eu-west-1:123456789012:later"
    assert all(text.startswith(f"alarmActions[0]: {topic} does not exist") for text in warnings)
    sandbox.up(project, "--expect-no-changes")
    sandbox.destroy(project)
