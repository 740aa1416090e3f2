"""`serving release` and `serving advance`: the lines of a new version's way, step by step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.failure import Failure
from delivery.metrics import prometheus
from delivery.promoting.advance import steps_of
from tests.unit.promoting import FRAUD, Answer, Estate, command, estate, version

NEW = "s3://models/fraud/1.6.0/model.tar.gz"
RELEASE = ("release", "fraud", "dev", "--uri", NEW, "--version", "1.6.0", "--yes")
ADVANCE = ("advance", "fraud", "dev", "prod", "--yes", "--json", "--metrics", "http://127.0.0.1:9")
ONE_VERSION = FRAUD.partition("# What comes next.")[0] + "instance_type: ml.m5.large\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    """Two environments whose model has no candidate; what only prod says has a comment."""
    made = estate(tmp_path, monkeypatch)
    made.write("stacks/models/fraud.yaml", ONE_VERSION)
    made.environment("dev")
    made.environment("prod", "    # What prod alone says.\n    fraud:\n      max_replicas: 4\n")
    return made


@pytest.fixture
def serving(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    return command(monkeypatch, capfd)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, site: Estate) -> dict[str, float | None]:
    """What Prometheus answers, by role; one objective of each."""
    answers: dict[str, float | None] = {"stable": 0.2, "candidate": 0.2}
    keys = {"objective": "errors", "version": "1.6.0", "language": "promql", "limit": "1"}
    site.queries = [{**keys, "role": each, "query": each} for each in answers]

    def answer(_address: str, query: str) -> float | None:
        return answers[query]

    monkeypatch.setattr(prometheus, "answer", answer)
    return answers


def entry(site: Estate, environment: str) -> dict[str, Any]:
    config = yaml.safe_load(site.read(f"Pulumi.{environment}.yaml"))["config"]
    return config.get("model-serving:models", {}).get("fraud", {})


def test_a_release_is_of_its_environment_alone(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    before = site.files()
    looked = serving(*RELEASE[:-1], "--dry-run")
    assert looked.code == 0
    assert f"+        uri: {NEW}" in looked.out
    assert site.files() == before
    told = serving(*RELEASE, "--json").told
    assert (told["step"], told["says"]) == ("release", "fraud 1.6.0 in dev")
    assert told["files"] == ["Pulumi.dev.yaml"]
    assert entry(site, "dev") == {"model": {"uri": NEW, "version": "1.6.0"}}
    assert {k: v for k, v in site.files().items() if k != "Pulumi.dev.yaml"} == {
        k: v for k, v in before.items() if k != "Pulumi.dev.yaml"
    }
    again = serving(*RELEASE, "--json").told
    assert (again["step"], again["files"], again["written"]) == ("done", [], False)


def test_a_release_with_a_share_is_a_candidate(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    digest = f"sha256:{'a' * 64}"
    assert serving(*RELEASE, "--percent", "20", "--digest", digest).code == 0
    assert entry(site, "dev") == {
        "candidate": {"uri": NEW, "version": "1.6.0", "digest": digest},
        "canary_percent": 20,
    }
    assert serving("check", "--no-guardrails").code == 0
    # What the model's file says of another candidate is nobody's who has this one.
    site.write("stacks/models/fraud.yaml", FRAUD)
    site.environment("dev", "    fraud: {candidate: null}\n")
    assert serving(*RELEASE, "--percent", "5").code == 0
    assert entry(site, "dev") == {
        "candidate": {"uri": NEW, "version": "1.6.0"},
        "canary_percent": 5,
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fraud", "dev", "--uri", NEW, "--version", "1.4.0"), "a version of its own"),
        (("fraud", "dev", "--uri", NEW, "--version", "latest"), "the settings would be wrong"),
        (("fraud", "dev", "--uri", NEW, "--version", "1.6.0", "--digest", "x"), "digest"),
        (("fruad", "dev", "--uri", NEW, "--version", "1.6.0"), "did you mean"),
        (("fraud", "staging", "--uri", NEW, "--version", "1.6.0"), "no environment 'staging'"),
    ],
    ids=("other bytes", "latest", "no digest", "no model", "no environment"),
)
def test_what_is_not_released(
    site: Estate, serving: Callable[..., Answer], arguments: tuple[str, ...], said: str
) -> None:
    before = site.files()
    refused = serving("release", *arguments, "--yes")
    assert refused.code == 2
    assert said in refused.err, refused.err
    assert "Traceback" not in refused.err
    assert site.files() == before


def test_a_way_step_by_step(
    site: Estate, serving: Callable[..., Answer], measured: dict[str, float | None]
) -> None:
    """Forward where it is kept; waiting where nobody knows; what is asked is what serves it."""
    serving(*RELEASE)
    new = version("1.6.0", uri=NEW, live=True)
    site.served("dev", stable=[new])
    comment = "# What prod alone says."

    first = serving(*ADVANCE).told
    assert (first["step"], first["percent"]) == ("canary", 5)
    assert first["says"] == "fraud 1.6.0 in prod, 5 % of the requests"
    assert entry(site, "prod") == {
        "max_replicas": 4,
        "candidate": {"uri": NEW, "version": "1.6.0"},
        "canary_percent": 5,
    }
    # Merged, and not yet deployed.
    waits = serving(*ADVANCE).told
    assert (waits["step"], waits["why"], waits["files"]) == ("wait", "not deployed yet", [])
    stable = [version("1.4.0", live=True)]
    shares: list[int] = []
    for share in (5, 25, 50):
        site.served("prod", stable=stable, candidates=[new | {"percent": float(share)}])
        measured["candidate"] = None
        assert serving(*ADVANCE).told["step"] == "wait"
        measured["candidate"] = 1.0
        # In prod it is asked of the candidate there, whatever dev says by now.
        measured["stable"] = 9.0
        done = serving(*ADVANCE).told
        shares.append(done["percent"])
    assert shares == [25, 50, None]
    assert (done["step"], done["says"]) == ("full", "fraud 1.6.0 in prod, all of the requests")
    assert entry(site, "prod") == {"max_replicas": 4, "model": {"uri": NEW, "version": "1.6.0"}}
    assert comment in site.read("Pulumi.prod.yaml")
    assert serving("check", "--env", "prod", "--no-guardrails").code == 0
    end = serving(*ADVANCE).told
    assert (end["step"], end["written"]) == ("done", False)


def test_a_missed_objective_takes_it_back(
    site: Estate, serving: Callable[..., Answer], measured: dict[str, float | None]
) -> None:
    serving(*RELEASE)
    before = site.read("Pulumi.prod.yaml")
    new = version("1.6.0", uri=NEW, live=True)
    site.served("dev", stable=[new])
    serving(*ADVANCE)
    site.served("prod", stable=[version("1.4.0", live=True)], candidates=[new | {"percent": 5.0}])
    measured["candidate"] = 1.01
    # No reason helps against a measurement.
    back = serving(*ADVANCE, "--unmeasured", "a drill").told
    assert (back["step"], back["why"]) == ("back", "it misses errors")
    assert back["says"] == "fraud 1.6.0 back from prod"
    assert site.read("Pulumi.prod.yaml") == before


def test_what_does_not_begin(
    site: Estate, serving: Callable[..., Answer], measured: dict[str, float | None]
) -> None:
    serving(*RELEASE)
    refused = serving(*ADVANCE)
    assert (refused.code, "has not served fraud 1.6.0" in refused.err) == (2, True)
    site.served("dev", stable=[version("1.6.0", uri=NEW, live=True)])
    measured["stable"] = 2.0
    missed = serving(*ADVANCE)
    assert (missed.code, "does not keep its objectives in dev" in missed.err) == (2, True)
    measured["stable"] = None
    assert serving(*ADVANCE).told["step"] == "wait"
    reasoned = serving(*ADVANCE, "--unmeasured", "a drill").told
    assert (reasoned["step"], reasoned["why"]) == ("canary", "not measured, because: a drill")
    site.environment("prod", "    fraud: {candidate: {uri: s3://m/1.5.0/m, version: '1.5.0'}}\n")
    other = serving(*ADVANCE)
    assert (other.code, "has another candidate" in other.err) == (2, True)


def test_a_candidate_without_a_share_begins(
    site: Estate, serving: Callable[..., Answer], measured: dict[str, float | None]
) -> None:
    """It has no request of its own to be measured by: dev's count."""
    serving(*RELEASE)
    new = version("1.6.0", uri=NEW, live=True)
    site.served("dev", stable=[new])
    serving(*ADVANCE)
    beside = site.read("Pulumi.prod.yaml").replace("canary_percent: 5", "canary_percent: 0")
    site.write("Pulumi.prod.yaml", beside)
    site.served("prod", stable=[version("1.4.0", live=True)], candidates=[new | {"percent": 0.0}])
    measured["candidate"] = None
    told = serving(*ADVANCE).told
    assert (told["step"], told["percent"]) == ("canary", 5)


def test_a_share_that_another_owns_is_left_alone(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    serving(*RELEASE)
    site.environment("prod", "    fraud: {rollout: {owner: rollout}}\n")
    before = site.files()
    refused = serving(*ADVANCE)
    assert (refused.code, "rollout.owner" in refused.err) == (2, True), refused.err
    assert site.files() == before


@pytest.mark.parametrize("text", ["0", "100", "5,5", "25,5", "5;25", "a"])
def test_steps_that_are_none(text: str) -> None:
    with pytest.raises(Failure, match="--steps: got"):
        steps_of(text)


def test_steps() -> None:
    assert steps_of("5, 25,50") == [5, 25, 50]
    assert steps_of("") == []
