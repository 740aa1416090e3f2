"""What exists already is taken over as the refusal says; what moves leaves nothing behind."""

import base64
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from sandbox.stackfile import find_project, state_file
from sandbox.store import Store
from sandbox.wire import SIGNATURE

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


CANARY = "canary-of-what-is-taken-over"
HIDDEN = f"""
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
canary = pulumi.Output.secret({CANARY!r})
aws.ssm.Parameter("all", name="/all", type="SecureString", value=canary)
k8s.core.v1.Secret("some", metadata={{"name": "some", "namespace": "default"}},
    string_data={{"token": canary}})
k8s.core.v1.Secret("auto", string_data={{"token": canary}})
"""
HOLDING = {"/all": "all", "default/some": "some"}


class Forgetful:
    """A stack whose state is edited as a crash, or somebody's mistake, would leave it."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        found = find_project(folder)
        assert found
        self.file = state_file(sandbox.home, found, "dev")

    def take_out(self, *names: str, pending: bool) -> None:
        """Resources that are there and not in the state; as `pending`, their creation is noted."""
        content = json.loads(self.file.read_text())
        latest = content["checkpoint"]["latest"]
        out = [e for e in latest["resources"] if e["urn"].rpartition("::")[2] in names]
        assert len(out) == len(names)
        latest["resources"] = [each for each in latest["resources"] if each not in out]
        if pending:
            begun = [{k: v for k, v in e.items() if k not in {"id", "outputs"}} for e in out]
            latest["pending_operations"] = [{"resource": e, "type": "creating"} for e in begun]
        self.file.write_text(json.dumps(content))

    def is_hidden(self) -> bool:
        """Whether no file of the stack has the secret in clear, and the state has it encrypted."""
        states = [self.file, *self.folder.rglob(".out/**/*.json")]
        encoded = base64.b64encode(CANARY.encode()).decode()
        texts = [each.read_text() for each in states]
        kept = self.sandbox.resources(self.folder)
        values = [e["outputs"].get("value") or e["outputs"].get("data") for e in kept]
        secret = [SIGNATURE in json.dumps(value) for value in values if value]
        clear = any(word in text for text in texts for word in (CANARY, encoded))
        return not clear and secret == [True] * len(HOLDING | {"auto": "auto"})


def test_a_secret_of_what_is_taken_over_stays_one(sandbox: Sandbox) -> None:
    folder = sandbox.project(HIDDEN, CONFIG | {"kubernetes:context": "serving-dev"})
    (folder / "stacks" / "models").mkdir(parents=True)  # So that it is `serving`'s too.
    sandbox.new_stack(folder)
    sandbox.up(folder)
    stack = Forgetful(sandbox, folder)
    assert stack.is_hidden()

    stack.take_out(*HOLDING.values(), pending=False)
    types = {"all": "aws:ssm/parameter:Parameter", "some": "kubernetes:core/v1:Secret"}
    listed = [{"type": types[n], "name": n, "id": i} for i, n in HOLDING.items()]
    (folder / "import.json").write_text(json.dumps({"resources": listed}))
    go = ("--yes", "--non-interactive", "--skip-preview", "--stack", "dev")
    command = ("import", "--file", "import.json", "--protect=false", "--generate-code=false")
    sandbox.pulumi(*command, *go, cwd=folder)
    assert stack.is_hidden()
    sandbox.up(folder, "--expect-no-changes")

    # What a killed run made: found by its name, and by what the user says of it.
    stack.take_out("all", "auto", pending=True)
    recover = ("recover", "--env", "dev", "--yes", "--adopt", "all=/all")
    said = sandbox.serving(*recover, cwd=folder)
    assert "Adopted: all (aws:ssm/parameter:Parameter)" in said.stdout
    assert "Adopted: auto (kubernetes:core/v1:Secret)" in said.stdout
    assert CANARY not in said.stdout + said.stderr
    assert list(folder.rglob(".out/**/*.json"))
    assert stack.is_hidden()
    sandbox.up(folder, "--expect-no-changes")


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
