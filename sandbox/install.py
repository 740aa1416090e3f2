"""Install the project: environment, engine, schemas, example artifacts; skip what is up to date.

`sandbox/setup` runs it with any Python from 3.11 on, before there is an environment: standard
library only. Each step has a stamp: the digest of the files it depends on, and what it made; with
all stamps right nothing is started.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sandbox import bootstrap  # noqa: E402 - the path comes first.
from sandbox.progress import SetupError, duration, run, say  # noqa: E402

PYTHON = ROOT / ".venv" / "bin" / "python"
_SYNCED = ROOT / ".venv" / ".setup"


@dataclass(frozen=True)
class Step:
    """One thing to install.

    Attributes:
        name: of its stamp.
        stamp: file that holds the digest of what was installed, and the names of what was made.
        sources: files that it depends on.
        install: does it, or raises SetupError.
        products: finds what was made; each of it must stay.
        made: tells whether the result is there, for what has no products.
    """

    name: str
    stamp: Path
    sources: tuple[Path, ...]
    install: Callable[[], None]
    products: Callable[[], Iterable[Path]] = tuple
    made: Callable[[], bool] = lambda: True

    def digest(self) -> str:
        """Digest of the sources."""
        total = hashlib.sha256()
        for file in self.sources:
            total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
        return total.hexdigest()

    def up_to_date(self) -> bool:
        """Whether there is nothing to do."""
        try:
            digest, *_ = self.stamp.read_text().splitlines()
        except (OSError, ValueError):
            return False
        return digest == self.digest() and not self.lost() and self.made()

    def lost(self) -> list[str]:
        """What was made of the present sources and is not there any more."""
        try:
            digest, *made = self.stamp.read_text().splitlines()
        except (OSError, ValueError):
            return []
        if digest != self.digest():
            return []
        there = {str(product) for product in self.products()}
        return [product for product in made if product not in there]

    def seal(self, digest: str) -> None:
        """Note that it is done."""
        made = sorted(str(product) for product in self.products())
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text("\n".join([digest, *made]) + "\n")


def steps() -> list[Step]:
    """What is to be installed, in order."""
    cache = bootstrap.cache()
    lock = (ROOT / "uv.lock", ROOT / "pyproject.toml")
    stamps = cache / "setup"
    all_steps = [
        Step("environment", _SYNCED, lock, _sync, _packages, PYTHON.exists),
        Step("engine", stamps / "engine", (), _engine, made=lambda: bootstrap.find() is not None),
    ]
    schemas, example = "sandbox/schema/*/declarations.sqlite", "artifacts/iris-classifier/*"
    limits = "sandbox/schema/*/limits.sqlite"
    for name, title, module, made in (
        ("schemas", "Reading the SDKs' schemas", "sandbox.schema.build", schemas),
        ("limits", "Reading the limits of vendors and providers", "sandbox.limits.build", limits),
        (
            "kinds",
            "Reading the kinds of a cluster",
            "sandbox.kinds.build",
            "sandbox/kinds/*.sqlite",
        ),
        ("model", "Training the example model", "runtime.train_example", f"{example}/*.onnx"),
        ("lambda", "Packaging the example function", "runtime.package", f"{example}/*.zip"),
    ):
        file = ROOT / (module.replace(".", "/") + ".py")
        if not file.exists():
            continue
        modules = sorted(file.parent.glob("go.*"))  # Go modules, where it reads those.
        facts = [ROOT / "facts" / "versions.toml"] if modules else []
        # Committed ones, which it reads too.
        tables = [
            *sorted(file.parent.rglob("*.json")),
            *sorted(file.parent.glob("requirements-*.txt")),
        ]
        sources = (*lock, *sorted(_python_files(file.parent)), *tables, *modules, *facts)
        products = partial(cache.glob, made)
        all_steps.append(Step(name, stamps / name, sources, _module(title, module), products))
    return all_steps


def _packages() -> list[Path]:
    """What is installed in the environment, without looking into packages."""
    patterns = (".venv/lib/python3*/site-packages/*", ".venv/bin/*")
    found = (path for pattern in patterns for path in ROOT.glob(pattern))
    return [path for path in found if path.name != "__pycache__"]


def _python_files(folder: Path) -> Iterable[Path]:
    return (file for file in folder.rglob("*.py") if "__pycache__" not in file.parts)


def _module(title: str, module: str) -> Callable[[], None]:
    def install() -> None:
        run(title, [PYTHON, "-m", module], folder=ROOT, environment=os.environ)

    return install


def _engine() -> None:
    process = subprocess.Popen([PYTHON, "-m", "sandbox.bootstrap"], cwd=ROOT)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.wait()  # It was interrupted too and is cleaning up.
        raise
    if code:
        # It has said why.
        raise SetupError("" if code == 1 else f"the engine's set-up ended with {code}.")


def _sync() -> None:
    uv = _uv()
    command = [uv, "sync", "--locked", "--all-groups", "--no-progress"]
    if not PYTHON.exists():
        command += ["--python", sys.executable]  # Rather than one that uv would download.
    if lost := steps()[0].lost():
        say(f"Parts of .venv are gone ({Path(lost[0]).name}, …); installing all of it again.")
        command.append("--reinstall")  # Else uv believes its own notes about a package.
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(ROOT / ".venv")}
    environment.pop("VIRTUAL_ENV", None)
    try:
        run(
            "Installing the locked environment (uv sync)",
            command,
            folder=ROOT,
            environment=environment,
        )
    except SetupError as error:
        raise SetupError(
            f"{error}\nWhen packages cannot be fetched: HTTPS_PROXY, SSL_CERT_FILE and "
            "UV_DEFAULT_INDEX (your registry) are honoured. When the disk is full: the environment "
            "needs 3 GiB; `uv cache clean` frees some."
        ) from None


def _uv() -> str:
    """Path of uv: on PATH, else installed into the cache."""
    if found := shutil.which("uv"):
        return found
    folder = bootstrap.cache() / "uv"
    program = folder / "bin" / "uv"
    if not program.exists():
        run(
            "Creating an environment for uv",
            [sys.executable, "-m", "venv", "--clear", folder],
            folder=ROOT,
            environment=os.environ,
        )
        pins = folder / "requirements.txt"
        pins.write_text(_pinned_uv())
        run(
            "Installing uv",
            [
                *(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"),
                # Of source there would be no digest of what building it fetches.
                *("--require-hashes", "--only-binary", ":all:", "--requirement", pins),
            ],
            folder=ROOT,
            environment=os.environ,
        )
    return str(program)


def _pinned_uv() -> str:
    """What pip is asked for: the version that the lock has, by the digests of its wheels."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    (found,) = (one for one in locked if one["name"] == "uv")
    digests = "".join(f" --hash={wheel['hash']}" for wheel in found["wheels"])
    return f"uv=={found['version']}{digests}\n"


def install() -> None:
    """Do what is not up to date; two at once do it once."""
    start = time.monotonic()
    todo = [step for step in steps() if not step.up_to_date()]
    if not todo:
        return
    cache = bootstrap.cache()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / ".setup.lock").open("w")
    except OSError as error:
        raise SetupError(
            f"The cache folder {cache} cannot be written ({error.strerror}); make it writable, or "
            "set MODEL_SERVING_CACHE to one that is."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for step in steps():
            if step.up_to_date():
                continue
            # Before the work: a change of the sources during it must not be missed.
            digest = step.digest()
            step.install()
            step.seal(digest)
    say(f"Set up in {duration(time.monotonic() - start)}.")


def main() -> int:
    """Install; exit code 0, 1 with a message, 130 when interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        install()
    except SetupError as error:
        if str(error):
            say(f"error: {error}")
        return 1
    except OSError as error:
        say(f"error: {error}; free space or make the folder writable, then run again.")
        return 1
    except KeyboardInterrupt:
        say("Interrupted. Run again to go on from here.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
