"""What exists already is taken over as the refusal says; what moves leaves nothing behind."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

GROUP = "aws:cloudwatch/logGroup:LogGroup"
PROGRAM = """
import pulumi, pulumi_aws as aws
class Logs(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("tests:index:Logs", name, None, opts)
        aws.cloudwatch.LogGroup(f"{name}-group", name=f"/{name}",
            opts=pulumi.ResourceOptions(parent=self))
own = aws.Provider("own", region="eu-west-1")
Logs("inner", pulumi.ResourceOptions(providers=[own]))
aws.cloudwatch.LogGroup("outer", name="/outer", opts=pulumi.ResourceOptions(provider=own))
aws.cloudwatch.LogGroup("plain", name="/plain")
"""
CONFIG = {"aws:region": "eu-west-1"}


@pytest.mark.parametrize(
    ("lost", "name"), [("/plain", "plain"), ("/outer", "outer"), ("/inner", "inner-group")]
)
def test_the_advice_is_right(sandbox: Sandbox, lost: str, name: str) -> None:
    project = sandbox.project(PROGRAM, CONFIG)
    sandbox.new_stack(project)
    store = Store(sandbox.home / "store.sqlite")
    sandbox.up(project)
    # As if the plugin had died after making it: it is there, and the state does not know of it.
    urn = next(r["urn"] for r in sandbox.resources(project) if r["urn"].endswith(f"::{name}"))
    sandbox.pulumi("state", "delete", urn, "--stack", "dev", "--yes", cwd=project)

    said = sandbox.up(project, check=False).stdout
    assert f"LogGroup {lost} exists already in 123456789012 eu-west-1" in said
    go = ("--yes", "--non-interactive", "--skip-preview", "--stack", "dev")
    if name == "inner-group":
        file = project / "import.json"
        preview = ("preview", "--import-file", str(file), "--non-interactive", "--stack", "dev")
        assert "pulumi preview --import-file import.json" in said
        sandbox.pulumi(*preview, cwd=project)
        document: dict[str, Any] = json.loads(file.read_text())
        for entry in document["resources"]:
            if entry["name"] == name:
                entry["id"] = lost
        file.write_text(json.dumps(document))
        command = ("import", "--file", str(file))
    else:
        line = re.search(rf"`(pulumi import \S+ {name} [^`]*)`", " ".join(said.split()))
        assert line, said
        command = tuple(shlex.split(line[1])[1:])
    sandbox.pulumi(*command, "--protect=false", "--generate-code=false", *go, cwd=project)
    sandbox.up(project, "--expect-no-changes")
    assert len(store.list("aws", GROUP)) == 3


MOVING = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
config = pulumi.Config()
cloud = aws.Provider("cloud", region=config.require("region"))
aws.cloudwatch.LogGroup("logs", name="/logs", opts=pulumi.ResourceOptions(provider=cloud))
cluster = k8s.Provider("cluster", context=config.require("context"))
k8s.core.v1.Namespace("space", metadata={"name": "tests"},
    opts=pulumi.ResourceOptions(provider=cluster))
"""


def test_a_provider_that_moves_takes_its_resources_along(sandbox: Sandbox) -> None:
    def configured(region: str, context: str) -> Path:
        return sandbox.project(MOVING, {"tiny:region": region, "tiny:context": context})

    def places() -> list[str]:
        store = Store(sandbox.home / "store.sqlite")
        namespaces = [r.account for r in store.list("kubernetes") if r.name == "tests"]
        return [row.region for row in store.list("aws", GROUP)] + namespaces

    project = configured("eu-west-1", "serving-dev")
    sandbox.new_stack(project)
    sandbox.up(project)
    assert places() == ["eu-west-1", "serving-dev"]
    configured("eu-central-1", "serving-prod")
    sandbox.up(project)
    assert places() == ["eu-central-1", "serving-prod"]
    sandbox.up(project, "--expect-no-changes")
    sandbox.destroy(project)
    assert places() == []
