"""`serving retire`: a model goes when nobody calls it, and not before anybody could object."""

import json
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml
from botocore.stub import ANY, Stubber  # pyright: ignore[reportMissingTypeStubs]

from delivery.editing import files
from delivery.metrics import cloudwatch
from tests.unit.promoting import FRAUD, Answer, Estate, answering, command, estate, version

ERRORS = {
    "objective": "errors",
    "role": "stable",
    "version": "1.4.0",
    "language": "promql",
    "at": "models",
}
UP = 'count(up{namespace="models"} == 1)'
LATENCY = ERRORS | {"objective": "latency"}
METRIC: list[dict[str, Any]] = [{"Id": "spent", "Expression": "1 - fast / 100"}]
# botocore has no types.
Stub: TypeAlias = Any
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DRILL = ("--unmeasured", "a drill", "--yes")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    """One model, which prod protects; a second one stays."""
    made = estate(tmp_path, monkeypatch)
    made.write("stacks/models/churn.yaml", FRAUD.replace("fraud", "churn"))
    made.queries = [ERRORS | {"query": "errors"}, LATENCY | {"query": "latency"}]
    made.protected = {"prod"}
    made.told = {"status": {"target": "sagemaker"}}
    return made


@pytest.fixture
def serving(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    return command(monkeypatch, capfd)


@pytest.fixture
def prometheus() -> Generator[tuple[str, dict[str, Any]]]:
    answers: dict[str, Any] = {}
    with answering(answers, []) as address:
        yield address, answers


def at(ago: timedelta, value: str = "0.1") -> list[tuple[float, str]]:
    """One answer so long ago, and none since."""
    now = datetime.now(UTC)
    return [((now - ago).timestamp(), value), (now.timestamp(), "NaN")]


def test_the_way_of_a_model_that_prod_protects(
    site: Estate, serving: Callable[..., Answer], prometheus: tuple[str, dict[str, Any]]
) -> None:
    address, answers = prometheus
    answers["errors"] = at(8 * DAY)
    go = ("retire", "fraud", "prod", "--metrics", address)
    before = site.files()

    assert serving(*go, "--dry-run").code == 0
    assert site.files() == before
    let_go = serving(*go, "--yes", "--json").told
    assert (let_go["step"], let_go["written"]) == ("allow", True)
    last = datetime.fromisoformat(let_go["last_request"])
    assert 8 * DAY - MINUTE < datetime.now(UTC) - last < 8 * DAY + MINUTE
    # Its files serve on; the environment's own lines are as they were.
    assert site.read("stacks/models/fraud.yaml") == FRAUD
    assert "# What prod alone says." in site.read("Pulumi.prod.yaml")
    (entry,) = yaml.safe_load(site.read("Pulumi.prod.yaml"))["config"][
        "model-serving:allow_deletion"
    ]
    assert (entry["name"], entry["owner"]) == ("fraud", "team-risk")
    said = f"last request {last:%Y-%m-%d %H:%M} UTC"
    assert let_go["callers"] == {"prod": said}
    assert entry["reason"] == f"retired: {said}"
    assert date.fromisoformat(entry["expires"]) == datetime.now(UTC).date() + 14 * DAY

    # The update that takes the protection off has not been.
    early = serving(*go, "--yes")
    assert early.code == 2
    assert "serving up --env prod" in early.err
    site.protected.clear()
    gone = serving(*go, "--yes")
    assert gone.code == 0, gone.err
    assert "+++ /dev/null" in gone.out
    # Of an environment that is not protected it is said, and nobody asked.
    assert "fraud in dev: live, not protected; nobody was asked" in gone.out
    assert not (site.root / "stacks/models/fraud.yaml").exists()
    for environment in ("dev", "prod"):
        config = yaml.safe_load(site.read(f"Pulumi.{environment}.yaml"))["config"]
        assert "fraud" not in (config.get("model-serving:models") or {})
    assert serving("check", "--no-guardrails").code == 0


# When it last answered, how many days are asked for, whether it may go.
CALLED: dict[str, tuple[timedelta, int, bool]] = {
    "minutes ago": (5 * MINUTE, 7, False),
    "a minute before seven days are over": (7 * DAY - MINUTE, 7, False),
    "a minute after": (7 * DAY + MINUTE, 7, True),
    "within a longer time": (7 * DAY + MINUTE, 14, False),
    "after a shorter one": (2 * DAY, 1, True),
}


@pytest.mark.parametrize("case", CALLED)
def test_a_model_that_is_called_stays(
    site: Estate,
    serving: Callable[..., Answer],
    prometheus: tuple[str, dict[str, Any]],
    case: str,
) -> None:
    ago, days, goes = CALLED[case]
    address, answers = prometheus
    # The later of the two counts.
    answers |= {"errors": at(20 * DAY), "latency": at(ago)}
    before = site.files()
    go = ("retire", "fraud", "prod", "--metrics", address, "--days", str(days), "--yes")
    answer = serving(*go)
    assert (answer.code == 0) is goes, answer.err
    assert (site.files() == before) is not goes
    if not goes:
        assert "prod: it is still called, the last time at " in answer.err
        # No reason helps against a measurement.
        assert serving(*go, "--unmeasured", "it is fine").code == 2


def _nothing(_site: Estate) -> None: ...


def _deprecated(site: Estate, day: date) -> None:
    said = f"deprecation: {{date: {day.isoformat()}, replacement: churn}}\n"
    site.write("stacks/models/fraud.yaml", FRAUD + said)


def _today() -> date:
    return datetime.now(UTC).date()


REFUSED: dict[str, tuple[Callable[[Estate], None], tuple[str, ...], str]] = {
    "nobody was asked": (
        _nothing,
        ("prod", "--yes"),
        "prod: whether it is still called is not measured: nobody was asked: --metrics http",
    ),
    "nothing asks": (
        lambda site: site.queries.clear(),
        ("prod", "--yes"),
        "nothing there asks about this model",
    ),
    "another language": (
        lambda site: site.queries.__setitem__(slice(None), [ERRORS | {"language": "kql"}]),
        ("prod", "--yes", "--metrics", "http://127.0.0.1:9"),
        "a question in kql, which --metrics does not ask",
    ),
    "an entry that is over": (
        lambda site: site.write(
            "Pulumi.prod.yaml",
            site.read("Pulumi.prod.yaml")
            + "  model-serving:allow_deletion:\n"
            + "    - {name: fraud, reason: moved, owner: team-a, expires: 2026-01-01}\n",
        ),
        ("prod", *DRILL),
        "Pulumi.prod.yaml: allow_deletion has an entry for fraud that ended on 2026-01-01",
    ),
    "no stack to look into": (
        lambda site: site.stacks.clear(),
        ("prod", "--yes"),
        "prod: whether it is still called is not measured: there is no stack of it on this backend",
    ),
    "an empty reason": (_nothing, ("prod", "--unmeasured", " ", "--yes"), "--unmeasured: got noth"),
    "before its day": (
        lambda site: _deprecated(site, _today() + DAY),
        ("prod", *DRILL),
        f"it is kept until {_today() + DAY} (stacks/models/fraud.yaml:",
    ),
    "no such environment": (_nothing, ("prd", *DRILL), "did you mean: prod?"),
    "prod still holds it": (
        _nothing,
        ("dev", *DRILL),
        "prod: it is protected there\n    fix: `serving retire fraud prod` first",
    ),
    "a number of days": (_nothing, ("prod", *DRILL, "--days", "30"), "less than or equal to 29"),
    "nobody to ask": (_nothing, ("prod", "--unmeasured", "a drill"), "--yes, or --dry-run"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_stays(site: Estate, serving: Callable[..., Answer], case: str) -> None:
    prepare, arguments, said = REFUSED[case]
    prepare(site)
    before = site.files()
    answer = serving("retire", "fraud", *arguments)
    assert answer.code == 2, answer.err
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert site.files() == before


def test_metrics_that_never_heard_of_it_are_no_witness(
    site: Estate, serving: Callable[..., Answer], prometheus: tuple[str, dict[str, Any]]
) -> None:
    address, answers = prometheus
    for silent in (None, at(DAY, "NaN")):
        answers["errors"] = silent
        before = site.files()
        answer = serving("retire", "fraud", "prod", "--metrics", address, "--yes")
        assert answer.code == 2
        assert "no request in 30 days: is that where it is measured?" in answer.err
        assert site.files() == before


def test_on_its_day_and_with_what_takes_its_place(
    site: Estate, serving: Callable[..., Answer], prometheus: tuple[str, dict[str, Any]]
) -> None:
    _deprecated(site, _today())
    address, answers = prometheus
    answers["errors"] = at(MINUTE)
    go = ("retire", "fraud", "prod", "--metrics", address, "--yes")
    assert "fix: move its callers to churn" in serving(*go).err
    answers["errors"] = at(8 * DAY)
    assert serving(*go).code == 0
    assert "churn takes its place" in site.read("Pulumi.prod.yaml")


def test_a_second_one_is_let_go_beside_the_first(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    first = "{name: ranker, reason: moved, owner: team-a, expires: 2031-01-01}"
    text = site.read("Pulumi.prod.yaml") + "  model-serving:allow_deletion:\n  - " + first + "\n"
    site.write("Pulumi.prod.yaml", text)
    assert serving("retire", "fraud", "prod", *DRILL).code == 0
    after = site.read("Pulumi.prod.yaml")
    assert after.startswith(text)
    assert after.removeprefix(text).startswith("  - {name: fraud, ")


def test_a_stack_without_it_has_no_callers(site: Estate, serving: Callable[..., Answer]) -> None:
    site.absent = {"prod"}
    answer = serving("retire", "fraud", "prod", "--yes")
    assert answer.code == 0, answer.err
    assert "fraud in prod: not deployed there" in answer.out
    assert not (site.root / "stacks/models/fraud.yaml").exists()


def test_a_file_that_names_it_holds_it(site: Estate, serving: Callable[..., Answer]) -> None:
    site.absent = {"dev", "prod"}
    replaced = FRAUD + "deprecation: {date: 2031-01-01, replacement: fraud}\n"
    site.write("stacks/models/churn.yaml", replaced.replace("models/fraud", "models/churn"))
    before = site.files()
    answer = serving("retire", "fraud", "prod", "--yes")
    assert answer.code == 2
    assert "the settings would be wrong, so nothing was written" in answer.err
    assert site.files() == before


@pytest.fixture
def stub(site: Estate, monkeypatch: pytest.MonkeyPatch) -> Stub:
    """CloudWatch, by botocore's own model of it, and a login of the environment's account."""
    where = {"language": "cloudwatch", "at": "eu-west-1", "query": json.dumps(METRIC)}
    site.queries = [ERRORS | where]
    make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    client = make("cloudwatch", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    made: Any = Stubber(client)
    made.activate()

    def client_of(region: str) -> object:
        assert region == "eu-west-1"
        return client

    monkeypatch.setattr(cloudwatch, "client_of", client_of)
    monkeypatch.setattr(cloudwatch, "account", lambda: "123456789012")
    return made


def page(stub: Stub, answer: dict[str, Any], *, token: str = "", after: str = "") -> None:
    asked: dict[str, Any] = {"MetricDataQueries": METRIC, "StartTime": ANY, "EndTime": ANY}
    more = {"NextToken": token} if token else {}
    stub.add_response(
        "get_metric_data",
        {"MetricDataResults": [{"Id": "spent", **answer}], **more},
        asked | ({"NextToken": after} if after else {}),
    )


ASK_AWS = ("retire", "fraud", "prod", "--metrics", "cloudwatch", "--yes")


def test_cloudwatch_is_asked_page_by_page(serving: Callable[..., Answer], stub: Stub) -> None:
    last = datetime.now(UTC) - 9 * DAY
    page(stub, {"StatusCode": "PartialData"}, token="more")
    page(stub, {"Timestamps": [last, last - DAY], "Values": [0.2, 0.1]}, after="more")
    answer = serving(*ASK_AWS)
    assert answer.code == 0, answer.err
    assert f"fraud in prod: last request {last:%Y-%m-%d %H:%M} UTC" in answer.out
    stub.assert_no_pending_responses()


def test_thirty_days_of_cloudwatch(stub: Stub) -> None:
    begin, end = (datetime(2026, month, 25, 10, 7, tzinfo=UTC) for month in (10, 11))
    whole = {"StartTime": begin.replace(minute=5), "EndTime": end.replace(minute=5)}
    asked: dict[str, Any] = {"MetricDataQueries": METRIC, **whole}
    stub.add_response("get_metric_data", {"MetricDataResults": []}, asked)
    assert cloudwatch.last_answer("eu-west-1", json.dumps(METRIC), begin, end) is None
    stub.assert_no_pending_responses()


def test_a_part_of_the_data_is_no_answer(
    site: Estate, serving: Callable[..., Answer], stub: Stub
) -> None:
    before = site.files()
    last = datetime.now(UTC) - 9 * DAY
    page(stub, {"StatusCode": "PartialData", "Timestamps": [last], "Values": [0.2]})
    answer = serving(*ASK_AWS)
    assert answer.code == 1
    assert "not all of it could be read" in answer.err
    assert site.files() == before


def test_another_account_is_no_witness(
    serving: Callable[..., Answer], stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloudwatch, "account", lambda: "210987654321")
    page(stub, {"Timestamps": [datetime.now(UTC) - 9 * DAY], "Values": [0.2]})
    answer = serving(*ASK_AWS)
    assert answer.code == 2
    assert "the login is one of account 210987654321, and the environment's is 1234" in answer.err


@pytest.mark.parametrize("key", ["since", "withdrawn"])
@pytest.mark.parametrize("kind", ["stable", "candidates"])
def test_another_version_was_called_meanwhile(
    site: Estate,
    serving: Callable[..., Answer],
    prometheus: tuple[str, dict[str, Any]],
    kind: str,
    key: str,
) -> None:
    """The gate asks about the versions of today."""
    address, answers = prometheus
    answers["errors"] = at(10 * DAY)
    now = datetime.now(UTC)
    go = ("retire", "fraud", "prod", "--metrics", address, "--yes", "--dry-run")
    for ago, goes in ((6 * DAY, False), (8 * DAY, True)):
        site.served("prod", **{kind: [version("1.5.0", **{key: (now - ago).isoformat()})]})
        answer = serving(*go)
        assert (answer.code == 0) is goes, answer.err
        if not goes:
            assert "its versions changed at" in answer.err


# Hours before now at which nothing was up any more, and was again.
GAPS: dict[str, tuple[float, float, bool]] = {
    "a restart": (30, 29.5, True),
    "an hour and a bit": (30, 28.8, False),
    "since two hours": (2, 0, False),
    "before it had to be quiet": (24 * 9, 24 * 8, True),
}


@pytest.mark.parametrize("case", GAPS)
@pytest.mark.usefixtures("site")
def test_who_did_not_look_is_no_witness(
    serving: Callable[..., Answer], prometheus: tuple[str, dict[str, Any]], case: str
) -> None:
    address, answers = prometheus
    down, again, goes = GAPS[case]
    now = datetime.now(UTC).timestamp()
    hours = [number / 6 for number in range(6 * 24 * 10)]
    up = [(now - hour * 3600, "1") for hour in hours if not again < hour < down]
    answers |= {"errors": at(8 * DAY), UP: sorted(up)}
    answer = serving("retire", "fraud", "prod", "--metrics", address, "--yes", "--dry-run")
    assert (answer.code == 0) is goes, answer.err
    if not goes:
        assert "saw nothing that was up in namespace models after" in answer.err


def test_what_cannot_be_written_leaves_all_as_it_was(
    site: Estate, serving: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.absent = {"dev", "prod"}
    before = site.files()
    write = files.write_whole

    def refused(path: Path, content: bytes) -> None:
        if path.name == "Pulumi.prod.yaml":
            raise PermissionError(13, "Permission denied")
        write(path, content)

    monkeypatch.setattr(files, "write_whole", refused)
    answer = serving("retire", "fraud", "prod", "--yes")
    assert answer.code == 1
    assert "Pulumi.prod.yaml cannot be written: Permission denied" in answer.err
    assert site.files() == before
