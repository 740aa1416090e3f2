"""The `serving` command: what it prints, its exit codes, and that nothing ends in a traceback."""

import dataclasses
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from delivery.cli import main
from delivery.only import only_flags
from delivery.state import from_state
from delivery.status import BELOW, HEADS, row
from delivery.table import table, width, wrapped
from delivery.update import policy_flags
from tests.unit.settings_project import (
    CANDIDATE,
    KSERVE,
    SAGEMAKER,
    TARGETS,
    Project,
    changed,
    project,
)

ROOT = Path(__file__).resolve().parents[2]
SERVING = Path(sys.executable).parent / "serving"

STATUS = {
    "target": "sagemaker",
    "environment": "dev",
    "owner": "team-risk",
    "version": "1.4.0",
    "candidate_version": "1.5.0",
    "canary_percent": 50.0,
    "min_replicas": 1.0,
    "max_replicas": 2.0,
    "slo": "p95 ≤ 100 ms, errors ≤ 1 %",
    "model_uri": "s3://models/fraud/1.4.0/model.tar.gz",
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("fraud", changed(SAGEMAKER, candidate=CANDIDATE, canary_percent=5))
    made.model("churn", KSERVE)
    return made


@dataclass
class Answer:
    returncode: int
    stdout: str
    stderr: str


class Serving:
    """Runs the command in a project; `pulumi` is the content of an engine to find on PATH."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capfd = capfd

    def __call__(self, site: Project, *arguments: str, pulumi: str | None = None) -> Answer:
        path = "/usr/bin:/bin"
        if pulumi is not None:
            folder = site.root / "bin"
            folder.mkdir(exist_ok=True)
            (folder / "pulumi").write_text(f"#!/bin/sh\n{pulumi}\n")
            (folder / "pulumi").chmod(0o755)
            path = f"{folder}:{path}"
        self.monkeypatch.chdir(site.root)
        self.monkeypatch.setenv("PATH", path)
        self.monkeypatch.setattr(sys, "argv", ["serving", *arguments])
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capfd.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, said.out, said.err)


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Serving:
    monkeypatch.setenv("COLUMNS", "80")
    return Serving(monkeypatch, capfd)


def exported(*models: str) -> str:
    resources = [
        {"urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "type": "pulumi:pulumi:Stack"},
        *(
            {
                "urn": f"urn:pulumi:dev::p::model-serving:index:SageMakerEndpoint::{name}",
                "type": "model-serving:index:SageMakerEndpoint",
                "outputs": {"url": f"https://{name}.example.com", "status": STATUS},
            }
            for name in models
        ),
    ]
    return json.dumps({"version": 3, "deployment": {"resources": resources}})


def test_check_says_ok(site: Project, serving: Serving) -> None:
    answer = serving(site, "check")
    assert (answer.returncode, answer.stdout) == (0, "ok  dev: 2 models\n")


def test_check_reports_each_problem_once_for_all_environments(
    site: Project, serving: Serving
) -> None:
    (site.root / "Pulumi.prod.yaml").write_bytes((site.root / "Pulumi.dev.yaml").read_bytes())
    site.model("churn", changed(KSERVE, owner=None))
    answer = serving(site, "check")
    assert answer.returncode == 2
    assert answer.stdout.startswith("1 problem in the settings (1 file)")
    assert serving(site, "check", "--only", "fraud").returncode == 0


def test_check_as_json(site: Project, serving: Serving) -> None:
    site.model("churn", changed(KSERVE, owner=None))
    answer = serving(site, "check", "--json", "--env", "dev")
    assert answer.returncode == 2
    said = json.loads(answer.stdout)
    assert (said["schema_version"], said["ok"]) == (1, False)
    (problem,) = said["environments"][0]["problems"]
    assert (problem["code"], problem["file"], problem["line"]) == (
        "MS0102",
        "stacks/models/churn.yaml",
        1,
    )


def test_explain_names_layer_and_place(site: Project, serving: Serving) -> None:
    site.environment(models={"fraud": {"canary_percent": 20}})
    answer = serving(site, "explain", "fraud", "--env", "dev")
    assert answer.returncode == 0
    lines = {line.split()[0]: line for line in answer.stdout.splitlines()}
    assert "20" in lines["canary_percent"]
    assert "environment's entry for the model" in lines["canary_percent"]
    assert "Pulumi.dev.yaml:4:23" in lines["canary_percent"]
    assert "built-in default" in lines["max_replicas"]
    said = json.loads(serving(site, "explain", "fraud", "--json").stdout)
    assert said["schema_version"] == 1
    by_key = {entry["key"]: entry for entry in said["settings"]}
    assert by_key["canary_percent"] == {
        "key": "canary_percent",
        "value": 20,
        "layer": "environment's entry for the model",
        "place": "Pulumi.dev.yaml:4:23",
    }
    assert by_key["max_replicas"]["place"] is None


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("explain", "frauds"), "did you mean: fraud?"),
        (("explain", "fraud", "--env", "deev"), "did you mean: dev?"),
        (("status", "--env", "prdo"), "there is no environment 'prdo'"),
        (("up", "--only", "churm"), "did you mean: churn?"),
        (("statsu",), "status"),
        (("status", "--nonsense"), "--nonsense"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(
    site: Project, serving: Serving, arguments: tuple[str, ...], word: str
) -> None:
    answer = serving(site, *arguments)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert word in answer.stderr


def test_no_boxes_in_help_and_errors(site: Project, serving: Serving) -> None:
    for arguments in (["--help"], ["up", "--help"], ["status", "--nonsense"]):
        answer = serving(site, *arguments)
        said = answer.stdout + answer.stderr
        assert not set(said) & set("╭╮╰╯│─"), said
        assert max(map(len, said.splitlines())) <= 80


def test_status_without_pulumi(site: Project, serving: Serving) -> None:
    answer = serving(site, "status")
    assert answer.returncode == 1
    assert "pulumi is not on PATH" in answer.stderr


def test_status_without_a_stack(site: Project, serving: Serving) -> None:
    answer = serving(
        site, "status", pulumi="echo \"error: no stack named 'dev' found\" >&2; exit 6"
    )
    assert answer.returncode == 6
    assert "serving up --env dev" in answer.stderr


def test_status_passes_the_engines_own_failure_on(site: Project, serving: Serving) -> None:
    answer = serving(site, "status", pulumi="echo 'error: passphrase must be set' >&2; exit 255")
    assert answer.returncode == 255
    assert answer.stderr == "error: passphrase must be set\n"


def test_status_of_an_empty_stack(site: Project, serving: Serving) -> None:
    answer = serving(site, "status", pulumi=f"echo '{exported()}'")
    assert answer.returncode == 0
    assert answer.stdout == ""
    assert "no model is deployed" in answer.stderr
    as_json = serving(site, "status", "--json", pulumi=f"echo '{exported()}'")
    assert json.loads(as_json.stdout)["models"] == []


def test_status_shows_each_model(site: Project, serving: Serving) -> None:
    answer = serving(site, "status", pulumi=f"echo '{exported('fraud', 'another')}'")
    assert answer.returncode == 0
    head, first, second = answer.stdout.splitlines()
    assert head.split() == [word.upper() for word in HEADS]
    assert first.startswith("another")
    for word in ("1.4.0 → 1.5.0", "1-2", "50 %", "p95 ≤ 100 ms", "team-risk"):
        assert word in second
    assert second.endswith("https://fraud.example.com")
    assert "\x1b" not in answer.stdout
    said = json.loads(
        serving(site, "status", "--json", pulumi=f"echo '{exported('fraud')}'").stdout
    )
    assert said["schema_version"] == 1
    assert said["models"][0]["version"] == "1.4.0"


def test_status_shows_digests_and_broken_glass(
    site: Project, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.status.columns", lambda _stream: 80)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    state = json.loads(exported("fraud", "another"))
    digest, newer = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
    glass = {"who": "ada", "when": "2026-11-27T03:12:09+00:00", "reason": "payments are down"}
    glass |= {"guardrails": [{"rule": "cost/log-retention", "urn": "u"}]}
    over = {"who": "bob", "when": "2026-11-01T00:00:00+00:00", "reason": "long over"}
    state["deployment"]["resources"][0]["outputs"] = {
        "served": {
            "fraud": {
                "stable": [{"version": "1.4.0", "digest": digest, "live": True}],
                "candidates": [{"version": "1.5.0", "digest": newer}],
            }
        },
        "break_glass": {"fraud": [glass | {"in_force": True}, over], "another": [over]},
    }
    pulumi = f"echo '{json.dumps(state)}'"
    shown = serving(site, "status", pulumi=pulumi).stdout
    assert max(map(width, shown.splitlines())) <= 80
    assert "  sha256:111111111111\n" in shown
    assert "GLASS BROKEN for fraud by ada at 2026-11-27T03:12:09+00:00: payments are" in shown
    assert "cost/log-retention" in shown
    assert "long over" not in shown
    another, fraud = json.loads(serving(site, "status", "--json", pulumi=pulumi).stdout)["models"]
    assert fraud["digest"] == digest
    # A candidate that is not live any more has none.
    assert "candidate_digest" not in fraud
    assert fraud["break_glass"]["reason"] == "payments are down"
    assert not {"digest", "break_glass"} & another.keys()


def test_secrets_and_resources_to_be_deleted_are_not_shown() -> None:
    state: list[dict[str, Any]] = json.loads(exported("fraud", "gone"))["deployment"]["resources"]
    state[1]["outputs"]["url"] = {"4dabf18193072939515e22adb298388d": "x", "ciphertext": "y"}
    state[2]["delete"] = True
    (found,) = from_state(state)
    assert row(found)[-1] == "(secret)"


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, "none"),
        ({"candidate_version": "1.5.0", "canary_percent": 5.0}, "5 %"),
        (
            {"candidate_version": "1.5.0", "canary_percent": 5.0, "share_owner": "rollout"},
            "a rollout's",
        ),
    ],
)
def test_a_share_is_shown_where_it_is_known(facts: dict[str, Any], shown: str) -> None:
    state: list[dict[str, Any]] = json.loads(exported("fraud"))["deployment"]["resources"]
    (found,) = from_state(state)
    of_none = {"candidate_version": None}
    shown_as = dataclasses.replace(found, status=found.status | of_none | facts)
    assert row(shown_as)[HEADS.index("canary")] == shown


def test_a_table_keeps_to_its_room() -> None:
    rows = [["a", "b", "https://" + "x" * 100]]
    lines = table(("one", "two", "url"), rows, room=80, below=("url",))
    assert lines == ["ONE  TWO", "a    b", "  https://" + "x" * 100]
    assert width("表é") == 3


@pytest.mark.parametrize(
    ("text", "room", "wanted"),
    [
        ("a pipe has no width", None, "a pipe has no width"),
        ("it fits", 7, "it fits"),
        ("it fits", 6, "it\n  fits"),
        ("  found  nothing at all", 16, "  found  nothing\n    at all"),
        ("one://address/is-whole", 8, "one://address/is-whole"),
        ("fix: one://address/is-whole", 8, "fix:\n  one://address/is-whole"),
        ("\x1b[31mred stops\x1b[0m", 9, "\x1b[31mred stops\x1b[0m"),
        ("one\n\ntwo", 3, "one\n\ntwo"),
    ],
)
def test_text_is_wrapped_between_words(text: str, room: int | None, wanted: str) -> None:
    assert wrapped(text, room) == wanted


def test_status_fits_80_columns_without_breaking_a_word() -> None:
    states = exported("fraud", "a-rather-long-name-of-a-model")
    rows = [row(item) for item in from_state(json.loads(states)["deployment"]["resources"])]
    assert HEADS[-1] == "url"
    lines = table(HEADS, rows, room=80, below=BELOW)
    assert max(map(width, lines)) <= 80
    assert lines[2:5] == [
        "  p95 ≤ 100 ms, errors ≤ 1 %",
        "  team-risk",
        "  https://a-rather-long-name-of-a-model.example.com",
    ]
    assert len(table(HEADS, rows, room=120, below=BELOW)) == 1 + 2 * len(rows)
    wide = table(HEADS, rows, room=None, below=BELOW)
    assert len(wide) == 1 + len(rows)
    assert wide[1].endswith("https://a-rather-long-name-of-a-model.example.com")


def test_up_stops_at_bad_settings_before_the_engine_starts(site: Project, serving: Serving) -> None:
    site.model("churn", changed(KSERVE, owner=None))
    answer = serving(site, "up", pulumi="echo started")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "MS0102" in answer.stderr


def test_up_of_one_model_is_not_stopped_by_another(site: Project, serving: Serving) -> None:
    site.model("churn", "[")
    site.environment(models={"churn": {"nonsense": 1}})
    answer = serving(
        site,
        "up",
        "--only",
        "fraud",
        "--",
        "--yes",
        "--message",
        "a b",
        pulumi='if [ "$1" = stack ]; then echo "{}"; exit; fi\n'
        'echo "$MODEL_SERVING_ONLY" "$MODEL_SERVING_ONLY_TARGETED"\n'
        'for a; do echo "$a"; done',
    )
    assert answer.returncode == 0, answer.stderr
    only, *flags = answer.stdout.splitlines()
    assert only == "fraud fraud"
    assert flags[:3] == ["up", "--stack", "dev"]
    assert "urn:pulumi:dev::model-serving::model-serving:index:SageMakerEndpoint::fraud" in flags
    assert "--target-dependents" in flags
    assert flags[-5:-2] == ["--yes", "--message", "a b"]


def test_up_without_a_terminal_wants_approval_before_the_engine_starts(
    site: Project, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows = 'for a; do echo "$a"; done'
    answer = serving(site, "up", pulumi=shows)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "fix: add --yes" in answer.stderr
    for short in ("-y", "--yes"):
        answer = serving(site, "up", short, "--", "--message", "a b", pulumi=shows)
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.splitlines()[-5:-2] == ["--yes", "--message", "a b"]
    assert serving(site, "up", "--", "--skip-preview", pulumi=shows).returncode == 0
    assert serving(site, "preview", "--engine", pulumi=shows).returncode == 0
    monkeypatch.setenv("PULUMI_SKIP_CONFIRMATIONS", "true")
    assert serving(site, "up", pulumi=shows).returncode == 0


def test_the_namespace_of_the_one_model_is_reached_too(site: Project) -> None:
    settings = site.load(only="churn")
    urn = "urn:pulumi:dev::model-serving::model-serving:index:ModelNamespace::models"
    assert urn in only_flags(site.root, "dev", settings, "churn", ())
    # Other models depend on it: they would be deleted as its dependents.
    assert urn not in only_flags(site.root, "dev", settings, "churn", {urn})


def test_a_model_that_moved_is_taken_from_where_it_was(site: Project) -> None:
    site.model("churn", KSERVE)
    start = "urn:pulumi:dev::model-serving::model-serving:index:"
    before, other = f"{start}SageMakerEndpoint::churn", f"{start}SageMakerEndpoint::fraud"
    flags = only_flags(site.root, "dev", site.load(), "churn", {before, other})
    assert flags.count(before) == 1
    assert f"{start}InferenceService::churn" in flags
    assert other not in flags


def test_the_identity_of_the_one_model_is_reached_too(site: Project) -> None:
    kubernetes = {"context": "serving-dev", "identity": "eks_pod_identity"}
    site.environment(targets=TARGETS | {"kubernetes": kubernetes})
    flags = only_flags(site.root, "dev", site.load(only="churn"), "churn", ())
    prefix = "urn:pulumi:dev::model-serving::model-serving:index:"
    assert f"{prefix}EksModelIdentity::churn-identity" in flags


@pytest.mark.parametrize("code", [0, 1, 3, 7, 255])
def test_the_engines_exit_code_is_passed_on(site: Project, serving: Serving, code: int) -> None:
    assert serving(site, "preview", "--engine", pulumi=f"exit {code}").returncode == code


def test_a_guardrail_that_stops_the_engine_is_exit_code_5(site: Project, serving: Serving) -> None:
    event = json.dumps({"policyEvent": {"enforcementLevel": "mandatory", "message": "no"}})
    script = f"for a; do log=$a; done; echo '{event}' > $log; exit 1"
    assert serving(site, "up", "--yes", pulumi=script).returncode == 5
    advice = script.replace("mandatory", "advisory")
    assert serving(site, "up", "--yes", pulumi=advice).returncode == 1


def test_guardrails_are_on_with_the_environments_configuration(
    site: Project, serving: Serving
) -> None:
    assert policy_flags(site.root, "dev") == []
    (site.root / "policies" / "config").mkdir(parents=True)
    assert policy_flags(site.root, "dev") == ["--policy-pack", "policies"]
    (site.root / "policies" / "config" / "dev.json").write_text("{}")
    expected = ["--policy-pack-config", "policies/config/dev.json"]
    assert policy_flags(site.root, "dev")[2:] == expected
    quiet = serving(site, "preview", "--engine", "--no-policies", pulumi='echo "$@"')
    assert "--policy-pack" not in quiet.stdout


def test_a_reader_that_leaves_early_is_no_error(site: Project) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{SERVING} explain fraud --json | head -c 1"],
        cwd=site.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["check"],
        ["check", "--no-guardrails", "--format", "sarif"],
        ["explain", "fraud"],
        ["up", "--only", "churn"],
    ],
)
def test_no_sdk_is_imported(site: Project, arguments: list[str]) -> None:
    code = (
        "import sys; from delivery.cli import main\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try: main()\n"
        "except BaseException: pass\n"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "{'pulumi', 'pulumi_aws', 'boto3', 'rich', 'grpc'}])\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=site.root, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "[]"


def test_the_program_and_the_command_mean_the_same_variables() -> None:
    from delivery import update  # noqa: PLC0415
    from stacks import only  # noqa: PLC0415 - imports Pulumi's SDK

    assert (update.ONLY, update.TARGETED) == (only.ONLY, only.TARGETED)


@pytest.mark.parametrize("flag", ["--refresh", "--refresh=true", "-r"])
def test_one_model_is_not_updated_by_what_is_live(
    flag: str, site: Project, serving: Serving
) -> None:
    """The engine would fail in its middle."""
    answer = serving(site, "up", "--only", "fraud", "--yes", "--", flag)
    assert answer.returncode == 2
    assert "pulumi refresh --stack dev" in answer.stderr
