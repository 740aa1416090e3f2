"""`sandbox/cloud`: what it prints, changes and answers."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox import eventual, faults
from sandbox.clouds import PROVIDERS
from sandbox.clouds.base import RefusedError
from sandbox.console import main
from sandbox.eventual import Transition
from sandbox.store import Row, Store
from tests.unit.sandbox_life import Stack

ROOT = Path(__file__).resolve().parents[2]
NODES = "aws:eks/nodeGroup:NodeGroup"


class Console:
    """Runs commands on one store."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.store = Store(path)
        self._capsys = capsys

    def run(self, *arguments: str, code: int = 0) -> str:
        assert main(["--store", str(self.path), *arguments]) == code
        printed = self._capsys.readouterr()
        return printed.out if code == 0 else printed.err

    def show(self, name: str, *arguments: str) -> dict[str, Any]:
        return json.loads(self.run("show", name, *arguments))


@pytest.fixture
def console(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(tmp_path / "store.sqlite", capsys)


def test_lists(console: Console) -> None:
    text = console.run("ls", "--provider", "aws")
    assert text.startswith("TYPE ")
    assert "subnet-0dev00000000000a1" in text
    assert "serving-dev" not in console.run("ls", "aws:s3/*")
    rows = json.loads(console.run("ls", "--json", "--provider", "azure-native"))
    assert {row["provider"] for row in rows} == {"azure-native"}
    groups = console.run("ls", "--json", "--provider", "azure-native", "*:ResourceGroup")
    assert [row["name"] for row in json.loads(groups)] == ["models"]
    assert console.run("ls", "aws:none/*") == "nothing\n"


def test_shows_one_and_says_which_there_are(console: Console) -> None:
    assert console.show("vpc-0dev00000000000a0")["outputs"]["cidrBlock"] == "10.0.0.0/16"
    error = console.run("show", "serving-dev", code=1)
    assert "2 resources are called serving-dev; add one of" in error
    cluster = "aws:eks/cluster:Cluster"
    assert f"--token {cluster} --account 123456789012" in error
    assert console.show("serving-dev", "--token", cluster)["token"] == cluster
    assert "did you mean serving-prod" in console.run("show", "serving-pro", code=1)


def test_sets_what_a_program_can_set_and_what_only_the_cloud_knows(console: Console) -> None:
    aws = Stack("aws", console.path, {"region": "eu-west-1"})
    made = aws.create("aws:cloudwatch/logGroup:LogGroup", "logs", name="/logs", retentionInDays=7)
    console.run("set", "/logs", "retentionInDays=30", "tags.owner=someone", "live.state=odd")
    read = aws.read(made)
    assert read is not None
    assert read.inputs["retentionInDays"] == 30
    assert read.inputs["tags"] == {"owner": "someone"}
    row = console.show("/logs")
    assert (row["outputs"]["tags"], row["live"]) == ({"owner": "someone"}, {"state": "odd"})
    console.run("set", "/logs", "retentionInDays=null", "arn=other")
    after = aws.read(made)
    assert after is not None
    assert after.inputs.get("retentionInDays") is None
    assert (after.outputs["arn"], "arn" in after.inputs) == ("other", False)
    assert console.store.events(operation="update-outside")


def test_sets_at_any_depth(console: Console) -> None:
    inputs = {"subnetIds": ["a", "b"], "labels": {"a.b": "c"}, "taints": [{"key": "x"}]}
    console.store.insert(Row("aws", NODES, "c:n", name="n", inputs=inputs))
    console.run("set", "n", 'labels["a.b"]=d', "subnetIds[1]=z", "taints[0].key=y", "diskSize=20")
    assert console.show("n")["inputs"] == {
        "subnetIds": ["a", "z"],
        "labels": {"a.b": "d"},
        "taints": [{"key": "y"}],
        "diskSize": 20,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("diskSiz=1", 'has no property diskSiz; did you mean "diskSize"?'),
        ("diskSize", "write PATH=VALUE"),
        ("subnetIds[5]=x", "there is no item 5"),
        ("labels[=x", "not a property path"),
        ("live=x", "say which fact"),
        ("diskSize.x.y=1", "below something that is no object"),
    ],
)
def test_refuses_changes_that_make_no_sense(console: Console, change: str, message: str) -> None:
    console.store.insert(
        Row("aws", NODES, "c:n", name="n", inputs={"subnetIds": [], "diskSize": 1})
    )
    assert message in console.run("set", "n", change, code=1)
    assert console.show("n")["inputs"] == {"subnetIds": [], "diskSize": 1}


def test_removes_with_what_belongs_to_it(console: Console) -> None:
    cluster = Stack("kubernetes", console.path, {"context": "serving-dev"})
    space = cluster.create("kubernetes:core/v1:Namespace", "n", metadata={"name": "models"})
    inside = {"metadata": {"name": "c", "namespace": "models"}}
    config = cluster.create("kubernetes:core/v1:ConfigMap", "c", **inside)
    text = console.run("rm", "models", "--token", "kubernetes:*")
    assert text.splitlines() == [
        "deleted kubernetes:core/v1:ConfigMap models/c",
        "deleted kubernetes:core/v1:Namespace models",
    ]
    assert cluster.read(space) is None
    assert cluster.read(config) is None


def test_faults(console: Console) -> None:
    add = ("fault", "add", "aws:kms/*", "create", "fail", "--skip", "2", "--message", "no")
    chance = ("--resource", "fraud-*", "--probability", "0.5", "--seed", "3")
    assert console.run(*add, *chance, "--code", "LimitExceededException") == "rule 1\n"
    (fault,) = console.store.faults()
    assert (fault.resource, fault.probability, fault.seed) == ("fraud-*", 0.5, 3)
    assert console.run("fault", "list").splitlines()[1].split() == [
        "1", "aws:kms/*", "create", "fail", "1", "2", "fraud-*", "0.5",
        "LimitExceededException", "no",
    ]  # fmt: skip
    assert console.run("fault", "clear", "1") == "1 removed\n"
    assert "there is no rule 1" in console.run("fault", "clear", "1", code=1)
    assert console.run("fault", "list") == "nothing\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("delete", "silent_rollback"), "silent_rollback hits update, never delete"),
        (("read", "die"), "die hits create, delete, update, never read"),
        (("creat", "fail"), "never creat; did you mean create?"),
        (("create", "fail", "--probability", "0"), "use more than 0, and at most 1"),
        (("create", "fail", "--count", "0"), "--count 0: use 1 or more, or -1 for all"),
        (("create", "slow", "--seconds=-1"), "--seconds -1: use 0 or more"),
    ],
)
def test_a_fault_that_could_never_hit_is_refused(
    console: Console, arguments: tuple[str, ...], message: str
) -> None:
    assert message in console.run("fault", "add", "aws:*", *arguments, code=1)
    assert console.store.faults() == []


def test_a_code_that_no_vendor_has_is_taken_and_said_so(console: Console) -> None:
    command = ["--store", str(console.path), "fault", "add", "aws:*", "create", "fail", "--code"]
    done = subprocess.run(
        [ROOT / "sandbox" / "cloud", *command, "ResourceLimitExceded"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "did you mean ResourceLimitExceeded?" in done.stderr
    assert console.store.faults()[0].code == "ResourceLimitExceded"


def test_faults_teach(console: Console) -> None:
    text = console.run("fault", "help")
    assert all(f"| {mode} |" in text for mode in faults.OPERATIONS)
    assert "sandbox/cloud fault add" in text
    assert "RESOURCE_EXHAUSTED" not in console.run("fault", "codes", "aws")
    assert "ResourceLimitExceeded" in console.run("fault", "codes", "aws")
    everything = console.run("fault", "codes")
    assert all(f"{name}: https://" in everything for name in PROVIDERS)


def test_quotas(console: Console) -> None:
    group = "aws:cloudwatch/logGroup:LogGroup"
    console.run("quota", "set", "aws:cloudwatch/*", "1")
    assert console.run("quota", "list").splitlines()[1].split() == ["aws:cloudwatch/*", "1"]
    aws = Stack("aws", console.path, {"region": "eu-west-1"})
    made = aws.create(group, "a", name="/a")
    with pytest.raises(
        RefusedError, match=r"LimitExceededException.*quota of aws:cloudwatch/\* is"
    ):
        aws.create(group, "b", name="/b")
    aws.update(made, retentionInDays=7)  # What is there already may stay and change.
    console.run("quota", "clear", "aws:cloudwatch/*")
    aws.create(group, "b", name="/b")
    assert "there is no quota of x" in console.run("quota", "clear", "x", code=1)
    assert "use 0 or more" in console.run("quota", "set", "x", "--", "-1", code=1)


def test_types(console: Console) -> None:
    text = console.run("types", "aws:sagemaker/*")
    assert "aws:sagemaker/endpoint:Endpoint " in text
    assert text.splitlines()[-1].endswith("by shape only")
    documents = json.loads(console.run("types", "kubernetes:core/v1:*", "--json"))
    assert {"type", "limits", "rules", "references", "source", "shape_only"} <= set(documents[0])
    assert "did you mean aws:sagemaker/model:Model?" in console.run(
        "types", "aws:sagemaker/model:Modell", code=1
    )


LIVE = '[{"name": "a", "desired_weight": 1.0}]'


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("live.variants=broken", 'live.variants: got "broken"; use a list'),
        ('live.variants=["a"]', 'live.variants[0]: got "a"; use an object'),
        ('live.variants=[{"weight": 1}]', "live.variants[0].name: missing"),
        ("live.variants[0].desired_weight=heavy", 'got "heavy"; use a number, 0 or more'),
        ("live.variants[0].desired_weight=-1", "got -1; use a number, 0 or more"),
        ("live.status=InServise", 'did you mean "InService"?'),
        ("name=[1]", "name: got [1]; use a string"),
        ("tags.a=[]", 'tags["a"]: got []; use a string'),
    ],
)
def test_refuses_what_no_console_would_make(console: Console, change: str, message: str) -> None:
    live = {"status": "InService", "variants": json.loads(LIVE)}
    token = "aws:sagemaker/endpoint:Endpoint"
    console.store.insert(Row("aws", token, "e", name="e", inputs={"name": "e"}, live=live))
    assert message in console.run("set", "e", change, code=1)
    assert console.show("e")["live"] == live
    console.run("set", "e", "live.variants[0].desired_weight=2", "live.status=Updating")
    assert console.show("e")["live"]["variants"] == [{"name": "a", "desired_weight": 2}]


def test_ready(console: Console) -> None:
    row = Row("aws", "aws:test/thing:Thing", "t", live={"status": "InService"})
    console.store.insert(eventual.begun(row, Transition(0, {"status": "Creating"}), never=True))
    assert console.show("t")["live"]["status"] == "Creating"
    assert console.run("ready", "t") == "aws:test/thing:Thing t is ready now\n"
    assert console.show("t")["live"] == {"status": "InService"}
    assert console.run("ready", "t") == "aws:test/thing:Thing t is ready\n"


def test_events(console: Console) -> None:
    console.store.insert(Row("aws", NODES, "c:n"))
    lines = console.run("events", "--last", "1").splitlines()
    assert lines[1].split()[1:5] == ["create", "ok", NODES, "c:n"]
    events = json.loads(console.run("events", NODES, "--json"))
    assert [event["operation"] for event in events] == ["create"]


def test_wrong_usage_has_its_own_exit_code(console: Console) -> None:
    with pytest.raises(SystemExit) as caught:
        console.run("fault", "add", "aws:*", "create", "explode")
    assert caught.value.code == 2


def test_a_damaged_store_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_text("no store " * 1000)
    done = subprocess.run(
        [ROOT / "sandbox" / "cloud", "--store", path, "ls"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("sandbox/cloud: the sandbox's store")
    assert "Traceback" not in done.stderr


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "sandbox/cloud fault add" in capsys.readouterr().out
