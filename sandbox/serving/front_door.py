"""The front door of what is deployed: requests for hosts of the cloud, answered on loopback.

A caller sends a request here with the host of the deployed URL, as `serving invoke` does by
MODEL_SERVING_INVOKE_VIA. Known are HTTP APIs, their custom domains, and function URLs; and Lambda's
own Invoke, by the vendors' APIs.
"""

import re
from collections.abc import Mapping

from sandbox.api.call import Caller
from sandbox.api.dropped import DroppedError
from sandbox.api.http import Request, Response
from sandbox.serving import direct, function_urls
from sandbox.serving.http_apis import HttpApis
from sandbox.serving.invoking import Functions, Place
from sandbox.serving.refusals import NotServedError, said
from sandbox.store import Store

__all__ = ["FrontDoor", "is_for"]

_NOT_SERVED = 501
# InvokeEndpoint and its likes, by the vendors' APIs.
_SAGEMAKER = re.compile(r"/endpoints/[^/]+/(async-)?invocations(-response-stream)?(\?.*)?")


def is_for(request: Request) -> bool:
    """Whether a request is for a host of the cloud, or invokes a function by Lambda's own API."""
    host = _host(request)
    here = host == "localhost" or host.startswith("127.")
    return not here or direct.is_for(request) or _SAGEMAKER.fullmatch(request.path) is not None


class FrontDoor:
    """Answers for the functions of one store; `close` ends their instances."""

    def __init__(self, store: Store, variables: Mapping[str, str]) -> None:
        """`variables` is what every function finds beside its own, such as credentials."""
        self._store = store
        self._functions = Functions(store, variables)
        self._apis = HttpApis(store, self._functions)

    def close(self) -> None:
        """End the instances."""
        self._functions.close()

    def answer(self, request: Request, caller: Caller) -> Response:
        """Answer one request; `caller` is who asks Lambda's own API."""
        host = _host(request)
        try:
            if function_urls.is_for(host):
                return function_urls.answer(self._store, self._functions, request, host)
            if direct.is_for(request):
                return direct.answer(self._functions, request, Place(caller.account, caller.region))
            if _SAGEMAKER.fullmatch(request.path):
                return _not_served("no container runs behind an endpoint of SageMaker")
            return self._apis.answer(request, host)
        except NotServedError as error:
            return _not_served(str(error))
        except DroppedError:
            return Response(0, b"", "", {})


def _not_served(reason: str) -> Response:
    return said(_NOT_SERVED, f"Not served in the sandbox: {reason}")


def _host(request: Request) -> str:
    return request.headers.get("host", "127.0.0.1").partition(":")[0].lower()
