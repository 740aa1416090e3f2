"""`serving rollback`, and `--break-glass`: what is written, what is run, what is refused."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from delivery import break_glass, engine
from delivery.promoting import rollback as command_module
from delivery.running.process import Ended
from tests.unit.promoting import FRAUD, Answer, Estate, command, estate, version

ALONE = FRAUD.partition("# What comes next.")[0] + "instance_type: ml.m5.large\n"
BAD = ALONE.replace("1.4.0", "1.5.0")
TWO = [version("1.5.0", live=True), version("1.4.0")]
GONE_BACK = [version("1.4.0", live=True), version("1.5.0", withdrawn="2026-11-02")]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    made = estate(tmp_path, monkeypatch)
    for name in ("dev", "prod"):
        made.environment(name, "    fraud:\n      max_replicas: 3\n")
    made.write("stacks/models/fraud.yaml", BAD)
    made.served("prod", stable=TWO)
    return made


@pytest.fixture
def serving(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    return command(monkeypatch, capfd)


ENTRY_1_4 = """\
      model:
        uri: s3://models/fraud/1.4.0/model.tar.gz
        version: "1.4.0"
"""

# The model's file, what prod's stack has recorded, prod's entry before; what the entry is then.
BACK: dict[str, tuple[str, list[dict[str, Any]], str, str]] = {
    "to the one before, where dev shares the file": (BAD, TWO, "", ENTRY_1_4),
    "the candidate alone goes first": (
        FRAUD,
        [version("1.4.0", live=True), version("1.3.0")],
        "      canary_percent: 10\n",
        "      candidate: null\n",
    ),
    "from what was never ready": (
        BAD.replace("1.5.0", "1.6.0"),
        [version("1.4.0", live=True), version("1.3.0")],
        "",
        ENTRY_1_4,
    ),
    "past what was taken back": (
        BAD.replace("1.5.0", "1.6.0"),
        [
            version("1.6.0", live=True),
            version("1.5.0", withdrawn="2026-11-02"),
            version("1.4.0"),
        ],
        "",
        ENTRY_1_4,
    ),
    "the file says it already": (ALONE, TWO, "", ""),
    "an entry of its own": (
        ALONE,
        TWO,
        ENTRY_1_4.replace("1.4.0", "1.5.0"),
        "",
    ),
}


@pytest.mark.parametrize("case", BACK)
def test_back_to_the_last_good_version(
    site: Estate, serving: Callable[..., Answer], case: str
) -> None:
    file, recorded, before, after = BACK[case]
    site.write("stacks/models/fraud.yaml", file)
    site.environment("prod", f"    fraud:\n      max_replicas: 3\n{before}")
    site.served("prod", stable=recorded)
    dev = site.read("Pulumi.dev.yaml")
    answer = serving("rollback", "fraud", "prod", "--no-up", "--yes")
    assert answer.code == 0, answer.err
    assert site.read("Pulumi.prod.yaml").partition("      max_replicas: 3\n")[2] == after
    assert (site.read("stacks/models/fraud.yaml"), site.read("Pulumi.dev.yaml")) == (file, dev)


def test_where_nobody_shares_the_file_it_is_the_file(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    (site.root / "Pulumi.dev.yaml").unlink()
    told = serving("rollback", "fraud", "prod", "--no-up", "--yes", "--json").told
    assert (told["files"], told["to"]["version"]) == (["stacks/models/fraud.yaml"], "1.4.0")
    assert site.read("stacks/models/fraud.yaml") == ALONE


def test_a_version_by_its_name(site: Estate, serving: Callable[..., Answer]) -> None:
    site.write("stacks/models/fraud.yaml", ALONE)
    site.served("prod", stable=GONE_BACK)
    assert serving("rollback", "fraud", "prod", "--no-up", "--yes", "--to", "1.5.0").code == 0
    assert 'version: "1.5.0"' in site.read("Pulumi.prod.yaml")


REFUSED: dict[str, tuple[list[dict[str, Any]] | None, tuple[str, ...], int, str]] = {
    "no such model": (TWO, ("frauds", "prod"), 2, "did you mean: fraud?"),
    "no such environment": (TWO, ("fraud", "prdo"), 2, "did you mean: prod?"),
    "no stack": (None, ("fraud", "prod", "--yes"), 6, "there is no stack 'prod'"),
    "no record": ([], ("fraud", "prod", "--yes"), 2, "recorded no version of 'fraud'"),
    "one version": (
        [version("1.5.0", live=True)],
        ("fraud", "prod", "--yes"),
        2,
        "recorded no other version of 'fraud'\n  served there: 1.5.0\n  fix: write",
    ),
    "all others taken back": (
        [version("1.5.0", live=True), version("1.6.0", withdrawn="2026-11-02")],
        ("fraud", "prod", "--yes"),
        2,
        "served there: 1.5.0, 1.6.0 (taken back)",
    ),
    "no such version": (
        TWO,
        ("fraud", "prod", "--yes", "--to", "1.4.1"),
        2,
        "prod has not served fraud 1.4.1\n  did you mean: 1.4.0?",
    ),
    "nobody to ask": (TWO, ("fraud", "prod"), 2, "--yes, or --dry-run"),
    "JSON of an update": (TWO, ("fraud", "prod", "--yes", "--json"), 2, "add --no-up"),
    "glass for nothing": (
        TWO,
        ("fraud", "prod", "--yes", "--no-up", "--break-glass", "x"),
        2,
        "--break-glass is for an update",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_there_is_no_way_back_from(
    site: Estate, serving: Callable[..., Answer], case: str
) -> None:
    recorded, arguments, code, said = REFUSED[case]
    site.stacks.clear()
    if recorded is not None:
        site.served("prod", stable=recorded)
    before = site.files()
    answer = serving("rollback", *arguments)
    assert answer.code == code
    assert said in answer.err
    assert answer.err.count("error: ") == 1
    assert site.files() == before


def test_one_update_of_the_model_alone(
    site: Estate, serving: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def update(*arguments: object, **more: object) -> int:
        asked.append((*arguments, more, "1.4.0" in site.read("Pulumi.prod.yaml")))
        return 4

    monkeypatch.setattr(command_module, "update", update)
    assert serving("rollback", "fraud", "prod", "--dry-run").code == 0
    assert asked == []
    answer = serving("rollback", "fraud", "prod", "--yes", "--break-glass", "pager at night")
    more = {
        "only": "fraud",
        "policies": True,
        "arguments": ["--yes"],
        "break_glass": "pager at night",
    }
    assert asked == [("up", "prod", more, True)]
    assert answer.code == 4


# Of what a guardrail stops: the URN, and whether it is fraud's where fraud-eu is a model too.
URN = "urn:pulumi:prod::model-serving::"
ENDPOINT = "model-serving:index:SageMakerEndpoint"
OWNERS: dict[str, bool] = {
    f"{ENDPOINT}::fraud": True,
    f"{ENDPOINT}$aws:sagemaker/endpoint:Endpoint::fraud-endpoint": True,
    "serving:index:ModelCopy::fraud.copy": True,
    f"{ENDPOINT}$aws:sagemaker/endpoint:Endpoint::fraud-eu-endpoint": False,
    f"{ENDPOINT}::fraud-eu": False,
    f"{ENDPOINT}$aws:sagemaker/endpoint:Endpoint::frauds-endpoint": False,
    "kubernetes:core/v1:Namespace::fraud": False,
    "model-serving:index:ModelNamespace$kubernetes:core/v1:Namespace::models": False,
    "pulumi:pulumi:Stack::fraud-prod": False,
}


@pytest.mark.parametrize("urn", OWNERS)
def test_whose_a_resource_is(urn: str) -> None:
    assert break_glass.of_model(URN + urn, "fraud", ["fraud", "fraud-eu"]) is OWNERS[urn]
    assert not break_glass.of_model("", "fraud", ["fraud"])


def _found(rule: str, urn: str) -> dict[str, str]:
    return {"rule": rule, "urn": URN + urn, "said": f"{urn}: {rule}"}


@pytest.fixture
def runs(site: Estate, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the engine was run with, its guardrails' configuration read while it ran."""
    (site.root / "policies" / "config").mkdir(parents=True)
    own = {"all": "mandatory", "exemptions": {"granted": [{"rule": "kept"}]}}
    site.write("policies/config/prod.json", json.dumps(own))
    made: list[dict[str, Any]] = []

    def run(
        _folder: Path, arguments: Sequence[str], variables: Mapping[str, str], **_: object
    ) -> Ended:
        file = Path(arguments[arguments.index("--policy-pack-config") + 1])
        assert arguments.count("--policy-pack-config") == 1
        configuration = json.loads((site.root / file).read_text())
        made.append({"file": file, "configuration": configuration, "variables": variables})
        return Ended(0, 0)

    monkeypatch.setattr(engine, "run", run)
    monkeypatch.setenv("GITHUB_ACTOR", "ada")
    return made


def _stopped_by(monkeypatch: pytest.MonkeyPatch, found: list[dict[str, str]]) -> None:
    def stopping(*_: object) -> list[dict[str, str]]:
        return found

    monkeypatch.setattr(engine, "stopping", stopping)


def test_glass_is_broken_for_one_update(
    site: Estate,
    serving: Callable[..., Answer],
    runs: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [_found("security/endpoint-kms", f"{ENDPOINT}$x::fraud-configuration")]
    _stopped_by(monkeypatch, found * 2)
    before = site.files() | {"own": site.read("policies/config/prod.json")}
    up = ("up", "--env", "prod", "--only", "fraud", "--yes")
    answer = serving(*up, "--break-glass", "pager at night")
    assert answer.code == 0, answer.err
    (run,) = runs
    kept, granted = run["configuration"]["exemptions"]["granted"]
    assert (kept, run["configuration"]["all"]) == ({"rule": "kept"}, "mandatory")
    assert granted["rule"] == "security/endpoint-kms"
    assert granted["urn"] == found[0]["urn"]
    assert (granted["owner"], granted["reason"]) == ("ada", "glass broken: pager at night")
    assert site.root not in run["file"].parents
    assert not run["file"].exists()
    record = json.loads(run["variables"][break_glass.VARIABLE])
    assert (record["model"], record["who"], record["expires"]) == (
        "fraud",
        "ada",
        "with this update",
    )
    report = json.loads(site.read(".out/break-glass-prod-fraud.json"))
    assert report["guardrails"] == [{"rule": granted["rule"], "urn": granted["urn"]}]
    assert "GLASS BROKEN for fraud in prod" in answer.err
    assert site.files() | {"own": site.read("policies/config/prod.json")} == before

    # The next one without it has the project's own guardrails.
    assert serving(*up).code == 0
    assert runs[1]["file"] == Path("policies/config/prod.json")
    assert break_glass.VARIABLE not in runs[1]["variables"]


def test_no_glass_is_broken_where_nothing_stops(
    site: Estate,
    serving: Callable[..., Answer],
    runs: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _stopped_by(monkeypatch, [])
    answer = serving(
        "up", "--env", "prod", "--only", "fraud", "--yes", "--break-glass", "to be sure"
    )
    assert (answer.code, runs[0]["file"]) == (0, Path("policies/config/prod.json"))
    assert "nothing is broken" in answer.err
    assert not (site.root / ".out").exists()


NOT_BROKEN: list[tuple[tuple[str, ...], int, str]] = [
    (("--only", "fraud", "--break-glass", " "), 2, "a sentence on one line"),
    (("--only", "fraud", "--break-glass", "a\nb"), 2, "a sentence on one line"),
    (("--only", "fraud", "--break-glass", "x" * 501), 2, "at most 500 characters"),
    (("--break-glass", "why"), 2, "name it by --only"),
    (("--only", "fraud", "--no-policies", "--break-glass", "why"), 2, "--no-policies"),
    (("--only", "fraud", "--break-glass", "why"), 5, "churn-endpoint: cost/budget"),
]


def test_what_glass_is_not_broken_for(
    serving: Callable[..., Answer],
    runs: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_fraud = _found("security/x", f"{ENDPOINT}$y::fraud-endpoint")
    _stopped_by(monkeypatch, [of_fraud, _found("cost/budget", f"{ENDPOINT}$y::churn-endpoint")])
    for arguments, code, said in NOT_BROKEN:
        answer = serving("up", "--env", "prod", "--yes", *arguments)
        assert answer.code == code
        assert said in answer.err
    assert runs == []
