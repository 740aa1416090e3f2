"""`serving promote`: the lines that move a version, and what does not move."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from stacks.served import NewerRecordError, recorded, same
from tests.unit.promoting import FRAUD, Answer, Estate, answering, command, estate, version

WHY = ("--unmeasured", "a drill")
GO = (*WHY, "--yes")
STABLE_1_5 = FRAUD.replace("1.4.0", "1.5.0").replace(
    """candidate:
  uri: s3://models/fraud/1.5.0/model.tar.gz
  version: "1.5.0"
""",
    "",
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    return estate(tmp_path, monkeypatch)


@pytest.fixture
def serving(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    return command(monkeypatch, capfd)


def test_in_the_file_that_both_share(site: Estate, serving: Callable[..., Answer]) -> None:
    before = site.files()
    looked = serving("promote", "fraud", "dev", "prod", *WHY, "--dry-run")
    assert looked.code == 0
    assert '+  version: "1.5.0" # the stable one' in looked.out
    assert site.files() == before
    told = serving("promote", "fraud", "dev", "prod", *GO, "--json").told
    assert (told["schema_version"], told["written"], told["unmeasured"]) == (1, True, "a drill")
    assert told["files"] == ["stacks/models/fraud.yaml", "Pulumi.prod.yaml", "Pulumi.dev.yaml"]
    assert site.read("stacks/models/fraud.yaml") == STABLE_1_5
    # A share without a candidate would be refused; the comment is nobody's to take away.
    assert "canary_percent" not in site.read("Pulumi.prod.yaml") + site.read("Pulumi.dev.yaml")
    assert "# What prod alone says." in site.read("Pulumi.prod.yaml")
    assert serving("check", "--no-guardrails").code == 0
    again = serving("promote", "fraud", "dev", "prod", *GO)
    assert (again.code, again.out) == (0, "")
    assert "already" in again.err


# The entries below `fraud:` in dev and prod, a third environment's or none, the model's file; then
# prod's entry and whether the model's file changes. `null` takes away what the file says.
PROD_HAS_1_5 = """\
      model:
        uri: s3://models/fraud/1.5.0/model.tar.gz
        version: "1.5.0"
"""
ENTRIES: dict[str, tuple[str, str, str | None, str]] = {
    "a third environment takes the same file": (
        "      canary_percent: 50\n",
        "      max_replicas: 3 # enough\n      canary_percent: 10\n",
        "",
        "      max_replicas: 3 # enough\n" + PROD_HAS_1_5 + "      candidate: null\n",
    ),
    "dev has the candidate for itself": (
        (
            "      canary_percent: 50\n      candidate:\n"
            '        uri: s3://models/fraud/1.5.0/model.tar.gz\n        version: "1.5.0"\n'
        ),
        "      max_replicas: 3\n",
        None,
        "      max_replicas: 3\n" + PROD_HAS_1_5 + "      candidate: null\n",
    ),
    "prod says its version itself": (
        "      canary_percent: 50\n",
        (
            "      model:\n        uri: s3://models/fraud/1.3.0/model.tar.gz\n"
            "        version: '1.3.0' # of last year\n"
            f"        digest: sha256:{'0' * 64}\n"
            "      candidate: null\n"
        ),
        None,
        (
            "      model:\n        uri: s3://models/fraud/1.5.0/model.tar.gz\n"
            "        version: '1.5.0' # of last year\n"
            "      candidate: null\n"
        ),
    ),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_in_the_entry_of_the_environment(
    site: Estate, serving: Callable[..., Answer], case: str
) -> None:
    dev, prod, staging, after = ENTRIES[case]
    site.environment("dev", f"    fraud:\n{dev}")
    site.environment("prod", f"    fraud:\n{prod}")
    if staging is not None:
        site.environment("staging", staging)
    others = {name: text for name, text in site.files().items() if name != "Pulumi.prod.yaml"}
    answer = serving("promote", "fraud", "dev", "prod", *GO)
    assert answer.code == 0, answer.err
    assert site.read("Pulumi.prod.yaml").partition("    fraud:\n")[2] == after
    assert {name: site.read(name) for name in others} == others
    assert serving("check", "--no-guardrails").code == 0
    assert "already" in serving("promote", "fraud", "dev", "prod", *GO).err


def test_an_entry_that_the_file_says_too_goes(site: Estate, serving: Callable[..., Answer]) -> None:
    site.write("stacks/models/fraud.yaml", STABLE_1_5)
    site.environment("dev")
    old = PROD_HAS_1_5.replace("1.5.0", "1.4.0")
    site.environment("prod", f"    fraud:\n      max_replicas: 3\n{old}")
    site.served("dev", stable=[version("1.5.0", live=True)])
    assert serving("promote", "fraud", "dev", "prod", *GO).code == 0
    assert site.read("Pulumi.prod.yaml").endswith("    fraud:\n      max_replicas: 3\n")


def _nothing(_site: Estate) -> None: ...


def _other_candidate(site: Estate) -> None:
    site.environment(
        "prod",
        "    fraud:\n      candidate: {uri: s3://models/fraud/1.6.0/m.tar.gz, version: '1.6.0'}\n",
    )


def _conflict(site: Estate) -> None:
    site.environment("prod", "<<<<<<< HEAD\n    fraud: {canary_percent: 10}\n=======\n")


REFUSED: dict[str, tuple[Callable[[Estate], None], tuple[str, ...], int, str]] = {
    "no such model": (_nothing, ("frauds", "dev", "prod", *GO), 2, "did you mean: fraud?"),
    "no such environment": (
        _nothing,
        ("fraud", "dev", "prdo", *GO),
        2,
        "there is no environment 'prdo'\n  did you mean: prod?",
    ),
    "one environment": (_nothing, ("fraud", "dev", "dev", *GO), 2, "'dev' is both environments"),
    "nothing deployed": (
        lambda site: site.stacks.clear(),
        ("fraud", "dev", "prod", *GO),
        6,
        "there is no stack 'dev'",
    ),
    "never served": (
        lambda site: site.served("dev", candidates=[version("1.4.9", percent=10.0)]),
        ("fraud", "dev", "prod", *GO),
        2,
        (
            "dev has not served fraud 1.5.0\n  got: s3://models/fraud/1.5.0/model.tar.gz\n"
            "  served there as candidate: 1.4.9\n"
        ),
    ),
    "never served a request": (
        lambda site: site.served("dev", candidates=[version("1.5.0", percent=0.0)]),
        ("fraud", "dev", "prod", *GO),
        2,
        "and sent it no request\n  fix: raise canary_percent in dev",
    ),
    "other bytes under the same name": (
        lambda site: (
            site.write(
                "stacks/models/fraud.yaml",
                FRAUD.replace("instance_type", f"  digest: sha256:{'1' * 64}\ninstance_type"),
            )
            or site.served(
                "dev", candidates=[version("1.5.0", percent=50.0, digest=f"sha256:{'2' * 64}")]
            )
        ),
        ("fraud", "dev", "prod", *GO),
        2,
        "dev has not served fraud 1.5.0 (sha256:111111111111…)",
    ),
    "taken back there": (
        lambda site: site.served(
            "dev", candidates=[version("1.5.0", percent=50.0, withdrawn="2026-11-02")]
        ),
        ("fraud", "dev", "prod", *GO),
        2,
        "dev went back from fraud 1.5.0 on 2026-11-02",
    ),
    "not measured, and no reason": (
        _nothing,
        ("fraud", "dev", "prod", "--yes"),
        2,
        "is not measured\n  nothing there asks about this model\n  fix: name who measures it",
    ),
    "an empty reason": (
        _nothing,
        ("fraud", "dev", "prod", "--yes", "--unmeasured", " "),
        2,
        "--unmeasured: got nothing",
    ),
    "another candidate in prod": (
        _other_candidate,
        ("fraud", "dev", "prod", *GO),
        2,
        "prod has another candidate of 'fraud', 1.6.0, and 1.5.0 would become stable under it",
    ),
    "a merge that is not settled": (
        _conflict,
        ("fraud", "dev", "prod", *GO),
        2,
        "fix: settle the merge",
    ),
    "nobody to ask": (_nothing, ("fraud", "dev", "prod", *WHY), 2, "--yes, or --dry-run"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_move(site: Estate, serving: Callable[..., Answer], case: str) -> None:
    prepare, arguments, code, said = REFUSED[case]
    prepare(site)
    before = site.files()
    answer = serving("promote", *arguments)
    assert answer.code == code
    assert said in answer.err
    assert answer.err.count("error: ") + answer.err.count("problem in the settings") == 1
    assert "Traceback" not in answer.err
    assert site.files() == before


def test_settings_that_would_be_wrong_are_not_written(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    prefixes = '  model-serving:artifact_prefixes: ["s3://models/fraud/1.4.0/"]\n'
    site.write("Pulumi.prod.yaml", site.read("Pulumi.prod.yaml") + prefixes)
    site.environment("prod", "    fraud: {candidate: null}\n")
    site.write("Pulumi.prod.yaml", site.read("Pulumi.prod.yaml") + prefixes)
    before = site.files()
    answer = serving("promote", "fraud", "dev", "prod", *GO)
    assert answer.code == 2
    assert "the settings would be wrong, so nothing was written" in answer.err
    assert "MS0251" in answer.err
    assert site.files() == before


@pytest.fixture
def tokens() -> list[str | None]:
    return []


@pytest.fixture
def prometheus(tokens: list[str | None]) -> Generator[tuple[str, dict[str, Any]]]:
    answers: dict[str, Any] = {}
    with answering(answers, tokens) as address:
        yield address, answers


def _query(objective: str, role: str = "candidate", **more: str) -> dict[str, str]:
    number = {"candidate": "1.5.0", "stable": "1.4.0"}[role]
    return {
        "objective": objective,
        "role": role,
        "version": number,
        "language": "promql",
        "at": "models",
        "query": f"{objective}-{role}",
        "limit": "1",
        **more,
    }


MEASURED: dict[str, tuple[dict[str, Any], dict[str, str], int, str]] = {
    "all kept": ({"errors-candidate": "0.2", "latency-candidate": "1"}, {}, 0, "0.2 of 1"),
    "one missed": (
        {"errors-candidate": "0.2", "latency-candidate": "1.01"},
        {},
        2,
        "latency: missed",
    ),
    "no requests": ({"errors-candidate": "0.2"}, {}, 2, "no requests in the last minutes"),
    "not a number": (
        {"errors-candidate": "0.2", "latency-candidate": "NaN"},
        {},
        2,
        "latency: not measured",
    ),
    "another language": (
        {"errors-candidate": "0.2"},
        {"language": "kql"},
        2,
        "a question in kql, which --metrics does not ask",
    ),
    "versions that requests do not tell": ({}, {"version": ""}, 2, "do not tell versions apart"),
    "broken": ({"errors-candidate": "broken"}, {}, 1, "cannot be asked: status 500"),
}


@pytest.mark.parametrize("case", MEASURED)
def test_objectives_are_asked_of_prometheus(
    site: Estate,
    serving: Callable[..., Answer],
    prometheus: tuple[str, dict[str, Any]],
    case: str,
) -> None:
    values, latency, code, said = MEASURED[case]
    address, answers = prometheus
    # The stable version's answers are nobody's business.
    answers |= values | {"errors-stable": "9", "latency-stable": "9"}
    site.queries = [
        *(_query(each, "stable") for each in ("errors", "latency")),
        _query("errors"),
        _query("latency", **latency),
    ]
    answer = serving("promote", "fraud", "dev", "prod", "--yes", "--metrics", address)
    assert answer.code == code, answer.err
    assert said in answer.out + answer.err
    if "missed" in said:
        # No reason helps against a measurement.
        missed = serving("promote", "fraud", "dev", "prod", *GO, "--metrics", address)
        assert missed.code == 2


def test_a_token_is_for_the_address_alone(
    site: Estate,
    serving: Callable[..., Answer],
    prometheus: tuple[str, dict[str, Any]],
    tokens: list[str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, answers = prometheus
    answers["errors-candidate"] = "0.2"
    site.queries = [_query("errors")]
    monkeypatch.setenv("MODEL_SERVING_METRICS_TOKEN", "of-the-metrics")
    answer = serving("promote", "fraud", "dev", "prod", "--yes", "--metrics", f"{address}/moved")
    assert answer.code == 0, answer.err
    assert tokens == ["Bearer of-the-metrics", None]


def test_an_address_that_is_none(site: Estate, serving: Callable[..., Answer]) -> None:
    site.queries = [_query("errors")]
    for address, code, said in (
        ("file:///etc/passwd", 2, "http:// or https://"),
        ("http://127.0.0.1:9", 1, "cannot be asked"),
        ("http://prometheus.example.com:port", 1, "cannot be asked"),
        ("http://two words.example.com", 1, "cannot be asked"),
        ("http://[::1", 1, "cannot be asked"),
    ):
        answer = serving("promote", "fraud", "dev", "prod", "--metrics", address)
        assert answer.code == code
        assert said in answer.err
        assert "Traceback" not in answer.err


# What each update deploys as stable (and as a candidate, with its share), and the record after the
# last of them: versions, `-` in front of those that were taken back.
HISTORIES: dict[str, tuple[list[tuple[str, ...]], str, str]] = {
    "forward": ([("1.4",), ("1.5",), ("1.5",)], "1.5 1.4", ""),
    "back": ([("1.4",), ("1.5",), ("1.4",)], "1.4 -1.5", ""),
    "back twice": ([("1.3",), ("1.4",), ("1.5",), ("1.4",), ("1.3",)], "1.3 -1.4 -1.5", ""),
    "back, and forward again": ([("1.4",), ("1.5",), ("1.4",), ("1.6",)], "1.6 1.4 -1.5", ""),
    "back, and the same one after all": (
        [("1.4",), ("1.5",), ("1.4",), ("1.5",)],
        "1.5 1.4",
        "",
    ),
    "a candidate that becomes stable": (
        [("1.4", "1.5", "0"), ("1.4", "1.5", "50"), ("1.4", "1.5", "10"), ("1.5",)],
        "1.5 1.4",
        "1.5:50",
    ),
    "more than are kept": (
        [(f"1.{n}",) for n in range(14)],
        " ".join(f"1.{n}" for n in range(13, 3, -1)),
        "",
    ),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_what_updates_record(case: str) -> None:
    updates, stable, candidates = HISTORIES[case]
    record: Any = None
    for number, (first, *beside) in enumerate(updates):
        deployed: dict[str, dict[str, Any]] = {
            "stable": {"uri": f"s3://m/{first}", "version": first}
        }
        if beside:
            name, share = beside
            deployed["candidate"] = {
                "uri": f"s3://m/{name}",
                "version": name,
                "percent": int(share),
            }
        again = recorded(record, deployed, f"at {number}")
        # The same update once more changes nothing, not even the time.
        assert recorded(again, deployed, "later") == again
        record = again

    def shown(each: dict[str, Any]) -> str:
        percent = f":{each['percent']:g}" if "percent" in each else ""
        return f"{'-' if 'withdrawn' in each else ''}{each['version']}{percent}"

    assert " ".join(map(shown, record["stable"])) == stable
    assert " ".join(map(shown, record["candidates"])) == candidates
    assert [each.get("live", False) for each in record["stable"]] == [
        True,
        *[False] * (len(record["stable"]) - 1),
    ]


def test_versions_are_the_same_by_their_bytes() -> None:
    one, two = version("1.4.0", digest="sha256:1"), version("1.4.0", digest="sha256:2")
    assert not same(one, two)
    assert same(one, {**one, "uri": "s3://elsewhere/model"})
    assert same(one, version("1.4.0"))
    assert not same(one, {**one, "image": "server@sha256:3"})
    assert not same(version("1.4.0"), version("1.5.0"))


def test_a_record_of_a_newer_release_is_left_alone(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    """Neither promoted by, nor written over in an older form."""
    newer = {"schema_version": 2, "stable": [version("1.4.0")]}
    site.served("dev", **newer)
    refused = serving("promote", "fraud", "dev", "prod", *GO)
    assert (refused.code, "schema_version 2" in refused.err) == (2, True), refused.err
    assert "update this checkout" in refused.err
    with pytest.raises(NewerRecordError):
        recorded(newer, {"stable": version("1.5.0")}, "now")
    # From before there were any, and as the engine gives numbers back.
    old = {"stable": [version("1.4.0")]}
    made = recorded(old, {"stable": version("1.5.0")}, "now")
    assert made["schema_version"] == 1
    again = recorded({**made, "schema_version": 1.0}, {"stable": version("1.6.0")}, "later")
    assert [each["version"] for each in again["stable"]] == ["1.6.0", "1.5.0", "1.4.0"]
