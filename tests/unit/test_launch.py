"""What the launcher prepares before the engine starts, without an engine."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest

from sandbox import (
    bootstrap,
    commandline,
    environment,
    install,
    interruption,
    launch,
    locks,
    stackfile,
)
from sandbox.progress import SetupError

ENGINE = bootstrap.Engine(Path("/engine/pulumi"), "3.259.0", "build", (Path("/engine"),))


@pytest.mark.parametrize(
    ("line", "command", "position"),
    [
        ("up --stack dev", "up", 0),
        ("-C /elsewhere preview", "preview", 2),
        ("--cwd=/elsewhere -v 3 refresh", "refresh", 3),
        ("--logtostderr destroy", "destroy", 1),
        ("--version", "", 0),
        ("", "", 0),
    ],
)
def test_command_is_found_behind_global_flags(line: str, command: str, position: int) -> None:
    assert commandline.command(line.split()) == (command, position)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("up --stack dev", "dev"),
        ("up --stack=dev", "dev"),
        ("up -s dev", "dev"),
        ("up -sdev", "dev"),
        ("up --stack-trace", ""),
        ("up --stack", ""),
        ("up -- --stack dev", ""),
    ],
)
def test_flag_in_any_spelling(line: str, value: str) -> None:
    assert commandline.flag(line.split(), "-s", "--stack") == value


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("import -s dev t n i", "import --generate-code=false -s dev t n i"),
        ("-C x import --file f", "-C x import --generate-code=false --file f"),
        ("import --generate-code=true t n i", "import --generate-code=true t n i"),
        ("up --stack import", "up --stack import"),
    ],
)
def test_an_import_writes_no_code(line: str, whole: str) -> None:
    assert commandline.without_code(line.split()) == whole.split()


def test_variables_point_to_the_sandbox_and_nowhere_else(tmp_path: Path) -> None:
    inherited = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/people/me",
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL_S3": "https://elsewhere.example",
        "GOOGLE_CREDENTIALS": "{}",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "token",
        "PULUMI_ACCESS_TOKEN": "token",
        "PULUMI_BACKEND_URL": "https://api.pulumi.com",
        "NO_PROXY": "internal.example",
    }
    got = environment.variables(
        tmp_path, ENGINE, inherited=inherited, endpoint="http://127.0.0.1:1"
    )
    assert got["HOME"] == "/people/me"
    assert got["PATH"].startswith(f"{tmp_path}/bin:/engine:/usr/bin:/bin:")
    assert got["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/state"
    assert got["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert got["AWS_REGION"] == got["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert got["NO_PROXY"] == "internal.example,127.0.0.1,localhost"
    assert got["MODEL_SERVING_SANDBOX_STORE"] == f"{tmp_path}/store.sqlite"
    assert not {
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_S3",
        "GOOGLE_CREDENTIALS",
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "PULUMI_ACCESS_TOKEN",
    } & set(got)


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    def snapshot() -> dict[str, tuple[int, int]]:
        return {
            str(file): (file.lstat().st_mtime_ns, file.lstat().st_mode)
            for file in tmp_path.rglob("*")
            if not file.is_dir()
        }

    environment.prepare(tmp_path)
    before = snapshot()
    assert "contexts:\n- name: serving-dev\n" in (tmp_path / "kubeconfig").read_text()
    environment.prepare(tmp_path)
    assert snapshot() == before


def test_stand_ins_are_installed_in_the_sdks_versions(tmp_path: Path) -> None:
    environment.prepare(tmp_path)
    installed = {file.name for file in (tmp_path / "pulumi" / "plugins").iterdir()}
    for file in environment.PLUGINS.glob("pulumi-resource-*"):
        name = file.name.removeprefix("pulumi-resource-")
        assert any(each.startswith(f"resource-{name}-v") for each in installed), installed


def test_another_environment_gets_stand_ins_in_its_own_versions(tmp_path: Path) -> None:
    assert not environment.install_plugins(tmp_path, tmp_path / "venv")
    (tmp_path / "venv/lib/python3.12/site-packages/pulumi_aws-6.5.4.dist-info").mkdir(parents=True)
    assert environment.install_plugins(tmp_path, tmp_path / "venv")
    plugin = tmp_path / "pulumi/plugins/resource-aws-v6.5.4/pulumi-resource-aws"
    assert os.access(plugin, os.X_OK)


def test_full_disk_is_told_before_anything_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.check(tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", Mock(return_value=usage._replace(free=3 << 20)))
    with pytest.raises(SetupError, match=r"3 MiB are free .* MODEL_SERVING_SANDBOX_HOME"):
        environment.check(tmp_path)


@pytest.mark.parametrize(
    ("content", "right"),
    [(b"", True), (b"SQLite format 3\0...", True), (b"SQLite", False), (b"\0" * 100, False)],
)
def test_damaged_store_is_told(tmp_path: Path, content: bytes, *, right: bool) -> None:
    environment.store(tmp_path).write_bytes(content)
    if right:
        environment.check(tmp_path)
        return
    with pytest.raises(SetupError, match=r"store\.sqlite is damaged"):
        environment.check(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> stackfile.Project:
    folder = tmp_path / "project"
    (folder / "below").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("# a comment\nname: 'tiny'  # its name\nruntime: python\n")
    return stackfile.Project(folder, "tiny")


def test_project_is_found_upwards(project: stackfile.Project, tmp_path: Path) -> None:
    assert stackfile.find_project(project.folder / "below") == project
    assert stackfile.find_project(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("runtime:\n  options:\n    virtualenv: .venv\n", ".venv"),
        ("runtime: {options: {virtualenv: 'a-b'}}\n", "a-b"),
        ("runtime: python\n", None),
    ],
)
def test_environment_that_the_project_names(
    project: stackfile.Project, text: str, folder: str | None
) -> None:
    (project.folder / "Pulumi.yaml").write_text(f"name: tiny\n{text}")
    assert project.environment() == (project.folder / folder if folder else None)


@pytest.mark.parametrize(
    "settings",
    ["", "encryptionsalt: v1:other\n", "secretsprovider: awskms://alias/x\nencryptedkey: abc\n"],
)
def test_copy_has_the_sandboxs_own_encryption(
    project: stackfile.Project, tmp_path: Path, settings: str
) -> None:
    config = "config:\n  tiny:size: 3"
    project.stack_file("dev").write_text(f"{settings}{config}")
    copy = stackfile.sandbox_copy(tmp_path, project, "dev")
    assert copy
    assert copy.name == "Pulumi.dev.yaml"
    assert copy.read_text() == f"{config}\nencryptionsalt: {stackfile.SALT}\n"
    assert stackfile.sandbox_copy(tmp_path, project, "dev") == copy


def test_secrets_in_the_stacks_file(project: stackfile.Project, tmp_path: Path) -> None:
    secret = "config:\n  tiny:key:\n    secure: v1:abc\n"
    project.stack_file("dev").write_text(f"encryptionsalt: v1:own\n{secret}")
    assert stackfile.sandbox_copy(tmp_path, project, "dev") is None
    project.stack_file("dev").write_text(f"secretsprovider: awskms://alias/x\n{secret}")
    with pytest.raises(SetupError, match=r"Pulumi\.dev\.yaml holds secrets encrypted by a key"):
        stackfile.sandbox_copy(tmp_path, project, "dev")


def lock(home: Path, name: str, **owner: object) -> Path:
    file = home / "state/.pulumi/locks/organization/tiny/dev" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).isoformat()
    whole = {"pid": 1, "hostname": socket.gethostname(), "timestamp": now} | owner
    file.write_text(json.dumps(whole))
    return file


def dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_only_provably_dead_locks_are_cleared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = lock(tmp_path, "dead", pid=dead_pid())
    kept = [
        lock(tmp_path, "alive", pid=os.getpid()),
        lock(tmp_path, "elsewhere", pid=dead_pid(), hostname="another"),
        lock(tmp_path, "strange", pid="x"),
    ]
    torn = lock(tmp_path, "torn")
    torn.write_text('{"pid": ')
    locks.clear_dead(tmp_path)
    assert not dead.exists()
    assert all(file.exists() for file in (*kept, torn))
    assert capsys.readouterr().err.count("Cleared the lock of a run on dev that was killed") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_lock_older_than_the_process_of_that_id_is_dead(tmp_path: Path) -> None:
    reused = lock(tmp_path, "reused", pid=os.getpid(), timestamp="2020-01-01T00:00:00+00:00")
    locks.clear_dead(tmp_path)
    assert not reused.exists()


def test_unfinished_operations_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock(tmp_path, "dead", pid=dead_pid())
    state = tmp_path / "state/.pulumi/stacks/tiny/dev.json"
    state.parent.mkdir(parents=True)
    pending = [{"type": "creating", "resource": {"urn": "urn:pulumi:dev::tiny::a:b:C::c"}}]
    state.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": pending}}}))
    locks.clear_dead(tmp_path)
    assert "it was creating urn:pulumi:dev::tiny::a:b:C::c" in capsys.readouterr().err


def test_state_that_was_cut_off_is_told_with_the_newest_copy(
    project: stackfile.Project, tmp_path: Path
) -> None:
    stackfile.check_state(tmp_path, project, "dev")
    state = stackfile.state_file(tmp_path, project, "dev")
    state.parent.mkdir(parents=True)
    state.write_text('{"version": 3}\n')
    stackfile.check_state(tmp_path, project, "dev")
    state.write_text('{"version": 3, "checkp')
    with pytest.raises(SetupError, match=f"remove {state}"):
        stackfile.check_state(tmp_path, project, "dev")
    copies = tmp_path / "state/.pulumi/backups/tiny/dev"
    copies.mkdir(parents=True)
    for name in ("dev.1.json", "dev.2.json", "dev.2.json.attrs"):
        (copies / name).touch()
    with pytest.raises(SetupError, match=f"cp {copies / 'dev.2.json'} {state}`"):
        stackfile.check_state(tmp_path, project, "dev")


def test_end_of_an_interrupted_run_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "dev.json"
    interruption.tell(state, 1)
    assert capsys.readouterr().err.startswith("What was done before that is in the state")
    operations = [{"type": "creating", "resource": {"urn": "urn:a"}}]
    state.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": operations}}}))
    interruption.tell(state, -signal.SIGKILL)
    said = capsys.readouterr().err
    assert "the engine was ended by SIGKILL" in said
    assert "  creating urn:a\n" in said
    assert "serving recover --env dev" in said
    interruption.tell(state, -signal.SIGSEGV)
    assert "sandbox.bootstrap` checks the engine" in capsys.readouterr().err


def test_damaged_environment_is_told(tmp_path: Path) -> None:
    python = ["-I", "-S", str(install.ROOT / "sandbox" / "launch.py")]  # Without site-packages.
    answer = subprocess.run(
        [sys.executable, *python], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "environment is damaged" in answer.stderr
    assert "Traceback" not in answer.stderr


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [launch.environment.ROOT / "sandbox" / "run", *command],
        env=os.environ | {"MODEL_SERVING_SANDBOX_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [(["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -15 $$"], 143), (["/nowhere"], 1), ([], 1)],
)
def test_exit_code_is_the_commands(tmp_path: Path, command: Sequence[str], code: int) -> None:
    if not bootstrap.find():
        pytest.fail("there is no engine; run sandbox/setup")
    answer = run(tmp_path, *command)
    assert answer.returncode == code
    assert "Traceback" not in answer.stderr


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = run(tmp_path / "file" / "home", "true")
    assert answer.returncode == 1
    assert "set MODEL_SERVING_SANDBOX_HOME to another one" in answer.stderr


def test_step_is_done_again_only_when_its_sources_or_result_change(tmp_path: Path) -> None:
    source = install.ROOT / "uv.lock"
    made = [True]
    step = install.Step("x", tmp_path / "x", (source,), lambda: None, made=lambda: made[0])
    assert not step.up_to_date()
    step.seal(step.digest())
    assert step.up_to_date()
    made[0] = False
    assert not step.up_to_date()
    made[0] = True
    assert not install.Step("x", step.stamp, (), lambda: None).up_to_date()


def test_step_is_done_again_when_a_part_of_what_it_made_is_gone(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for name in ("a", "b"):
        (made / name).touch()
    step = install.Step("x", tmp_path / "stamp", (), lambda: None, made.iterdir)
    step.seal(step.digest())
    (made / "more").touch()  # Somebody's own.
    assert step.up_to_date()
    (made / "a").unlink()
    assert not step.up_to_date()
    assert step.lost() == [str(made / "a")]
    step.seal("of other sources")
    (made / "b").unlink()
    assert step.lost() == []


def test_old_python_is_told_what_to_do(tmp_path: Path) -> None:
    for name in ("readlink", "dirname", "cat"):
        (tmp_path / name).symlink_to(
            next(Path(p, name) for p in ("/bin", "/usr/bin") if Path(p, name).exists())
        )
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n')
    old.chmod(0o755)
    (tmp_path / "project" / "sandbox").mkdir(parents=True)
    setup = tmp_path / "project" / "sandbox" / "setup"
    setup.write_bytes((install.ROOT / "sandbox" / "setup").read_bytes())
    answer = subprocess.run(
        ["/bin/sh", setup], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "Python 3.11 or newer is needed; found: Python 3.9.2." in answer.stderr
    assert "uv python install" in answer.stderr
