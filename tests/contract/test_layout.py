"""Rules about the shape of the project; each test's docstring is the rule."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FOLDERS = {
    "stacks",
    "components",
    "policies",
    "tests",
    "sandbox",
    "provider",
    "facts",
    "delivery",
    "runtime",
    "docs",
    "benchmarks",
    ".ci",
}
FILES = {
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "Pulumi.prod.yaml",
    "pyproject.toml",
    "README.md",
    "Makefile",
    "LICENSE",
    "uv.lock",
    ".gitignore",
    ".pre-commit-config.yaml",
}
ALLOWED_LATER = {".github", "CHANGELOG.md", "AGENTS.md", "SECURITY.md", "rendered"}


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True)
    return listing.stdout.decode().splitlines()


def test_top_level() -> None:
    """The top level holds the agreed folders and files, and nothing else."""
    top = {path.split("/")[0] for path in tracked()}
    assert top - ALLOWED_LATER == FOLDERS | FILES


def test_make_targets() -> None:
    """`make` has at most ten targets, and `make help` has one line for each."""
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    targets = phony.group(1).split()
    assert len(targets) <= 10
    # The tests may themselves be started by make, which would then talk about folders.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert [line.split()[1] for line in shown.stdout.splitlines()] == targets


def test_engine_version_is_one() -> None:
    """The engine's version stands in facts/versions.toml; the Go module that builds it agrees."""
    versions = tomllib.loads((ROOT / "facts/versions.toml").read_text())
    go_mod = (ROOT / "sandbox/engine/go.mod").read_text()
    pinned = set(re.findall(r"github.com/pulumi/pulumi/(?:pkg|sdk)/v3 v(\S+)", go_mod))
    assert pinned == {versions["engine"]["pulumi"]}


@pytest.mark.parametrize("folder", ["stacks", "components", "policies", "provider", "facts"])
def test_nothing_deployed_knows_of_the_sandbox(folder: str) -> None:
    """The same program runs on real clouds: what is deployed never mentions the sandbox."""
    mentions = [
        path
        for path in tracked()
        if path.startswith(f"{folder}/") and "sandbox" in (ROOT / path).read_text().lower()
    ]
    assert mentions == []


def test_stack_files_do_not_know_of_the_sandbox() -> None:
    """`Pulumi.yaml` and the stack files are what a user runs on real clouds."""
    for path in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        assert "sandbox" not in (ROOT / path).read_text().lower(), path


def test_no_machine_paths() -> None:
    """No file carries a path of somebody's machine."""
    # The home of SageMaker's own user is a default of the service, BentoML's one of its images.
    pattern = re.compile(r"/(?:home/(?!sagemaker-user|bentoml/bento)|Users/|root/|work/)[a-z]")
    offenders = [
        path
        for path in tracked()
        if not path.endswith(".lock")
        and path != Path(__file__).relative_to(ROOT).as_posix()
        and pattern.search((ROOT / path).read_text(errors="ignore"))
    ]
    assert offenders == []


def test_adrs_are_one_page_and_numbered() -> None:
    """Each decision is one page, `NNNN-words.md`, numbers without gaps or doubles."""
    records = sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    for name in records:
        assert len((ROOT / "docs/adr" / name).read_text().split()) < 700, name
