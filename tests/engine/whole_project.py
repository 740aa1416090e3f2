"""A copy of this project in a folder of a test's own, for tests of what `serving` does to one."""

import shutil
from pathlib import Path

from tests.engine.conftest import ROOT

__all__ = ["copy_of_project"]

_COPIED = (
    "stacks",
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "Pulumi.prod.yaml",
    "pyproject.toml",
    "uv.lock",
)
_LINKED = (".venv", ".cache", "provider", "policies", "components", "facts", "delivery", "runtime")


def copy_of_project(root: Path) -> Path:
    """Copy what a test may change; the rest is ours by a link."""
    root.mkdir()
    for name in _COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (root / name).write_bytes((ROOT / name).read_bytes())
    for name in _LINKED:
        (root / name).symlink_to(ROOT / name)
    return root
