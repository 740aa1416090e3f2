"""The engine's word lists, read when they are asked for instead of at each start.

Two commands of the engine, `config set` and `env set`, tell by the words of languages whether a
value looks like a secret. The library and its successor read the lists (2 MB of JSON each) as a
program starts: half of what any command takes until it begins. They can read them when first
asked as well, with the same answers; here that is the only way.
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sandbox.progress import SetupError

_LIBRARIES = ("github.com/nbutton23/zxcvbn-go", "github.com/ccojocar/zxcvbn-go")
# File, what stands there once, and what instead.
_EDITS = (
    ("frequency/frequency.go", "func init() {", "// Load reads the lists.\nfunc Load() {"),
    ("matching/matching.go", "func init() {\n\tloadFrequencyList()\n}\n", ""),
    (
        "matching/matching.go",
        "func loadFrequencyList() {",
        "func loadFrequencyList() {\n\tfrequency.Load()",
    ),
)


def read_late(sources: Path, folder: Path, *, go: str, environment: Mapping[str, str]) -> Path:
    """Write a go.mod by which the libraries read their lists late.

    Args:
        sources: folder of the engine's go.mod and go.sum.
        folder: for the new ones and copies of the libraries; needed as long as the build takes.
        go: Go's path.
        environment: of Go.

    Returns:
        The new go.mod.

    Raises:
        SetupError: go.mod pins versions of the libraries which this does not fit.
    """
    module = folder / "go.mod"
    shutil.copyfile(sources / "go.sum", folder / "go.sum")
    replaced = ""
    for library in _LIBRARIES:
        listed = subprocess.run(
            [go, "list", "-m", "-f", "{{.Dir}}", library],
            cwd=sources,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        copy = folder / library
        # Go's module cache is read-only; the copy must not be.
        shutil.copytree(listed.stdout.strip(), copy, copy_function=shutil.copyfile)
        for each in (copy, *copy.rglob("*")):
            each.chmod(0o755 if each.is_dir() else 0o644)
        if not (copy / "go.mod").exists():
            (copy / "go.mod").write_text(f"module {library}\n")
        for name, there, instead in _EDITS:
            edit(copy / name, there, instead)
        replaced += f"replace {library} => {copy}\n"
    text = (sources / "go.mod").read_text()
    module.write_text(f"{text}\n{replaced}")
    return module


def edit(file: Path, there: str, instead: str) -> None:
    """Change what stands in a file once.

    Raises:
        SetupError: it does not.
    """
    text = file.read_text()
    if text.count(there) != 1:
        raise SetupError(
            f"sandbox/wordlists.py does not fit the library that sandbox/engine/go.mod pins: "
            f'{file.name} has not once "{there.splitlines()[0]}"; write it for that version.'
        )
    file.write_text(text.replace(there, instead))
