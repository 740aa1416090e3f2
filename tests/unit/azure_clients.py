"""Azure's APIs on a store, and the environment by which provider/'s clients find them."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sandbox import environment
from sandbox.api import server

__all__ = ["served"]


@contextmanager
def served(store: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Serve the APIs of a store for the time of a test."""
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    with closing(server.start(store)) as running:
        for name, value in environment.azure(running.url).items():
            monkeypatch.setenv(name, value)
        yield
