"""Requests to Azure by its own pipeline: repeated as it says, with a login's token.

Who asks is found as Azure's clients find it (`DefaultAzureCredential`). A token is sent without TLS
to loopback alone.
"""

import urllib.parse
from collections.abc import Callable
from typing import Any, Final, cast

from provider.errors import ProviderError, one_line

__all__ = ["LOOPBACK", "NOT_FOUND", "client_of", "is_refused", "policies", "send"]

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
NOT_FOUND: Final = 404
_REFUSED: Final = 400


def policies(authentication: Callable[[Any], Any]) -> list[Any]:
    """Those of a pipeline; `authentication` makes the one that adds the login's token.

    Raises `ProviderError` where Azure's packages are missing.
    """
    try:
        # Late: azure-identity and azure-core cost 0.4 s of CPU.
        from azure.core.pipeline.policies import (  # noqa: PLC0415
            HeadersPolicy,
            RequestIdPolicy,
            RetryPolicy,
            UserAgentPolicy,
        )
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        return [
            RequestIdPolicy(),
            HeadersPolicy(),
            UserAgentPolicy(sdk_moniker="model-serving"),
            # Repeats throttling, 5xx and broken connections, as Azure says how long to wait.
            RetryPolicy(retry_total=6),
            authentication(DefaultAzureCredential()),
        ]
    except ImportError as error:
        raise ProviderError(
            "Azure's clients are not installed: run `uv sync --group azure`"
        ) from error


def client_of(authentication: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - azure-core's
    """A pipeline for requests to any host; as `policies` otherwise."""
    chosen = policies(authentication)
    from azure.core import PipelineClient  # noqa: PLC0415

    return cast("Any", PipelineClient)(base_url="", policies=chosen)


def send(
    client: Any,  # noqa: ANN401 - azure-core's
    method: str,
    url: str,
    *,
    stream: bool = False,
    **given: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """The response, whatever its status; `given` are headers and a body, as azure-core takes them.

    With `stream` its body is read by who asked.

    Raises `ProviderError` where there is no login, or no answer.
    """
    from azure.core.exceptions import (  # noqa: PLC0415
        AzureError,
        ClientAuthenticationError,
        ServiceRequestError,
        ServiceResponseError,
    )
    from azure.core.rest import HttpRequest  # noqa: PLC0415

    try:
        return client.send_request(
            cast("Any", HttpRequest)(method, url, **given),
            stream=stream,
            # What goes to this machine alone needs no TLS.
            enforce_https=urllib.parse.urlsplit(url).hostname not in LOOPBACK,
        )
    except ClientAuthenticationError as error:
        raise ProviderError(
            f"credentials: {one_line(error)} Log in by `az login`, or set AZURE_TENANT_ID, "
            "AZURE_CLIENT_ID and a secret or certificate, as azure-identity takes them"
        ) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        if error.inner_exception is None:  # Nobody was asked, as where there is no TLS.
            raise ProviderError(one_line(error)) from error
        # Without what may stand beside the host and in a query: a password, a signature.
        asked = urllib.parse.urlsplit(url)
        where = f"{asked.scheme}://{asked.netloc.rpartition('@')[2]}{asked.path}"
        said = _innermost(error.inner_exception).replace(url, where)
        raise ProviderError(f"{method} {where}: no answer: {said}") from error
    except AzureError as error:
        raise ProviderError(one_line(error)) from error


def _innermost(error: BaseException) -> str:
    """What was said first: requests wraps urllib3's error, and that the system's, all in tuples."""
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]
    return one_line(error)


def is_refused(status: int, *, missing: bool) -> bool:
    """Whether a status is an error; `missing` is none where that may be so."""
    return status >= _REFUSED and not (missing and status == NOT_FOUND)
