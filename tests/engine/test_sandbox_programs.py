"""Programs of every style run on the sandbox, whatever they know of it: nothing."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds import cloud
from sandbox.store import Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

CONFIG = {"aws:region": "eu-west-1"}
BUCKET = "aws:s3/bucket:Bucket"
GROUP = "aws:cloudwatch/logGroup:LogGroup"


class Program:
    """A project that is driven from outside of its folder, by `-C`."""

    def __init__(self, sandbox: Sandbox, text: str, *, name: str = "tiny", **config: Any) -> None:  # noqa: ANN401
        self.sandbox = sandbox
        self.name = name
        self.folder = self.write(text, **config)
        sandbox.new_stack(self.folder)

    @property
    def store(self) -> Store:
        return Store(self.sandbox.home / "store.sqlite")

    def write(self, text: str, **config: Any) -> Path:  # noqa: ANN401
        own = {f"{self.name}:{key}": value for key, value in config.items()}
        return self.sandbox.project(text, CONFIG | own, name=self.name)

    def pulumi(self, *arguments: str) -> str:
        return self.sandbox.pulumi("-C", str(self.folder), *arguments, cwd=Path("/")).stdout

    def run(self, command: str, *arguments: str) -> str:
        go = ("--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
        return self.pulumi(command, *go, *arguments)

    def outputs(self) -> dict[str, Any]:
        return self.sandbox.outputs(self.folder)

    def ends(self) -> None:
        """Nothing is left to do, and all of it goes."""
        self.run("up", "--refresh", "--expect-no-changes")
        self.run("destroy")
        assert self.sandbox.resources(self.folder) == []


COMPONENTS = """
import pulumi, pulumi_aws as aws

class Site(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("tests:index:{kind}", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.logs = aws.cloudwatch.LogGroup(f"{{name}}-logs", retention_in_days=7, opts=own)
        self.bucket = aws.s3.Bucket(f"{{name}}-bucket", opts=own)
        self.register_outputs({{"bucket": self.bucket.id}})

def tagged(arguments):
    if arguments.type_.startswith("aws:"):
        tags = {{**(arguments.props.get("tags") or {{}}), "by": "transform"}}
        return pulumi.ResourceTransformResult(arguments.props | {{"tags": tags}}, arguments.opts)

pulumi.runtime.register_resource_transform(tagged)
site = Site("{name}", pulumi.ResourceOptions(aliases=[{aliases}]))
pulumi.export("names", [site.logs.name, site.bucket.id])
"""


def test_components_transforms_and_aliases(sandbox: Sandbox) -> None:
    program = Program(sandbox, COMPONENTS.format(kind="Site", name="old", aliases=""))
    program.run("up")
    before = program.outputs()["names"]
    (logs,) = program.store.list("aws", GROUP)
    assert logs.inputs["tags"] == {"by": "transform"}
    # Another name and another type of the component: what it holds is the same all the same.
    alias = 'pulumi.Alias(name="old", type_="tests:index:Site")'
    program.write(COMPONENTS.format(kind="Place", name="new", aliases=alias))
    program.run("up")
    assert program.outputs()["names"] == before
    assert [row.id for row in program.store.list("aws", GROUP)] == [logs.id]
    program.ends()


NETWORK = """
import pulumi, pulumi_aws as aws
bucket = aws.s3.Bucket("bucket")
pulumi.export("bucket", bucket.id)
pulumi.export("parts", [{"name": bucket.id, "numbers": [1, 2.5, True, None]}, "text"])
pulumi.export("token", pulumi.Output.secret("a-token"))
"""
USER = """
import pulumi, pulumi_aws as aws
network = pulumi.StackReference("organization/network/dev")
aws.s3.BucketObject("object", bucket=network.require_output("bucket"), key="a", content="b")
aws.ssm.Parameter("token", type="SecureString", value=network.require_output("token"))
pulumi.export("parts", network.get_output("parts"))
pulumi.export("token", network.require_output("token"))
"""


def test_stack_references_lists_and_secrets(sandbox: Sandbox) -> None:
    network = Program(sandbox, NETWORK, name="network")
    network.run("up")
    user = Program(sandbox, USER, name="user")
    user.run("up")
    bucket = network.outputs()["bucket"]
    parts = [{"name": bucket, "numbers": [1, 2.5, True, None]}, "text"]
    assert user.outputs() == {"parts": parts, "token": "a-token"}
    assert "a-token" not in user.pulumi("stack", "output", "--stack", "dev")
    assert "a-token" not in user.pulumi("stack", "export", "--stack", "dev")
    user.ends()
    network.ends()


DYNAMIC = """
import pulumi, pulumi_aws as aws
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

class Greetings(ResourceProvider):
    def create(self, props):
        return CreateResult("greeting", {**props, "text": f"hello {props['name']}"})
    def update(self, _id, _olds, props):
        return UpdateResult({**props, "text": f"hello {props['name']}"})

class Greeting(Resource):
    text: pulumi.Output[str]
    def __init__(self, resource, name):
        super().__init__(Greetings(), resource, {"name": name, "text": None})

greeting = Greeting("greeting", pulumi.Config().require("who"))
logs = aws.cloudwatch.LogGroup("logs", tags={"text": greeting.text})
aws.cloudwatch.LogStream("late", log_group_name=logs.name,
    opts=pulumi.ResourceOptions(depends_on=[greeting], delete_before_replace=True))
"""


def test_dynamic_providers(sandbox: Sandbox) -> None:
    program = Program(sandbox, DYNAMIC, who="world")
    program.run("up")
    program.write(DYNAMIC, who="moon")
    program.run("up")
    (logs,) = program.store.list("aws", GROUP)
    assert logs.inputs["tags"] == {"text": "hello moon"}
    program.run("up", "--expect-no-changes")
    program.run("destroy")


EXISTING = """
import pulumi, pulumi_aws as aws
read = aws.s3.Bucket.get("read", "example-models")
network = aws.ec2.Subnet.get("subnet", "subnet-0dev00000000000a1")
taken = aws.cloudwatch.LogGroup("taken", name="/made-by-hand", retention_in_days=3,
    opts=pulumi.ResourceOptions(import_={import_}, protect={protect}, retain_on_delete=True))
looked_up = aws.s3.get_bucket_output(bucket=read.bucket)
pulumi.export("found", [read.arn, network.vpc_id, looked_up.arn, taken.retention_in_days])
"""


def test_what_exists_is_read_imported_protected_and_kept(sandbox: Sandbox) -> None:
    by_hand = 'import pulumi_aws as aws\naws.cloudwatch.LogGroup("l", name="/made-by-hand",\n'
    hand = Program(sandbox, f"{by_hand}    retention_in_days=3)\n", name="hand")
    hand.run("up")
    program = Program(sandbox, EXISTING.format(import_="'/made-by-hand'", protect=True))
    program.run("up")
    arn = "arn:aws:s3:::example-models"
    assert program.outputs()["found"] == [arn, "vpc-0dev00000000000a0", arn, 3]
    program.write(EXISTING.format(import_="None", protect=True))
    program.run("up", "--expect-no-changes")
    go = ("--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
    refused = sandbox.pulumi("destroy", *go, cwd=program.folder, check=False)
    assert refused.returncode != 0
    assert "protect" in refused.stdout
    program.write(EXISTING.format(import_="None", protect=False))
    program.run("up")
    program.ends()
    # It was read only, and kept on deletion.
    assert program.store.find("/made-by-hand")
    assert program.store.find("example-models", provider="aws")
    hand.ends()


CLOUDS = """
import pulumi, pulumi_aws as aws, pulumi_azure_native as azure, pulumi_gcp as gcp
import pulumi_kubernetes as k8s
config = pulumi.Config()
cluster = k8s.Provider("cluster", context="serving-dev")
google = gcp.Provider("google", project="example-models")
microsoft = azure.Provider("microsoft", subscription_id="00000000-0000-0000-0000-000000000001")
west = aws.Provider("west", region="eu-west-1", default_tags={"tags": {"team": "ml"}})
made = []
for name in config.require_object("names"):
    space = k8s.core.v1.Namespace(name, opts=pulumi.ResourceOptions(provider=cluster))
    k8s.core.v1.Secret(name, metadata={"namespace": space.metadata.name},
        string_data={"password": config.require_secret("password")},
        opts=pulumi.ResourceOptions(provider=cluster, parent=space))
    made.append(gcp.storage.Bucket(name, location="EU", force_destroy=True,
        opts=pulumi.ResourceOptions(provider=google, depends_on=[space])))
    azure.managedidentity.UserAssignedIdentity(name, resource_group_name="models",
        opts=pulumi.ResourceOptions(provider=microsoft))
    aws.sqs.Queue(name, opts=pulumi.ResourceOptions(provider=west,
        ignore_changes=["tags"], additional_secret_outputs=["url"]))
pulumi.export("urls", pulumi.Output.all(*[bucket.url for bucket in made]))
pulumi.export("several", {"a": {"b": [space.metadata.name]}})
"""


def test_all_clouds_at_once_with_loops_and_options(sandbox: Sandbox) -> None:
    names = ["one", "two"]
    program = Program(sandbox, CLOUDS, names=names, password="hunter2-canary")
    program.run("up")
    assert len(program.outputs()["urls"]) == 2
    assert "hunter2" not in program.pulumi("stack", "export", "--stack", "dev")
    program.write(CLOUDS, names=["two"], password="hunter2-canary")
    program.run("up")
    for provider, noun in (("aws", "Queue"), ("gcp", "Bucket"), ("kubernetes", "Secret")):
        rows = [row for row in program.store.list(provider) if row.token.endswith(f":{noun}")]
        ours = [row for row in rows if "two" in row.id]
        assert len(ours) == 1
        assert not [row for row in rows if "one" in row.id]
    program.ends()


SHALLOW = """
import pulumi, pulumi_aws as aws
aws.cloudwatch.LogGroup("deep")
for name in ("first", "second"):
    pulumi.CustomResource({token!r}, name, {{}})
"""


def test_a_type_that_is_checked_by_its_shape_only_is_said_so_once(sandbox: Sandbox) -> None:
    stand_in = cloud("aws")
    token = next(
        token
        for token in sorted(stand_in.library.tokens())
        if stand_in.depth(token).shape_only
        and not any(each.required for each in stand_in.library.resource(token).inputs.values())
    )
    program = Program(sandbox, SHALLOW.format(token=token))
    preview = sandbox.preview_json(program.folder)
    said = [each for each in preview["diagnostics"] if "declared shape only" in each["message"]]
    assert [(each["severity"], each["message"].split()[0]) for each in said] == [("info", token)]
    assert said[0]["urn"].rpartition("::")[2] in {"first", "second"}
