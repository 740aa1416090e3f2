"""The language host's own tests, in Go, run with the rest where a Go toolchain is."""

import shutil
import subprocess
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[2] / "sandbox/engine"


@pytest.mark.skipif(shutil.which("go") is None, reason="no Go: the engine was found, not built")
def test_language_host() -> None:
    done = subprocess.run(
        ["go", "test", "./language_host"], cwd=ENGINE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
