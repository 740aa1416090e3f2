"""What the tests' forks are made by is in use; that they behave as interpreters: tests/unit."""

import time
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT, WARM_FROM_TESTS, Sandbox
from tests.engine.warm_client import server_of

pytestmark = pytest.mark.engine
_SECONDS = 120


def test_the_provider_starts_a_fork_with_googles_clients(sandbox: Sandbox) -> None:
    """Else Vertex AI's tests are right all the same, and slow."""
    if not sandbox.variables:
        pytest.skip(f"no forks are made for fewer than {WARM_FROM_TESTS} engine tests")
    socket = Path(server_of(dict(sandbox.variables))["socket"])
    end = time.monotonic() + _SECONDS
    while not (socket.exists() and socket.with_name("google-socket").exists()):
        assert time.monotonic() < end
        time.sleep(0.1)
    asked = sandbox.folder / "asked.py"
    asked.write_text("from provider.gcp import vertex\nprint(*vertex._command(), sep='\\n')")
    loaded = sandbox.folder / "loaded.py"
    loaded.write_text("import sys\nprint('google.cloud.aiplatform_v1.types' in sys.modules)")
    plugin = sandbox.variables["MODEL_SERVING_PYTHON"]
    run = (ROOT / "sandbox" / "run",)
    interpreter, *worker = sandbox.run(*run, plugin, asked).stdout.split("\n")[:-1]
    assert worker == ["-P", str(ROOT / "provider" / "gcp" / "vertex_worker.py")]
    assert sandbox.run(*run, interpreter, loaded).stdout == "True\n"
