"""What `serving up` says when a model never becomes ready: the service's own reason."""

import pytest
import yaml

from tests.engine.test_program import Estate, estate

pytestmark = pytest.mark.engine

__all__ = ["estate"]


def test_the_services_own_reason_is_told(estate: Estate) -> None:
    """A runtime that the cluster does not have: KServe says so in the status, and `up` with it."""
    for name in ("chat-assistant", "fraud", "iris-classifier", "ranker"):
        estate.model(name).unlink()
    file = estate.model("churn")
    settings = yaml.safe_load(file.read_text()) | {"runtime": "none-such"}
    file.write_text(yaml.safe_dump(settings))
    estate.write("models", {})
    failed = estate.serving("up", "--env", "dev", "--yes", "--", "--skip-preview", check=False)
    assert failed.returncode != 0
    assert "Not ready:\n  churn-inference-service (InferenceService): " in failed.stderr
    assert "none-such" in failed.stderr.partition("Not ready:")[2]

    # With a runtime that is there the same command goes on.
    file.write_text(yaml.safe_dump({k: v for k, v in settings.items() if k != "runtime"}))
    done = estate.serving("up", "--env", "dev", "--yes", "--", "--skip-preview")
    assert "Not ready" not in done.stderr
