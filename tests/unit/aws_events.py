"""AWS's published sample events, read from Go's module cache: nothing of them is kept here."""

import functools
import json
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["sample", "samples"]

# Its licence is Apache 2.0; see LICENSE-SUMMARY in the module.
_MODULE = "github.com/aws/aws-lambda-go@v1.55.1"


@functools.cache
def _folder() -> Path:
    """The samples; the first run takes the module from the proxy of Go modules."""
    done = subprocess.run(
        ["go", "mod", "download", "-json", _MODULE], capture_output=True, text=True, check=True
    )
    return Path(json.loads(done.stdout)["Dir"]) / "events" / "testdata"


def samples() -> dict[str, Any]:
    """Every sample by its file's name, but those that are no JSON on purpose."""
    found: dict[str, Any] = {}
    for path in sorted(_folder().glob("*.json")):
        if "malformed" not in path.name:
            found[path.name] = json.loads(path.read_bytes())
    return found


def sample(name: str) -> dict[str, Any]:
    """One sample by its file's name."""
    return json.loads((_folder() / name).read_bytes())
