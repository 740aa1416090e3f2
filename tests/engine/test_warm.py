"""What the tests' forks are made by is in use; that they behave as interpreters: tests/unit."""

import pytest

from tests.engine.conftest import ROOT, Sandbox
from tests.engine.warm_python import wait_until_ready

pytestmark = [pytest.mark.engine, pytest.mark.warm]


def test_the_provider_starts_a_fork_with_googles_clients(sandbox: Sandbox) -> None:
    """Else Vertex AI's tests are right all the same, and slow."""
    wait_until_ready(sandbox.variables)
    asked = sandbox.folder / "asked.py"
    asked.write_text("from provider.gcp import vertex\nprint(*vertex._command(), sep='\\n')")
    loaded = sandbox.folder / "loaded.py"
    loaded.write_text("import sys\nprint('google.cloud.aiplatform_v1.types' in sys.modules)")
    plugin = sandbox.variables["MODEL_SERVING_PYTHON"]
    run = (ROOT / "sandbox" / "run",)
    interpreter, *worker = sandbox.run(*run, plugin, asked).stdout.split("\n")[:-1]
    assert worker == ["-P", str(ROOT / "provider" / "gcp" / "vertex_worker.py")]
    assert sandbox.run(*run, interpreter, loaded).stdout == "True\n"
