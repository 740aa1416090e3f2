"""Google's client in a process of its own: JSON lines in, JSON lines out.

`{"id": 1, "method": "GetModel", "endpoint": "https://…", "anonymous": false, "request": {…}}` gets
`{"id": 1, "answer": {…}}` or `{"id": 1, "error": {"code": "NOT_FOUND", "message": "…"}}`, in the
order in which the calls end. Requests and answers are the API's own JSON. It ends when its input
does, so with its parent. Why a process: docs/adr/0021-vertex-client-in-a-worker.md.

It is run as a file, and imports nothing of this package: `provider` loads stubs that clash.
"""

import json
import os
import sys
import threading
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

_SECONDS: Final = 60.0
_CALLS_AT_ONCE: Final = 16
# Where an error has no status of its own: https://cloud.google.com/apis/design/errors
_CODES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
# Each method's service; what is not here is an operation, which any service reads.
_SERVICES: Final = {
    "UploadModel": "model",
    "GetModel": "model",
    "ListModelVersions": "model",
    "UpdateModel": "model",
    "MergeVersionAliases": "model",
    "DeleteModel": "model",
    "DeleteModelVersion": "model",
    "GetEndpoint": "endpoint",
    "UpdateEndpoint": "endpoint",
    "DeployModel": "endpoint",
    "UndeployModel": "endpoint",
    "MutateDeployedModel": "endpoint",
    "CreateBatchPredictionJob": "job",
    "GetBatchPredictionJob": "job",
    "ListBatchPredictionJobs": "job",
    "CancelBatchPredictionJob": "job",
    "DeleteBatchPredictionJob": "job",
    "CreateModelDeploymentMonitoringJob": "job",
    "GetModelDeploymentMonitoringJob": "job",
    "ListModelDeploymentMonitoringJobs": "job",
    "UpdateModelDeploymentMonitoringJob": "job",
    "PauseModelDeploymentMonitoringJob": "job",
    "DeleteModelDeploymentMonitoringJob": "job",
}
_ITEMS: Final = {
    "ListModelVersions": "models",
    "ListBatchPredictionJobs": "batchPredictionJobs",
    "ListModelDeploymentMonitoringJobs": "modelDeploymentMonitoringJobs",
}


class _Clients:
    """Google's clients by service and endpoint; loaded with the first call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def get(self, service: str, endpoint: str, *, anonymous: bool) -> Any:  # noqa: ANN401 - few types
        """A client; raises what google.auth raises when there are no credentials."""
        with self._lock:
            key = (service, endpoint, anonymous)
            if key not in self._clients:
                self._clients[key] = _connect(*key)
            return self._clients[key]


def _connect(service: str, endpoint: str, anonymous: bool) -> Any:  # noqa: ANN401, FBT001
    _without_other_services()
    from google.api_core.client_options import ClientOptions  # noqa: PLC0415 - see above
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415

    if service == "model":
        from google.cloud.aiplatform_v1.services.model_service import (  # noqa: PLC0415
            ModelServiceClient as Client,
        )
    elif service == "endpoint":
        from google.cloud.aiplatform_v1.services.endpoint_service import (  # noqa: PLC0415
            EndpointServiceClient as Client,
        )
    else:
        from google.cloud.aiplatform_v1.services.job_service import (  # noqa: PLC0415
            JobServiceClient as Client,
        )
    credentials = cast(Any, AnonymousCredentials)() if anonymous else None
    options = ClientOptions(api_endpoint=endpoint)
    return cast(Any, Client)(credentials=credentials, transport="rest", client_options=options)


def _without_other_services() -> None:
    """Let the client's packages be packages with nothing in them, and do without aiohttp.

    Their own `__init__` load the clients of all forty services and the types of all their requests:
    two seconds and half a second of CPU. aiohttp, which serves asynchronous clients alone and which
    they do without where it is not installed, is a fifth of what is left.
    """
    import google.cloud  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    sys.modules.setdefault("aiohttp", cast(Any, None))
    for folder in ("aiplatform_v1", "aiplatform_v1/types"):
        name = f"google.cloud.{folder.replace('/', '.')}"
        if name not in sys.modules:
            package = types.ModuleType(name)
            package.__path__ = [f"{each}/{folder}" for each in google.cloud.__path__]
            sys.modules[name] = package


def _call(clients: _Clients, asked: dict[str, Any]) -> dict[str, Any]:
    from google.protobuf import json_format  # noqa: PLC0415 - only when there is a call

    method, request = str(asked["method"]), asked["request"]
    if method == "GetObject":
        return _object(request)
    if method == "ListObjects":
        return _objects(request)
    service = _SERVICES.get(method, "endpoint")
    client = clients.get(service, asked["endpoint"], anonymous=asked["anonymous"])
    if method in {"GetOperation", "ListOperations"}:
        return _operations(client, method, request)
    module = cast(Any, sys.modules[f"google.cloud.aiplatform_v1.types.{service}_service"])
    typed = getattr(module, f"{method}Request").from_json(json.dumps(request))
    function = getattr(client, _snake(method))
    answer = function(request=typed, timeout=_SECONDS, retry=None)
    if answer is None:
        return {}
    if method in _ITEMS:
        return {_ITEMS[method]: [_plain(each, json_format) for each in answer]}
    return _plain(getattr(answer, "operation", answer), json_format)


def _object(request: dict[str, Any]) -> dict[str, Any]:
    """Metadata of an object in Cloud Storage."""
    found = _storage().bucket(request["bucket"]).blob(request["name"])
    found.reload(timeout=_SECONDS, retry=None)
    return {"generation": str(found.generation), "md5Hash": str(found.md5_hash or "")}


def _objects(request: dict[str, Any]) -> dict[str, Any]:
    """Names of objects in Cloud Storage, at most so many."""
    found = _storage().list_blobs(
        request["bucket"],
        prefix=request["prefix"],
        max_results=request["most"],
        fields="items(name),nextPageToken",
        timeout=_SECONDS,
        retry=None,
    )
    return {"names": [str(each.name) for each in found]}


def _storage() -> Any:  # noqa: ANN401 - Google's client
    """Cloud Storage's client; `STORAGE_EMULATOR_HOST` may lack a scheme, as for Google's others."""
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.cloud import storage  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    emulated = os.environ.get("STORAGE_EMULATOR_HOST", "")
    address = emulated if "://" in emulated or not emulated else f"http://{emulated}"
    credentials = cast(Any, AnonymousCredentials)() if emulated else None
    # Objects are read without a project; the client wants a name of one.
    options = {"api_endpoint": address} if address else None
    return cast(Any, storage.Client)(
        project="none", credentials=credentials, client_options=options
    )


def _operations(client: Any, method: str, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    from google.longrunning import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        operations_pb2,
    )
    from google.protobuf import json_format  # noqa: PLC0415

    typed = getattr(operations_pb2, f"{method}Request")(**request)
    answer = getattr(client, _snake(method))(request=typed, timeout=_SECONDS, retry=None)
    return _plain(answer, json_format)


def _plain(message: Any, json_format: Any) -> dict[str, Any]:  # noqa: ANN401
    # A message of proto-plus wraps one of protobuf; operations are protobuf's own.
    wrapper = cast(Any, type(message))
    raw = wrapper.pb(message) if hasattr(wrapper, "pb") else message
    return json_format.MessageToDict(raw)


def _snake(method: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in method)[1:]


def _told(error: BaseException) -> dict[str, str]:
    """Code and message of an error: of the service's own words, or where the client stopped."""
    response = getattr(error, "response", None)
    message = str(getattr(error, "message", "") or error)
    code = _CODES.get(int(getattr(error, "code", 0) or 0), "")
    try:
        status = cast(Any, response).json()["error"]
        code, message = str(status["status"]), str(status["message"])
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    names = {each.__name__ for each in type(error).__mro__}
    if names & {"ConnectionError", "Timeout", "TransportError"}:
        code, message = "UNAVAILABLE", f"no connection: {type(error).__name__}"
    elif names & {"GoogleAuthError"}:
        code = "UNAUTHENTICATED"
    elif isinstance(error, ImportError):
        code = "NOT_INSTALLED"
    return {"code": code or type(error).__name__, "message": " ".join(message.split())}


def main() -> None:
    """Answer until the input ends."""
    clients, lock = _Clients(), threading.Lock()

    def work(line: str) -> None:
        asked = json.loads(line)
        found: dict[str, Any] = {"id": asked["id"]}
        try:
            found["answer"] = _call(clients, asked)
        except Exception as error:  # noqa: BLE001 - the boundary to the parent
            found["error"] = _told(error)
        with lock:
            print(json.dumps(found), flush=True)

    with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
        submit = cast(Callable[[Callable[[str], None], str], object], pool.submit)
        for line in sys.stdin:
            submit(work, line)
        # Nobody is there for what still runs.
        os._exit(0)


if __name__ == "__main__":
    main()
