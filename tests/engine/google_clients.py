"""Loads what Google's clients are made of, for the server that forks the provider's worker.

It may not be imported where Pulumi's plugins are: both register `google.rpc.Status`.
"""

import os
import runpy
from pathlib import Path

_WORKER = Path(__file__).parents[2] / "provider" / "gcp" / "vertex_worker.py"
# Nobody listens, and nobody is asked: clients are made, and what that imports is what takes long.
_NOBODY = "http://127.0.0.1:1"


def _load() -> None:
    worker = runpy.run_path(str(_WORKER))
    for service in sorted(set(worker["_SERVICES"].values())):
        worker["_connect"](service, _NOBODY, anonymous=True)
    os.environ["STORAGE_EMULATOR_HOST"] = _NOBODY
    worker["_storage"]()
    del os.environ["STORAGE_EMULATOR_HOST"]


_load()
