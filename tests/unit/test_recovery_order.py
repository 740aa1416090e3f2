"""When the state is written: after all was read, where a copy of it can be read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from delivery import engine, state
from delivery.failure import Failure
from delivery.recovery import lookup, recover
from tests.unit.recovery_records import record

ROLE = record("aws:iam/role:Role", {"name": "it"}, id="it")


class Engine:
    """What was asked of the engine, in order; the state is what was imported."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        self.asked: list[str] = []
        self.refuses = ""
        self.state: dict[str, Any] = {
            "resources": [ROLE],
            "pending_operations": [{"type": "updating", "resource": ROLE}],
            "secrets_providers": {"type": kind},
        }
        monkeypatch.setattr(engine, "quiet", self.quiet)
        monkeypatch.setattr(state, "deployment", self.deployment)

    def quiet(
        self, _: Path, arguments: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> None:
        name = " ".join(word for word in arguments[:2] if not word.startswith("-"))
        name = f"{name} of a copy" if variables else name
        if name == self.refuses:
            raise Failure("expired")
        self.asked.append(name)
        if name == "stack import":
            self.state = {**self.state, "pending_operations": []}

    def deployment(self, *_: object) -> dict[str, Any]:
        return self.state


def change(folder: Path, deployment: dict[str, Any]) -> None:
    (folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    report = recover.Report("dev")
    recover._judge(folder, report, deployment, recover.Decided())  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    recover._change(folder, report, deployment)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("passphrase", ["refresh of a copy", "stack import"]),
        ("cloud", ["refresh of a copy", "stack import"]),
        # Pulumi Cloud's, which only its own stack can read.
        ("service", ["stack import", "refresh"]),
        ("", ["stack import", "refresh"]),
    ],
)
def test_what_was_being_changed_is_read_before_the_state_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, asked: list[str]
) -> None:
    ours = Engine(monkeypatch, kind)
    change(tmp_path, ours.state)
    assert ours.asked == asked


def test_what_cannot_be_read_leaves_the_state_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Engine(monkeypatch, "passphrase")
    ours.refuses = "refresh of a copy"
    before = ours.state
    with pytest.raises(Failure, match=r"nothing was changed\n  expired\n  fix: .* --forget"):
        change(tmp_path, ours.state)
    assert ours.state == before

    ours = Engine(monkeypatch, "service")
    ours.refuses = "refresh"
    with pytest.raises(Failure, match=r"it could not be read again: expired\n.* -- --refresh$"):
        change(tmp_path, ours.state)


def test_a_state_that_was_changed_while_it_was_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Engine(monkeypatch, "passphrase")
    before = ours.state
    ours.state = {**before, "resources": [ROLE, record("aws:kms/key:Key", {}, id="k")]}
    with pytest.raises(Failure, match="the state was changed meanwhile"):
        change(tmp_path, before)
    assert ours.asked == ["refresh of a copy"]


def test_the_copy_has_the_files_and_plugins_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, str] = {}

    def quiet(_: Path, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        place = Path(arguments[arguments.index("-C") + 1])
        told.update(variables, settings=(place / "Pulumi.yaml").read_text())

    monkeypatch.setattr(engine, "quiet", quiet)
    (tmp_path / "Pulumi.yaml").write_text(
        "name: tiny\nruntime: python\n"
        "plugins: {providers: [{name: serving, path: provider}, {name: other, version: 1.0.0}]}\n"
    )
    (tmp_path / "words").write_text("x")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "words")
    monkeypatch.setenv("PULUMI_DIY_BACKEND_GZIP", "true")
    found = lookup.read_again(tmp_path, "dev", {"resources": [ROLE]}, ["urn"])
    assert found == {"resources": [ROLE]}
    assert told["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(tmp_path / "words")
    assert told["PULUMI_DIY_BACKEND_GZIP"] == "false"
    assert f'{{"name": "serving", "path": "{tmp_path}/provider"}}' in told["settings"]
    assert '{"name": "other", "version": "1.0.0"}' in told["settings"]
