"""Each version of facts/versions.toml is the one that is built, read and written against."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.kinds.modules import MODULES, Module, versions
from stacks.settings.environment import KubernetesTarget

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = ("components", "facts", "stacks", "sandbox/clouds")
# How texts tell a version, and whose it is; releases in a table of several do not count.
TOLD = {
    "gateway_api": r"Gateway API (\d+\.\d+(?:\.\d+)?)\b",
    "keda": r"\bKEDA (\d+\.\d+(?:\.\d+)?)\b",
    "seldon_core": r"Seldon Core\b[^.]*?release (\d+\.\d+(?:\.\d+)?)\b",
}


def pinned(file: str, module: str) -> set[str]:
    """The versions of a Go module that a go.mod or go.sum names."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return set(re.findall(rf"^\s*{re.escape(module)} v(\S+)", text, re.MULTILINE))


def test_the_engine_is_built_from_it() -> None:
    facts = tomllib.loads((ROOT / "facts" / "versions.toml").read_text(encoding="utf-8"))
    for module in ("pulumi/pkg", "pulumi/sdk"):
        found = pinned("sandbox/engine/go.mod", f"github.com/pulumi/{module}/v3")
        assert found == {facts["engine"]["pulumi"]}


@pytest.mark.parametrize("module", [m for m in MODULES if not m.version], ids=lambda m: m.fact)
def test_definitions_are_read_from_it(module: Module) -> None:
    version = versions()[module.fact]
    assert pinned("sandbox/kinds/go.sum", module.path) == {version, f"{version}/go.mod"}


def test_it_is_what_a_cluster_has_where_nothing_is_said() -> None:
    assert KubernetesTarget(context="x").kserve_version == versions()["kserve"]


def told(fact: str) -> Iterator[tuple[str, str]]:
    for folder in WRITTEN:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for version in re.findall(TOLD[fact], path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT).as_posix(), version


@pytest.mark.parametrize("fact", TOLD)
def test_texts_name_it(fact: str) -> None:
    """A page or source that was read for another release has to be read anew."""
    found = list(told(fact))
    assert found
    version = versions()[fact]
    assert [(p, v) for p, v in found if v != version and not version.startswith(f"{v}.")] == []
