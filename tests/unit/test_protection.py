"""What an update may not take away from a protected environment, by a state as it is exported."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from delivery import destroy as destroy_module
from delivery import engine, state
from delivery import update as update_module
from delivery.asking import named
from delivery.protection import taken_away, told, told_by_engine, turned
from delivery.running.event_log import Protected, only_protected, protected
from delivery.running.process import Ended
from stacks.settings.environment import Environment
from stacks.settings.problems import SettingsError
from stacks.settings.protection import is_production, is_protected
from tests.unit.promoting import Answer, command
from tests.unit.settings_project import KSERVE, Project, project

_TODAY = datetime.now(UTC).date()
_COMPONENT = "model-serving:index:"
_TOKENS = {
    "kserve": f"{_COMPONENT}InferenceService",
    "sagemaker": f"{_COMPONENT}SageMakerEndpoint",
    "kubernetes_batch": f"{_COMPONENT}BatchInference",
}


def entry(name: str, days: int = 7) -> dict[str, str]:
    last = (_TODAY + timedelta(days=days)).isoformat()
    return {"name": name, "reason": "nobody calls it", "owner": "team", "expires": last}


def deployed(name: str, target: str = "kserve", *, protect: bool = True) -> list[dict[str, Any]]:
    """A model's component and the one part of it that is protected, if it is."""
    above = f"urn:pulumi:dev::model-serving::{_TOKENS[target]}"
    part = {
        "urn": f"{above}$kubernetes:x:InferenceService::{name}-is",
        "type": "kubernetes:x:InferenceService",
        "parent": f"{above}::{name}",
        "custom": True,
        "id": "models/x",
        "protect": protect,
    }
    status = {"target": target, "version": "1.0.0"}
    outputs = {"status": status, "url": f"http://{name}.example.com"}
    component = {"urn": f"{above}::{name}", "type": _TOKENS[target], "outputs": outputs}
    return [component, part]


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("churn", KSERVE)
    made.environment(protect=True)
    return made


@pytest.mark.parametrize(
    ("environment", "production"),
    [
        ("prod", True),
        ("production", True),
        ("prod-eu", True),
        ("eu_prod", True),
        ("EU.PROD", True),
        ("dev", False),
        ("preprod", False),
        ("products", False),
        ("nonprod", False),
        ("staging", False),
    ],
)
def test_which_environments_are_protected_unless_they_say_otherwise(
    environment: str, *, production: bool
) -> None:
    assert is_production(environment) is production
    assert is_protected(environment, Environment()) is production
    assert is_protected(environment, Environment(protect=not production)) is not production


@pytest.mark.parametrize("key", ["name", "reason", "owner", "expires"])
def test_letting_go_needs_all_of_it(key: str, site: Project) -> None:
    lacking = {k: v for k, v in entry("churn").items() if k != key}
    site.environment(protect=True, allow_deletion=[lacking])
    with pytest.raises(SettingsError) as refused:
        site.load()
    (problem,) = refused.value.problems
    assert problem.key.endswith(f"allow_deletion[0].{key}")


# What is deployed, what the environment says, and who would be taken away; `+` where it is let go
# and an update has to take the protection off first.
_CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[str]]] = {
    "its file is there": (deployed("churn"), {}, []),
    "its file is gone": (deployed("gone"), {}, ["gone"]),
    "not yet protected": (deployed("gone", protect=False), {}, ["gone"]),
    "let go, still protected": (deployed("gone"), {"allow_deletion": [entry("gone")]}, ["+gone"]),
    "let go, protection off": (
        deployed("gone", protect=False),
        {"allow_deletion": [entry("gone")]},
        [],
    ),
    "let go until today": (
        deployed("gone", protect=False),
        {"allow_deletion": [entry("gone", 0)]},
        [],
    ),
    "let go until yesterday": (
        deployed("gone", protect=False),
        {"allow_deletion": [entry("gone", -1)]},
        ["gone"],
    ),
    "another one is let go": (
        deployed("gone", protect=False),
        {"allow_deletion": [entry("churn")]},
        ["gone"],
    ),
    "moved to another target": (deployed("churn", "sagemaker"), {}, ["churn"]),
    "batches answer nobody": (deployed("gone", "kubernetes_batch", protect=False), {}, []),
    "not protected": (deployed("gone"), {"protect": False}, []),
    "none of its models is here": (deployed("churn"), {"layer": "platform"}, ["churn"]),
}


@pytest.mark.parametrize("name", _CASES)
def test_what_would_be_taken_away(name: str, site: Project) -> None:
    resources, values, expected = _CASES[name]
    site.environment(**{"protect": True, **values})
    found = taken_away(site.load(), resources)
    assert [f"{'+' if each.allowed else ''}{each.name}" for each in found] == expected


def test_a_namespace_goes_with_its_last_model(site: Project) -> None:
    above = f"urn:pulumi:dev::model-serving::{_COMPONENT}ModelNamespace"
    namespaces = [
        {"urn": f"{above}::{name}", "type": f"{_COMPONENT}ModelNamespace"}
        for name in ("models", "old")
    ]
    held = [
        {
            "urn": f"{above}$kubernetes:core/v1:Namespace::{name}-namespace",
            "parent": f"{above}::{name}",
            "protect": True,
        }
        for name in ("models", "old")
    ]
    (found,) = taken_away(site.load(), [*namespaces, *held])
    assert (found.name, found.allowed) == ("old", False)


def test_one_model_alone_is_asked_about_alone(site: Project) -> None:
    assert taken_away(site.load(), deployed("gone"), only="churn") == []
    moved = deployed("churn", "sagemaker")
    assert [each.name for each in taken_away(site.load(), moved, only="churn")] == ["churn"]


def test_the_way_out_can_be_copied_and_must_be_filled_in(site: Project) -> None:
    said = told("dev", taken_away(site.load(), deployed("gone")))
    (line,) = [each for each in said.splitlines() if each.lstrip().startswith("- {")]
    site.environment(protect=True, allow_deletion=yaml.safe_load(line))
    with pytest.raises(SettingsError) as refused:
        site.load()
    assert {each.code for each in refused.value.problems} == {"MS0109"}
    filled = line.replace("<fill in: why>", "old").replace("<fill in: who>", "team")
    site.environment(protect=True, allow_deletion=yaml.safe_load(filled))
    assert taken_away(site.load(), deployed("gone", protect=False)) == []
    # What is declared needs no line any more, but an update.
    (kept,) = taken_away(site.load(), deployed("gone"))
    assert kept.allowed
    assert "fix: run `serving up --env dev`" in told("dev", [kept])
    assert "allow_deletion" not in told("dev", [kept])


@given(
    states=st.dictionaries(
        st.sampled_from(["churn", "a", "b", "c"]),
        st.tuples(st.sampled_from(sorted(_TOKENS)), st.booleans()),
    ),
    free=st.sets(st.sampled_from(["churn", "a", "b", "c"])),
)
def test_nothing_that_serves_goes_by_itself(
    states: dict[str, tuple[str, bool]], free: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is deployed: what is neither kept nor both let go and unprotected is refused."""
    site = project(tmp_path_factory.mktemp("p"))
    site.model("churn", KSERVE)
    site.environment(protect=True, allow_deletion=[entry(name) for name in sorted(free)])
    resources = [r for n, (t, p) in states.items() for r in deployed(n, t, protect=p)]
    stays = {n for n, (t, _) in states.items() if n == "churn" and t == "kserve"}
    may_go = {n for n, (t, p) in states.items() if not p and (n in free or t == "kubernetes_batch")}
    refused = {each.name for each in taken_away(site.load(), resources)}
    assert refused == states.keys() - stays - may_go


# As the engine of 3.259 says it.
_URN = deployed("churn")[1]["urn"]
_DELETED = (
    f'Preview failed: resource "{_URN}" cannot be deleted\nbecause it is protected. To unprotect '
    "the resource, either remove the `protect` flag from the resource in your Pulumi program and "
    f"run `pulumi up`, or use the command:\n`pulumi state unprotect '{_URN}'`\n"
)
_REPLACED = (
    f'unable to replace resource "{_URN}"\nas it is currently marked for protection. To unprotect '
    "the resource, remove the `protect` flag from the resource in your Pulumi program and run "
    "`pulumi up`\n"
)


def said(*messages: str) -> list[dict[str, Any]]:
    return [{"diagnosticEvent": {"severity": "error", "message": each}} for each in messages]


@pytest.mark.parametrize(
    ("message", "replaced"), [(_DELETED, False), (_REPLACED, True)], ids=["delete", "replace"]
)
def test_what_the_engine_refuses(message: str, *, replaced: bool, site: Project) -> None:
    events = said(message, "preview failed\n")
    assert protected(events) == (Protected(_URN, replaced),)
    assert only_protected(events)
    assert not only_protected(said(message, "timed out"))
    assert not only_protected(said("preview failed"))
    (lost,) = told_by_engine(protected(events), deployed("churn"), site.load())
    assert (lost.name, lost.replaced, lost.allowed) == ("churn", replaced, False)
    text = told("dev", [lost])
    assert f"churn-is (kubernetes:x:InferenceService) would be {'re' if replaced else ''}" in (
        text.replace("would be deleted", "would be ")
    )
    assert ("the same update may then replace it" in text) is replaced
    assert "state unprotect" not in text


def test_a_change_of_protection_is_told() -> None:
    component, part = deployed("churn")
    off, on = part | {"protect": False}, part
    steps = [
        {"op": "same", "urn": component["urn"], "oldState": component, "newState": component},
        {"op": "same", "urn": part["urn"], "oldState": on, "newState": off},
    ]
    assert (turned(steps, on=False), turned(steps, on=True)) == (["churn"], [])
    steps[1] |= {"oldState": off, "newState": on}
    assert (turned(steps, on=False), turned(steps, on=True)) == ([], ["churn"])


@dataclass
class Destroying:
    """`serving destroy` in this process: what the engine was asked, and what is in the state."""

    root: Path
    run: Callable[..., Answer]
    asked: list[list[str]] = field(default_factory=list[list[str]])
    resources: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def environment(self, name: str, **keys: object) -> Path:
        path = self.root / f"Pulumi.{name}.yaml"
        config = {f"model-serving:{key}": value for key, value in keys.items()}
        path.write_text(yaml.safe_dump({"config": config}))
        return path


@pytest.fixture
def destroying(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Destroying:
    made = Destroying(project(tmp_path).root, command(monkeypatch, capfd))
    made.resources = deployed("churn", protect=False)

    def run(_folder: Path, arguments: list[str], _variables: object, *, hold: object) -> Ended:
        assert hold is not None
        made.asked.append(arguments)
        return Ended(0, 0)

    def deployment(_folder: Path, _environment: str) -> dict[str, Any]:
        return {"resources": made.resources}

    def nothing_left(_folder: Path, _environment: str) -> None: ...

    monkeypatch.setattr(engine, "run", run)
    monkeypatch.setattr(state, "deployment", deployment)
    monkeypatch.setattr(destroy_module, "before_update", nothing_left)
    monkeypatch.chdir(made.root)
    return made


# Of an environment: what its file says, what is asked, and the exit code with what is said.
_DESTROYED: dict[str, tuple[str, dict[str, object], list[str], int, str]] = {
    "nobody can be asked": ("dev", {}, [], 2, "--confirm dev"),
    "in advance": ("dev", {}, ["--yes"], 0, ""),
    "by its name": ("dev", {}, ["--confirm", "dev"], 0, ""),
    "by another name": ("dev", {}, ["--yes", "--confirm", "prod"], 2, "the stack is 'dev'"),
    "protected by its name": ("prod", {}, ["--confirm", "prod"], 5, "prod is protected; live in"),
    "protected by its file": ("dev", {"protect": True}, ["--confirm", "dev"], 5, "is protected"),
    "let go, in advance": ("prod", {"protect": False}, ["--yes"], 2, "--confirm prod"),
    "let go, by its name": ("prod", {"protect": False}, ["--confirm", "prod"], 0, ""),
    "said of itself": ("dev", {"protect": False}, ["--yes"], 2, "--confirm dev"),
    "a part": ("dev", {}, ["--yes", "--", "--target", "x"], 2, "takes all of an environment"),
    "all but": ("dev", {}, ["--yes", "--", "--exclude-protected"], 2, "got --exclude-protected"),
    "wrong settings": ("dev", {"protect": "maybe"}, ["--yes"], 2, "protect"),
}


@pytest.mark.parametrize("name", _DESTROYED)
def test_destroy_is_confirmed(name: str, destroying: Destroying) -> None:
    environment, keys, arguments, code, said = _DESTROYED[name]
    destroying.environment(environment, **keys)
    answer = destroying.run("destroy", "--env", environment, *arguments)
    assert answer.code == code, answer.err
    assert said in answer.err
    go = ["destroy", "--stack", environment, "--yes", "--skip-preview"]
    assert destroying.asked == ([go] if code == 0 else [])
    if code == 0:
        assert "churn" in answer.out
        assert f"This deletes all of {environment}: 1 model, 1 resource." in answer.out


def test_what_the_state_protects_is_not_destroyed(destroying: Destroying) -> None:
    destroying.environment("dev")
    destroying.resources = deployed("churn")
    answer = destroying.run("destroy", "--env", "dev", "--yes")
    assert (answer.code, destroying.asked) == (5, [])
    assert "churn: churn-is" in answer.err
    assert "fix: run `serving up --env dev`" in answer.err


def test_other_settings_can_let_go(destroying: Destroying) -> None:
    """As where a job destroys what it has just made, and its file stays as it is."""
    destroying.environment("prod")
    other = destroying.environment("other", protect=False).rename(destroying.root / "other.yaml")
    for flags in (["--config-file", other.name], [f"--config-file={other.name}"]):
        answer = destroying.run("destroy", "--env", "prod", "--confirm", "prod", "--", *flags)
        assert answer.code == 0, answer.err
        assert destroying.asked[-1][-len(flags) :] == flags


@pytest.mark.parametrize(
    ("typed", "is_it"), [("prod\n", True), (" prod \n", True), ("y\n", False), ("", False)]
)
def test_a_name_is_typed(
    typed: str,
    *,
    is_it: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert named("prod", "Deploy this") is is_it
    assert capsys.readouterr().err == "Deploy this? Type the name of the stack, prod: "


@pytest.mark.parametrize(
    ("environment", "typed", "steps", "code"),
    [
        ("prod", "prod\n", ["preview", "up --yes --skip-preview"], 0),
        ("prod", "y\n", ["preview"], 8),
        # The engine itself asks.
        ("dev", "", ["up"], 0),
    ],
)
def test_a_protected_update_is_approved_by_name(
    environment: str,
    typed: str,
    steps: list[str],
    *,
    code: int,
    destroying: Destroying,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def is_terminal(_descriptor: int) -> bool:
        return True

    def nothing_left(_folder: Path, _environment: str) -> None: ...

    monkeypatch.setattr(update_module, "before_update", nothing_left)
    monkeypatch.setattr("os.isatty", is_terminal)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    destroying.resources = []
    destroying.environment(environment)
    assert destroying.run("up", "--env", environment).code == code
    said = [" ".join(each).replace(f" --stack {environment}", "") for each in destroying.asked]
    assert said == steps


def test_in_a_pipeline_yes_is_enough(
    destroying: Destroying, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_left(_folder: Path, _environment: str) -> None: ...

    monkeypatch.setattr(update_module, "before_update", nothing_left)
    destroying.environment("prod")
    destroying.resources = []
    assert destroying.run("up", "--env", "prod", "--yes").code == 0
    assert destroying.asked == [["up", "--stack", "prod", "--yes"]]
    # But not for losing what serves, which is refused before the engine is asked.
    destroying.resources = deployed("churn")
    answer = destroying.run("up", "--env", "prod", "--yes")
    assert (answer.code, len(destroying.asked)) == (5, 1)
    assert "churn (kserve, live at http://churn.example.com) would be deleted" in answer.err
