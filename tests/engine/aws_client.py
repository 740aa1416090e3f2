"""boto3 on a sandbox's API, for tests that look or act beside the engine."""

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]

from sandbox.api import server
from tests.engine.conftest import Sandbox

__all__ = ["aws_clients", "client"]


def client(service: str, url: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """A client of one service."""
    session: Any = boto3.Session(
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox-secret",
        region_name="eu-west-1",
    )
    return session.client(service, endpoint_url=url)


@contextmanager
def aws_clients(sandbox: Sandbox) -> Generator[Callable[[str], Any]]:
    """Gives the client of a service of the test's sandbox by the service's name."""
    running = server.start(sandbox.home / "store.sqlite")
    try:
        yield functools.partial(client, url=running.url)
    finally:
        running.close()
