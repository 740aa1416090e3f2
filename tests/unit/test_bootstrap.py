"""Finding, downloading and building the engine, without a network: the release is served here."""

import hashlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import Mock

import pytest

from sandbox import bootstrap, build, progress, wordlists
from sandbox.progress import NotAvailableError, SetupError

VERSION = bootstrap.pinned_version()
ARCHIVE = f"pulumi-v{VERSION}-{bootstrap.platform_name()}.tar.gz"


def script(version: str) -> str:
    return f"#!/bin/sh\necho v{version}\n"


@dataclass
class Release:
    """A release of scripts that answer like the engine, on loopback."""

    folder: Path
    requests: list[str] = field(default_factory=list[str])

    @property
    def archive(self) -> Path:
        return self.folder / ARCHIVE

    def publish(self, *, digest: str = "", names: tuple[str, ...] = bootstrap.PROGRAMS) -> None:
        with tarfile.open(self.archive, "w:gz") as archive:
            for name in names:
                content = script(VERSION).encode()
                # One that would land outside if paths were followed.
                member = tarfile.TarInfo(f"../../pulumi/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        digest = digest or hashlib.sha256(self.archive.read_bytes()).hexdigest()
        sums = self.folder / f"pulumi-{VERSION}-checksums.txt"
        sums.write_text(f"{'0' * 64}  other.tar.gz\n{digest}  {ARCHIVE}\n")


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Release]:
    folder = tmp_path / "releases" / f"v{VERSION}"
    folder.mkdir(parents=True)
    served = Release(folder)

    class Handler(SimpleHTTPRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            del code, size
            served.requests.append(self.path)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name.
            del format, args

    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "releases"))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("MODEL_SERVING_PULUMI_RELEASES", url)
    monkeypatch.setenv("MODEL_SERVING_ENGINE", "release")
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    for proxy in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def leftovers(tmp_path: Path) -> list[str]:
    return sorted(file.name for file in (tmp_path / "cache" / "engine").iterdir())


def test_release_is_downloaded_once_and_found_without_starting_it(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    release.publish()
    assert bootstrap.find() is None
    engine = bootstrap.ensure()
    assert (engine.version, engine.way) == (VERSION, "release")
    assert sorted(file.name for file in engine.pulumi.parent.iterdir()) == sorted(
        (*bootstrap.PROGRAMS, "sizes.json")
    )
    assert f"Downloading Pulumi {VERSION}: done in " in capsys.readouterr().err
    asked = len(release.requests)
    assert bootstrap.find() == engine == bootstrap.ensure()
    assert len(release.requests) == asked


def test_two_at_once_fetch_once(release: Release) -> None:
    release.publish()
    engines: list[bootstrap.Engine] = []
    threads = [
        threading.Thread(target=lambda: engines.append(bootstrap.ensure())) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(engines) == 2
    assert engines[0] == engines[1]
    assert sum(ARCHIVE in path for path in release.requests) == 1


def test_wrong_checksum_is_refused_and_nothing_is_kept(release: Release, tmp_path: Path) -> None:
    release.publish(digest="a" * 64)
    with pytest.raises(SetupError, match="refused and deleted"):
        bootstrap.ensure()
    assert leftovers(tmp_path) == [".lock"]


def test_one_byte_that_is_another_is_refused(release: Release, tmp_path: Path) -> None:
    release.publish()
    content = bytearray(release.archive.read_bytes())
    content[4] ^= 1  # A time, which nothing but the digest tells.
    release.archive.write_bytes(content)
    with pytest.raises(SetupError, match="refused and deleted"):
        bootstrap.ensure()
    assert leftovers(tmp_path) == [".lock"]


@pytest.mark.parametrize("damage", ["missing", "short", "not executable", "does not answer"])
def test_broken_engine_is_replaced_and_that_is_said(
    release: Release, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    release.publish()
    pulumi = bootstrap.ensure().pulumi
    if damage == "missing":
        pulumi.unlink()
    elif damage == "short":
        pulumi.write_text("#")
    elif damage == "not executable":
        pulumi.chmod(0o644)
    else:
        pulumi.write_text("#" * pulumi.stat().st_size)
    assert bootstrap.ensure().pulumi == pulumi
    assert pulumi.read_text() == script(VERSION)
    assert f"The engine in {pulumi.parent} is broken: " in capsys.readouterr().err


def test_incomplete_release_is_refused(release: Release, tmp_path: Path) -> None:
    release.publish(names=("pulumi",))
    with pytest.raises(SetupError, match="pulumi-language-python does not answer"):
        bootstrap.ensure()
    assert leftovers(tmp_path) == [".lock"]


def test_leftovers_of_a_killed_run_are_removed(release: Release, tmp_path: Path) -> None:
    release.publish()
    (tmp_path / "cache/engine/.partial-build-1").mkdir(parents=True)
    engine = bootstrap.ensure()
    assert leftovers(tmp_path) == [".lock", engine.pulumi.parent.name]


def test_no_way_is_one_message_with_each_reason(release: Release) -> None:
    del release  # Published nothing: 404.
    with pytest.raises(SetupError) as refused:
        bootstrap.ensure()
    message = str(refused.value)
    assert "  - release: " in message
    assert "HTTP 404" in message
    assert "  - build: excluded by MODEL_SERVING_ENGINE" in message
    assert "Install Pulumi (https://www.pulumi.com/docs/install/)" in message


def test_closed_network_falls_through(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    del release
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # A host that never answers, and a port where nobody listens.
        for port in (silent.getsockname()[1], 9):
            url = f"http://127.0.0.1:{port}"
            monkeypatch.setenv("MODEL_SERVING_PULUMI_RELEASES", url)
            with pytest.raises(SetupError, match="cannot be read"):
                bootstrap.ensure()


def test_main_prints_one_message_and_no_traceback(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main() == 1
    assert "error: There is no Pulumi engine" in capsys.readouterr().err
    release.publish()
    assert bootstrap.main() == 0
    assert f"Engine: Pulumi {VERSION} (release)" in capsys.readouterr().err


def test_little_space_is_told_before_anything_is_fetched(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(release.folder)
    monkeypatch.setattr(shutil, "disk_usage", Mock(return_value=usage._replace(free=1024**3 // 2)))
    with pytest.raises(SetupError, match=r"0\.5 GiB are free"):
        bootstrap.ensure()
    assert release.requests == []


def test_cache_that_cannot_be_written_is_told(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.publish()
    (tmp_path / "file").touch()  # A folder below a file cannot be made, not even by root.
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(SetupError, match="set MODEL_SERVING_CACHE to another"):
        bootstrap.ensure()


def test_unknown_way_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_SERVING_ENGINE", "brew")
    with pytest.raises(SetupError, match="got brew; allowed: path, release, build"):
        bootstrap.find()


def _pulumi(folder: Path, says: str, *, host: bool = True) -> None:
    """A program in the place of Pulumi and its host."""
    folder.mkdir()
    for name in ("pulumi", bootstrap.HOST) if host else ("pulumi",):
        (folder / name).write_text(f"#!/bin/sh\n{says}\n")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("version", "host", "used"),
    [
        (VERSION, True, True),
        ("3.999.0", True, True),
        ("3.1.0", True, False),
        ("4.0.0", True, False),
        (VERSION, False, False),
    ],
)
def test_pulumi_on_path_is_used_when_new_enough_and_complete(
    release: Release,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    version: str,
    host: bool,
    used: bool,
) -> None:
    release.publish()
    count = tmp_path / "count"
    _pulumi(folder := tmp_path / "bin", f"echo x >> {count}\necho v{version}", host=host)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    monkeypatch.setenv("MODEL_SERVING_ENGINE", "path,release")
    engine = bootstrap.ensure()
    assert engine.way == ("path" if used else "release")
    assert (f"{folder / 'pulumi'} is skipped" in capsys.readouterr().err) == (not used)
    asked = count.read_text() if count.exists() else ""
    assert bootstrap.find() == engine  # Without starting it again.
    assert (count.read_text() if count.exists() else "") == asked


def _loop(folder: Path) -> None:
    folder.mkdir()
    (folder / "pulumi").symlink_to(folder / "pulumi")


def _linked(folder: Path) -> None:
    folder.mkdir()
    (folder / "pulumi").symlink_to(bootstrap.ROOT / "sandbox" / "pulumi")


@pytest.mark.parametrize("first", [None, _loop, _linked])
def test_pulumi_on_path_is_what_commands_on_the_sandbox_start(
    tmp_path: Path, first: Callable[[Path], None] | None
) -> None:
    """Under `sandbox/run` our own `pulumi` comes first, and asks which engine there is."""
    _pulumi(folder := tmp_path / "bin", f"echo v{VERSION} of the user")
    # What has nothing to do with us.
    (folder / "launch.py").touch()
    before = ""
    if first is not None:
        first(tmp_path / "first")
        before = f"{tmp_path / 'first'}:"
    variables = {
        "PATH": f"{before}bin:/bin:/usr/bin",
        "MODEL_SERVING_CACHE": str(tmp_path / "cache"),
        "MODEL_SERVING_ENGINE": "path",
        "MODEL_SERVING_SANDBOX_HOME": str(tmp_path / "home"),
        "MODEL_SERVING_PYTHON": sys.executable,
    }
    done = subprocess.run(
        [bootstrap.ROOT / "sandbox" / "run", "pulumi", "version"],
        env=variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"v{VERSION} of the user\n"), done.stderr


def test_a_script_that_asks_us_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _pulumi(folder := tmp_path / "bin", f'exec {bootstrap.ROOT / "sandbox" / "pulumi"} "$@"')
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    monkeypatch.setenv("MODEL_SERVING_ENGINE", "path")
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MODEL_SERVING_PYTHON", sys.executable)
    with pytest.raises(SetupError, match="There is no Pulumi engine"):
        bootstrap.ensure()
    assert "is skipped: version unknown" in capsys.readouterr().err


def test_go_that_is_too_old_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho go1.21.3\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(NotAvailableError, match="is not installed"):
        build.build(VERSION, tmp_path / "out", tools=tmp_path / "tools", uv=None)
    assert f"go on PATH ({go}) is 1.21" in capsys.readouterr().err


def test_sources_pin_the_version_of_the_facts(tmp_path: Path) -> None:
    module = (build.SOURCES / "go.mod").read_text()
    for package in ("pkg", "sdk"):
        assert f"github.com/pulumi/pulumi/{package}/v3 v{VERSION}\n" in module
    with pytest.raises(SetupError, match=r"does not pin Pulumi 3\.0\.1"):
        build.build("3.0.1", tmp_path, tools=tmp_path, uv=None)


@pytest.mark.parametrize("text", ["func start() {\n", "func init() {\n}\nfunc init() {\n}\n"])
def test_a_library_that_is_another_is_not_guessed_at(tmp_path: Path, text: str) -> None:
    file = tmp_path / "frequency.go"
    file.write_text(text)
    with pytest.raises(SetupError, match=r'frequency\.go has not once "func init\(\) \{"'):
        wordlists.edit(file, "func init() {", "func Load() {")
    assert file.read_text() == text


def test_long_phase_gives_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 0.02)
    with progress.phase("Work", lambda: "half"):
        time.sleep(0.2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Work …"
    assert lines[1].startswith("  … Work, half (")
    assert lines[-1].startswith("Work: done in ")


def test_failed_command_shows_the_end_of_its_output(tmp_path: Path) -> None:
    command = ["sh", "-c", "seq 1 50; echo the cause >&2; exit 3"]
    with pytest.raises(SetupError) as failed:
        progress.run("Work", command, folder=tmp_path, environment=os.environ)
    assert str(failed.value).splitlines()[-1] == "    the cause"
    assert "ended with 3" in str(failed.value)
    assert len(str(failed.value).splitlines()) < 12


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.96, "10.0 s"), (12.4, "12 s"), (185, "3 min 5 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert progress.duration(seconds) == text
