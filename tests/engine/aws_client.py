"""boto3 on a sandbox's API, for tests that look or act beside the engine."""

from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]

__all__ = ["client"]


def client(service: str, url: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """A client of one service."""
    session: Any = boto3.Session(
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox-secret",
        region_name="eu-west-1",
    )
    return session.client(service, endpoint_url=url)
