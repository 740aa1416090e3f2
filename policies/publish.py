"""Writes the pack as a folder that stands alone: `python -m policies.publish <folder>`.

What is there runs anywhere with the package `pulumi`: in `--policy-pack <folder>`, after
`pulumi install` in it, and in `pulumi policy publish`, which takes one folder and nothing above it.
"""

import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from policies.identity import NAME, VERSION

__all__ = ["PublishError", "publish"]

_ROOT: Final = Path(__file__).resolve().parent.parent
_PACKAGES: Final = ("policies", "facts")
_FILES: Final = ("LICENSE", "docs/guardrails.md")
# Of a checkout: what makes the documentation, and how the engine finds the pack there.
_LEFT_OUT: Final = shutil.ignore_patterns(
    "__pycache__",
    "PulumiPolicy.yaml",
    "__main__.py",
    "publish.py",
    "docs.py",
    "dev.json",
    "prod.json",
)
_PACK: Final = f"""\
name: {NAME}
version: {VERSION}
description: Guardrails for machine-learning models in production.
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: venv
"""
_MAIN: Final = '''\
"""Serves the guardrails to the engine."""

from policies.pack import RULES
from policies.server import serve

serve(RULES)
'''


class PublishError(Exception):
    """The folder is somebody else's."""


def publish(folder: Path) -> None:
    """Write the pack; what an earlier run wrote is replaced, an environment in it is kept.

    Raises:
        PublishError: there is something in the folder that this did not write.
    """
    project = folder / "PulumiPolicy.yaml"
    ours = project.is_file() and project.read_text(encoding="utf-8") == _PACK
    if folder.exists() and any(folder.iterdir()) and not ours:
        raise PublishError(f"{folder} is not empty, and holds no pack of this version")
    folder.mkdir(parents=True, exist_ok=True)
    project.write_text(_PACK, encoding="utf-8")
    for name in _PACKAGES:
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(_ROOT / name, folder / name, ignore=_LEFT_OUT)
    for name in _FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(_ROOT / name, folder / name)
    (folder / "__main__.py").write_text(_MAIN, encoding="utf-8")
    (folder / "requirements.txt").write_text(f"pulumi=={version('pulumi')}\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write it to the folder that is named, dist/guardrails without a name."""
    folder = Path(arguments[0]) if arguments else _ROOT / "dist" / "guardrails"
    try:
        publish(folder)
    except PublishError as error:
        print(f"error: {error}\n  fix: name a new folder", file=sys.stderr)
        return 1
    print(f"wrote {folder}\n  try it: cd {folder} && pulumi install")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
