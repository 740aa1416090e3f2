"""Find, download or build the Pulumi engine.

`python -m sandbox.bootstrap` prints one line per phase and ends with exit code 0 when an engine
answers. Sources, in order: Pulumi on PATH, the official release of the version that
facts/versions.toml pins, a build from Go modules of that version. MODEL_SERVING_ENGINE (such as
`build`, or `path,release`) restricts them.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.progress import NotAvailableError, SetupError, duration, say

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "sandbox" / "engine"
HOST = "pulumi-language-python"
# Set for a program that is asked for its version: one that comes back to us is no engine.
ASKED = "MODEL_SERVING_ENGINE_ASKED"
PROGRAMS = ("pulumi", HOST, f"{HOST}-exec", "pulumi-resource-pulumi-python")
WAYS = ("path", "release", "build")
# A cold build leaves 2.6 GiB in Go's caches and in ours, a release 0.4 GiB.
NEEDED_GIB = {"release": 1, "build": 3}


@dataclass(frozen=True)
class Engine:
    """Where the engine is: its program, version, way (path, release, build), folders for PATH."""

    pulumi: Path
    version: str
    way: str
    folders: tuple[Path, ...]


def cache() -> Path:
    """The project's cache folder: `.cache`, or where MODEL_SERVING_CACHE points."""
    chosen = os.environ.get("MODEL_SERVING_CACHE")
    return Path(chosen).absolute() if chosen else ROOT / ".cache"


def uv() -> str | None:
    """Path of uv: on PATH, else in the project's environment."""
    return shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".venv" / "bin"))


def pinned_version() -> str:
    """The engine's version from facts/versions.toml."""
    # By regular expression: every `sandbox/pulumi` comes through here and tomllib costs 10 ms.
    text = (ROOT / "facts" / "versions.toml").read_text()
    found = re.search(r'^\[engine\][^\[]*?^pulumi = "([^"]+)"', text, re.MULTILINE)
    if not found:
        raise SetupError('facts/versions.toml names no engine; add pulumi = "…" under [engine].')
    return found[1]


def platform_name() -> str:
    """This platform in the names of Pulumi's releases, such as linux-x64."""
    machines = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    machine = machines.get(platform.machine().lower())
    system = platform.system().lower()
    if system not in ("linux", "darwin") or not machine:
        raise SetupError(
            f"The sandbox runs on Linux and macOS on x64 or arm64, not on {platform.system()} "
            f"{platform.machine()}; on Windows use WSL (https://learn.microsoft.com/windows/wsl)."
        )
    return f"{system}-{machine}"


def find() -> Engine | None:
    """The engine that is there, looked for without starting it: a few milliseconds."""
    ways = _allowed()
    if "path" in ways and (found := _on_path(probe=False)):
        return found
    for way in ("release", "build"):
        if way in ways and not _damage(folder := folder_of(way)):
            return _engine(folder, way)
    return None


def ensure() -> Engine:
    """The engine: found, else downloaded or built. Two at once fetch it once.

    Raises:
        SetupError: there is none and no way to get one.
    """
    ways = _allowed()
    if "path" in ways and (found := _on_path(probe=True)):
        return found
    from filelock import FileLock, Timeout  # noqa: PLC0415 - most runs have the engine.

    engines = cache() / "engine"
    lock = FileLock(engines / ".lock")
    try:
        engines.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say("Another run is fetching the engine; waiting for it …")
            lock.acquire()
    except OSError as error:
        raise _unwritable(engines, error) from None
    with lock:
        for way in ("release", "build"):
            folder = folder_of(way)
            if way not in ways or not folder.exists():
                continue
            problem = _damage(folder) or _silence(folder)
            if not problem:
                return _engine(folder, way)
            say(f"The engine in {folder} is broken: {problem}. Fetching it again.")
        try:
            return _fetch_any(engines, ways)
        except OSError as error:
            raise _unwritable(engines, error) from None


def _fetch_any(engines: Path, ways: tuple[str, ...]) -> Engine:
    for leftover in engines.glob(".partial-*"):  # The lock is ours: nobody is at work on it.
        shutil.rmtree(leftover)
    reasons: list[str] = []
    for way in WAYS[1:]:
        if way not in ways:
            reasons.append(f"{way}: excluded by MODEL_SERVING_ENGINE")
            continue
        partial = engines / f".partial-{way}-{os.getpid()}"
        partial.mkdir()
        try:
            _fetch(way, partial)
            _seal(partial)
            if problem := _silence(partial):
                raise SetupError(f"The engine that was fetched does not run: {problem}.")
            folder = folder_of(way)
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
            _prune(engines, folder)
            return _engine(folder, way)
        except NotAvailableError as reason:
            say(f"{way.capitalize()}: {reason}")
            reasons.append(f"{way}: {reason}")
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    raise SetupError(
        "There is no Pulumi engine and none can be had:\n"
        + "".join(f"  - {reason}\n" for reason in reasons)
        + "Install Pulumi (https://www.pulumi.com/docs/install/), or let this machine reach "
        "github.com, or a Go module proxy and PyPI (HTTPS_PROXY, SSL_CERT_FILE, GOPROXY and "
        "uv's settings are honoured); then run again."
    )


def _prune(engines: Path, keep: Path) -> None:
    """Remove engines of other versions; those of today may be in use."""
    for folder in engines.glob("*-*-*"):
        if folder != keep and folder.stat().st_mtime < time.time() - 24 * 3600:
            shutil.rmtree(folder, ignore_errors=True)


def _fetch(way: str, folder: Path) -> None:
    free = shutil.disk_usage(folder).free / 1024**3
    if free < NEEDED_GIB[way]:
        raise SetupError(
            f"{free:.1f} GiB are free where {folder.parent} is; a {way} of the engine needs "
            f"{NEEDED_GIB[way]} GiB. Free some space, or set MODEL_SERVING_CACHE to a folder with "
            "more (and GOCACHE and GOMODCACHE, for a build)."
        )
    # Imported here because only a first run fetches.
    if way == "release":
        from sandbox.download import download  # noqa: PLC0415

        download(pinned_version(), platform_name(), folder)
    else:
        from sandbox.build import build  # noqa: PLC0415

        build(pinned_version(), folder, tools=cache() / "tools", uv=uv())


def _allowed() -> tuple[str, ...]:
    text = os.environ.get("MODEL_SERVING_ENGINE", "")
    ways = tuple(way.strip() for way in text.split(",") if way.strip()) or WAYS
    if unknown := set(ways) - set(WAYS):
        raise SetupError(
            f"MODEL_SERVING_ENGINE: got {', '.join(sorted(unknown))}; allowed: {', '.join(WAYS)}."
        )
    return ways


def folder_of(way: str) -> Path:
    """Where the engine is cached. A build is another one when a source that matters changes."""
    suffix = way
    if way == "build":
        digest = hashlib.sha256()
        sources = [SOURCES / "go.mod", SOURCES / "go.sum"]
        sources += [ROOT / "sandbox" / name for name in ("build.py", "wordlists.py")]
        sources += [f for f in (SOURCES / "language_host").glob("*.go") if "_test" not in f.name]
        for file in sorted(sources):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
        suffix = digest.hexdigest()[:12]
    return cache() / "engine" / f"{pinned_version()}-{platform_name()}-{suffix}"


def _engine(folder: Path, way: str) -> Engine:
    return Engine(folder / "pulumi", pinned_version(), way, (folder,))


def _seal(folder: Path) -> None:
    """Note the sizes, by which a damaged copy is told without starting anything."""
    sizes = {name: (folder / name).stat().st_size for name in PROGRAMS if (folder / name).exists()}
    (folder / "sizes.json").write_text(json.dumps(sizes))


def _damage(folder: Path) -> str:
    """What is wrong with the files of a cached engine; empty when nothing is."""
    try:
        sizes = json.loads((folder / "sizes.json").read_text())
    except (OSError, ValueError):
        return "it is incomplete"
    for name in PROGRAMS:
        try:
            stat = (folder / name).stat()
        except OSError:
            return f"{name} is missing"
        if stat.st_size != sizes.get(name):
            return f"{name} has {stat.st_size} bytes, {sizes.get(name)} were stored"
        if not stat.st_mode & 0o100:
            return f"{name} is not executable"
    return ""


def _silence(folder: Path) -> str:
    """Why the programs do not answer `version`; empty when they do."""
    for name, argument in (("pulumi", "version"), (HOST, "-version")):
        if not _version(folder / name, argument):
            return f"{name} does not answer `{argument}`"
    return ""


def _version(program: Path, argument: str = "version") -> str:
    """Version that the program tells, without the v; empty when it does not."""
    try:
        answer = subprocess.run(
            [program, argument],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true", ASKED: "true"},
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    found = re.search(r"v?(\d+\.\d+\.\d+\S*)", answer.stdout)
    return found[1] if found and answer.returncode == 0 else ""


def _on_path(*, probe: bool) -> Engine | None:
    """Pulumi on PATH with its Python host, at least as new as the pinned minor version.

    Older ones are skipped: they lack parts of the protocol that policy packs and hooks use. Newer
    ones of the same major version read the same programs and state, by Pulumi's own promise.

    Args:
        probe: ask the program for its version when it is not known yet, and say what is skipped.
    """
    folders = [
        os.path.abspath(folder)  # noqa: PTH100 - commands are started in other folders, too
        for folder in os.environ.get("PATH", "").split(os.pathsep)
        # Not what we put there ourselves: commands under `sandbox/run` come through here again.
        if folder and not folder.startswith(str(cache())) and not _is_ours(Path(folder) / "pulumi")
    ]
    program = shutil.which("pulumi", path=os.pathsep.join(folders))
    if not program:
        return None
    beside = Path(program).resolve().parent
    host = shutil.which(HOST, path=os.pathsep.join([*folders, str(beside)]))
    if not host:
        if probe:
            say(f"{program} is skipped: there is no {HOST} beside it or on PATH.")
        return None
    known = cache() / "engine" / "on-path.json"
    stat = Path(program).stat()
    key = f"{Path(program).resolve()} {stat.st_size} {stat.st_mtime_ns}"
    version = _known_version(known, key)
    if not version:
        if not probe:
            return None
        version = _version(Path(program))
        known.parent.mkdir(parents=True, exist_ok=True)
        known.write_text(json.dumps({"key": key, "version": version}))
    if not version or not _new_enough(version):
        if probe:
            say(f"{program} is skipped: version {version or 'unknown'}, needed {pinned_version()}.")
        return None
    here = (Path(program).parent, Path(host).parent)
    return Engine(Path(program), version, "path", tuple(dict.fromkeys(here)))


def _is_ours(program: Path) -> bool:
    """Whether it is `sandbox/pulumi`, of this or another copy of the project, which asks here."""
    try:
        folder = program.resolve().parent
        return folder.name == "sandbox" and (folder / "bootstrap.py").exists()
    except (OSError, RuntimeError):  # Nobody may look there, or a link leads to itself.
        return False


def _known_version(file: Path, key: str) -> str:
    try:
        known = json.loads(file.read_text())
        return known["version"] if known["key"] == key else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _new_enough(version: str) -> bool:
    have, want = (
        [int(part) for part in each.split(".")[:2]] for each in (version, pinned_version())
    )
    return have[0] == want[0] and have[1] >= want[1]


def _unwritable(folder: Path, error: OSError) -> SetupError:
    return SetupError(
        f"The engine cannot be stored in {folder} ({error.strerror or error}); make it writable, "
        "free some space, or set MODEL_SERVING_CACHE to another folder."
    )


def main() -> int:
    """Make sure that the engine is there; exit code 0, 1 with a message, 130 when interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    start = time.monotonic()
    try:
        engine = ensure()
    except SetupError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted; nothing half-made is left. Run again to go on.")
        return 130
    took = duration(time.monotonic() - start)
    say(f"Engine: Pulumi {engine.version} ({engine.way}) at {engine.pulumi}, {took}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
