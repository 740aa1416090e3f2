"""Resources of every cloud through the real engine: made, changed, replaced, drifted, destroyed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Fault, Row, Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

AWS = """
import pulumi, pulumi_aws as aws
config = pulumi.Config()
on = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1",
    allowed_account_ids=["123456789012"]))
logs = aws.cloudwatch.LogGroup("logs", name=config.require("name"),
    retention_in_days=7 * config.require_int("number"), opts=on)
alarm = aws.cloudwatch.MetricAlarm("alarm", comparison_operator="GreaterThanThreshold",
    evaluation_periods=1, metric_name="Errors", namespace="Tests", period=60, statistic="Sum",
    threshold=1, alarm_description=logs.arn, opts=on)
pulumi.export("changed", logs.arn)
"""

KUBERNETES = """
import pulumi, pulumi_kubernetes as k8s
config = pulumi.Config()
on = pulumi.ResourceOptions(provider=k8s.Provider("cluster", context="serving-dev"))
space = k8s.core.v1.Namespace("space", metadata={"name": "tests"}, opts=on)
labels = {"app": "x"}
web = k8s.apps.v1.Deployment("web",
    metadata={"name": config.require("name"), "namespace": space.metadata.name},
    spec={"replicas": config.require_int("number"), "selector": {"match_labels": labels},
          "template": {"metadata": {"labels": labels},
                       "spec": {"containers": [{"name": "x", "image": "y"}]}}}, opts=on)
settings = k8s.core.v1.ConfigMap("settings", metadata={"namespace": space.metadata.name},
    data={"name": web.metadata.name}, opts=on)
pulumi.export("changed", web.id)
"""

GCP = """
import pulumi, pulumi_gcp as gcp
config = pulumi.Config()
on = pulumi.ResourceOptions(provider=gcp.Provider("gcp", project="example-models"))
bucket = gcp.storage.Bucket("bucket", name=config.require("name"), location="EU",
    labels={"number": config.require("number")}, opts=on)
object = gcp.storage.BucketObject("object", bucket=bucket.name, name="a", content="b", opts=on)
pulumi.export("changed", bucket.url)
"""

AZURE = """
import pulumi, pulumi_azure_native as azure
config = pulumi.Config()
on = pulumi.ResourceOptions(provider=azure.Provider("azure",
    subscription_id="00000000-0000-0000-0000-000000000001"))
workspace = azure.machinelearningservices.Workspace("workspace", resource_group_name="models",
    workspace_name=config.require("name"), tags={"number": config.require("number")}, opts=on)
endpoint = azure.machinelearningservices.OnlineEndpoint("endpoint", resource_group_name="models",
    workspace_name=workspace.name, properties={"auth_mode": "Key"}, opts=on)
pulumi.export("changed", workspace.id)
"""


@dataclass(frozen=True)
class Case:
    """A program whose first resource has a `name` that replaces and a `number` that updates."""

    program: str
    token: str
    # What somebody changes behind Pulumi's back, and how it is put there.
    drift: tuple[str, object]
    # Resources of the program, and how many of them a new name replaces.
    count: int
    replaced: int


CASES = {
    "aws": Case(AWS, "aws:cloudwatch/logGroup:LogGroup", ("retentionInDays", 1), 2, 1),
    "kubernetes": Case(KUBERNETES, "kubernetes:apps/v1:Deployment", ("spec", None), 3, 2),
    "gcp": Case(GCP, "gcp:storage/bucket:Bucket", ("labels", {"number": "0"}), 2, 2),
    "azure-native": Case(
        AZURE, "azure-native:machinelearningservices:Workspace", ("tags", {"number": "0"}), 2, 2
    ),
}


class Deployed:
    """One of the programs above in a sandbox of its own."""

    def __init__(self, sandbox: Sandbox, case: Case) -> None:
        self.sandbox = sandbox
        self.case = case
        self.project = self.configure("first", 1)
        sandbox.new_stack(self.project)

    @property
    def store(self) -> Store:
        return Store(self.sandbox.home / "store.sqlite")

    def configure(self, name: str, number: int) -> Path:
        config = {"tiny:name": name, "tiny:number": number}
        return self.sandbox.project(self.case.program, config)

    def up(self, *arguments: str, check: bool = True) -> dict[str, int]:
        """Deploy; answers how many resources were created, updated and so on."""
        before = len(self.store.events()) if (self.sandbox.home / "store.sqlite").exists() else 0
        self.sandbox.up(self.project, *arguments, check=check)
        return self.counted(before)

    def counted(self, before: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for event in self.store.events()[before:]:
            if event.operation in {"create", "update", "delete"} and event.outcome == "ok":
                found[event.operation] = found.get(event.operation, 0) + 1
        return found

    def row(self) -> Row:
        (row,) = [r for r in self.store.list("", self.case.token) if r.name in {"first", "second"}]
        return row

    def refresh(self) -> None:
        command = ("refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
        self.sandbox.pulumi(*command, cwd=self.project)


def drifted(row: Row, path: str, value: object) -> Row:
    if path == "spec":
        spec = {**row.inputs["spec"], "replicas": 9}
        return row.replace(inputs={**row.inputs, path: spec}, outputs={**row.outputs, path: spec})
    return row.replace(inputs={**row.inputs, path: value}, outputs={**row.outputs, path: value})


@pytest.mark.parametrize("provider", list(CASES))
def test_a_whole_life(sandbox: Sandbox, provider: str) -> None:
    case = CASES[provider]
    deployed = Deployed(sandbox, case)
    seeded = {(row.token, row.id) for row in Store(sandbox.home / "store.sqlite").list()}

    assert deployed.up() == {"create": case.count}
    assert deployed.up("--expect-no-changes") == {}
    deployed.refresh()
    assert deployed.up("--expect-no-changes") == {}

    deployed.configure("first", 2)
    assert deployed.up() == {"update": 1}

    # Drift is seen by a refresh and repaired by the next deployment.
    row = deployed.row()
    deployed.store.put(drifted(row, *case.drift), operation="update-outside")
    deployed.refresh()
    assert deployed.up() == {"update": 1}
    assert deployed.row().inputs == row.inputs
    assert deployed.up("--expect-no-changes") == {}

    # What somebody deletes is made again, alone.
    gone = deployed.row()
    deployed.store.delete(gone.provider, gone.token, gone.id, operation="delete-outside")
    deployed.refresh()
    made = deployed.up()
    assert made["create"] == 1
    assert "delete" not in made

    deployed.configure("second", 2)
    replaced = deployed.up()
    assert (replaced["create"], replaced["delete"]) == (case.replaced, case.replaced)
    assert deployed.row().name == "second"

    sandbox.destroy(deployed.project)
    assert {(row.token, row.id) for row in deployed.store.list()} == seeded


def test_a_failure_midway_is_continued(sandbox: Sandbox) -> None:
    deployed = Deployed(sandbox, CASES["aws"])
    fault = Fault(
        "aws:cloudwatch/metricAlarm:*", "create", "fail", message="LimitExceeded: no more"
    )
    deployed.store.add_fault(fault)
    failed = sandbox.up(deployed.project, check=False)
    assert failed.returncode != 0
    assert "LimitExceeded: no more" in failed.stdout
    assert deployed.row().name == "first"
    assert deployed.up() == {"create": 1}
    assert deployed.up("--expect-no-changes") == {}


def test_a_creation_that_times_out_is_known_and_finished(sandbox: Sandbox) -> None:
    deployed = Deployed(sandbox, CASES["aws"])
    deployed.store.add_fault(Fault(deployed.case.token, "create", "timeout", message="no answer"))
    failed = sandbox.up(deployed.project, check=False)
    assert failed.returncode != 0
    assert "no answer" in failed.stdout
    (known,) = [
        each
        for each in sandbox.resources(deployed.project)
        if each["type"] == "aws:cloudwatch/logGroup:LogGroup"
    ]
    assert known["id"] == "first"
    deployed.up()
    assert len(deployed.store.list("aws", deployed.case.token)) == 1
    assert deployed.up("--expect-no-changes") == {}


def import_logs(deployed: Deployed) -> None:
    """Take the log group `first` over into the stack, by its stack's provider."""
    resources = deployed.sandbox.state(deployed.project)["resources"]
    provider = next(r["urn"] for r in resources if r["type"] == "pulumi:providers:aws")
    deployed.sandbox.pulumi(
        *("import", deployed.case.token, "logs", "first", "--provider", f"aws={provider}"),
        *("--protect=false", "--yes", "--non-interactive", "--skip-preview", "--stack", "dev"),
        cwd=deployed.project,
    )


def test_what_a_dying_plugin_made_is_taken_over_and_not_made_twice(sandbox: Sandbox) -> None:
    deployed = Deployed(sandbox, CASES["aws"])
    deployed.store.add_fault(Fault(deployed.case.token, "create", "die"))
    assert sandbox.up(deployed.project, check=False).returncode != 0
    again = sandbox.up(deployed.project, check=False)
    assert again.returncode != 0
    advice = "pulumi import aws:cloudwatch/logGroup:LogGroup logs first"
    assert "first exists already in 123456789012 eu-west-1: choose another name" in again.stdout
    assert advice in again.stdout
    import_logs(deployed)
    assert deployed.up().get("create", 0) <= 1  # The alarm, if it was not made yet.
    assert [row.id for row in deployed.store.list("aws", deployed.case.token)] == ["first"]
    assert deployed.up("--expect-no-changes") == {}


def test_what_exists_is_imported(sandbox: Sandbox) -> None:
    deployed = Deployed(sandbox, CASES["aws"])
    deployed.up()
    logs = next(r for r in sandbox.resources(deployed.project) if r["id"] == "first")
    alarm = next(r for r in sandbox.resources(deployed.project) if r["urn"].endswith("::alarm"))
    for urn in (alarm["urn"], logs["urn"]):
        sandbox.pulumi("state", "delete", urn, "--stack", "dev", "--yes", cwd=deployed.project)
    import_logs(deployed)
    imported = next(r for r in sandbox.resources(deployed.project) if r["id"] == "first")
    assert imported["outputs"] == logs["outputs"]
    assert deployed.up() == {"create": 1}  # The alarm alone.


def refused(sandbox: Sandbox, program: str) -> str:
    project = sandbox.project(program)
    sandbox.new_stack(project)
    answer = sandbox.pulumi(
        "preview", "--non-interactive", "--stack", "dev", cwd=project, check=False
    )
    assert answer.returncode != 0
    return " ".join((answer.stdout + answer.stderr).split())


def test_all_mistakes_of_a_resource_are_told_at_once(sandbox: Sandbox) -> None:
    text = refused(
        sandbox,
        """
import pulumi, pulumi_aws as aws
on = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1"))
aws.sagemaker.EndpointConfiguration("config", production_variants=[
    {"variantName": "a", "modelNam": "m"}, {"variantName": "b", "initial_instance_count": "two"}],
    data_capture_config="all", opts=on)
""",
    )
    at = "productionVariants[0].modelNam"
    assert f'{at}: unknown property; did you mean "modelName"?' in text
    at = "productionVariants[1].initialInstanceCount"
    assert f'{at}: got "two"; use a whole number' in text
    assert 'dataCaptureConfig: got "all"; use an object with' in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("provider", "settings", "message"),
    [
        ("aws", 'region="eu-west-1", allowed_account_ids=["999999999999"]', "account ID not allow"),
        ("kubernetes", 'context="serving-pord"', 'did you mean "serving-prod"'),
        ("gcp", 'project="other"', 'project "other" does not exist'),
        ("azure_native", 'subscription_id="other"', "SubscriptionNotFound"),
    ],
)
def test_another_account_than_meant_stops_before_anything_is_made(
    sandbox: Sandbox, provider: str, settings: str, message: str
) -> None:
    resource = {
        "aws": "cloud.kms.Key('it', opts=on)",
        "kubernetes": "cloud.core.v1.Namespace('it', opts=on)",
        "gcp": "cloud.storage.Bucket('it', location='EU', opts=on)",
        "azure_native": "cloud.resources.ResourceGroup('it', opts=on)",
    }[provider]
    program = f"""
import pulumi, pulumi_{provider} as cloud
on = pulumi.ResourceOptions(provider=cloud.Provider("cloud", {settings}))
{resource}
"""
    assert message in refused(sandbox, program)
    assert not Store(sandbox.home / "store.sqlite").events(operation="create")


def test_functions_answer_in_a_program(sandbox: Sandbox) -> None:
    program = """
import json, pulumi, pulumi_aws as aws
on = pulumi.InvokeOptions(provider=aws.Provider("aws", region="eu-west-1"))
pulumi.export("account", aws.get_caller_identity_output(opts=on).account_id)
pulumi.export("image", aws.sagemaker.get_prebuilt_ecr_image_output(
    repository_name="sagemaker-xgboost", image_tag="1.7-1", opts=on).registry_path)
document = aws.iam.get_policy_document_output(statements=[{
    "actions": ["sts:AssumeRole"],
    "principals": [{"type": "Service", "identifiers": ["sagemaker.amazonaws.com"]}]}], opts=on)
pulumi.export("document", document.json.apply(json.loads))
pulumi.export("subnets", aws.ec2.get_subnets_output(
    filters=[{"name": "vpc-id", "values": ["vpc-0dev00000000000a0"]}], opts=on).ids)
"""
    project = sandbox.project(program)
    sandbox.new_stack(project)
    sandbox.up(project)
    outputs: dict[str, Any] = sandbox.outputs(project)
    assert outputs["account"] == "123456789012"
    assert outputs["image"].endswith("eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1")
    statement = outputs["document"]["Statement"][0]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert len(outputs["subnets"]) == 3
    assert json.dumps(outputs)
