"""Every path of the server. What the document says of each is in openapi.py.

| path | what |
|---|---|
| `POST /predict` | as the functions of the three clouds answer it |
| `GET /v1/models`, `/v1/models/<name>`, `POST …:predict` | KServe's first protocol |
| `GET /v2`, `/v2/health/live`, `/v2/health/ready` | the open inference protocol |
| `GET /v2/models/<name>[/versions/<version>][/ready]`, `POST …/infer` | the same |
| `GET /health/live`, `/health/ready`, `/health/startup` | probes |
| `GET /metrics` | Prometheus |

What answers GET answers HEAD, without the body (boundary.py).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from runtime import requests
from runtime.inference import Model
from runtime.server import openapi
from runtime.server.open_inference import HEADER_LENGTH, described, infer
from runtime.server.replies import Reply, as_json, refusal, reply_to_error
from runtime.server.serving import Serving, Work

__all__ = ["SERVER_VERSION", "add_routes"]

_EXTENSIONS: Final = ("binary_tensor_data",)
_PLATFORM: Final = "onnxruntime_onnx"
SERVER_NAME: Final = "model-serving"
SERVER_VERSION: Final = "1"
_PREDICT: Final = ":predict"
_VERSIONED: Final = "/v2/models/{name}/versions/{version}"
_UNVERSIONED: Final = "/v2/models/{name}"

Endpoint = Callable[[Request], Awaitable[Response]]


class _PlainRoute(APIRoute):
    """A route whose endpoint takes the request and gives the response, with no step between.

    FastAPI's validation costs as much as a small model's prediction (docs/adr/0024), and would read
    the body before the server's own limits do.
    """

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The endpoint itself."""
        return self.endpoint


def add_routes(router: APIRouter, serving: Serving) -> None:
    """Give an application's own router the routes of one server.

    A router of their own would be looked through twice for each request, and they are looked
    through in order: predictions come first.
    """
    found = (
        *_predictions(serving),
        *_v1(serving),
        *_v2(serving),
        *_health(serving),
        ("/metrics", _metrics(serving), "GET", "metrics"),
    )
    for path, endpoint, method, name in sorted(found, key=lambda each: each[2], reverse=True):
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            route_class_override=_PlainRoute,
            **openapi.operation(name, path),
        )


def _health(serving: Serving) -> Sequence[tuple[str, Endpoint, str, str]]:
    life = serving.life

    async def live(_request: Request) -> Response:
        return as_json({"status": "live"})

    async def ready(_request: Request) -> Response:
        return as_json({"status": life.state}, 200 if life.ready else 503)

    async def started(_request: Request) -> Response:
        return as_json({"status": life.state}, 503 if life.loaded is None else 200)

    return (
        ("/health/live", live, "GET", "live"),
        ("/health/ready", ready, "GET", "ready"),
        ("/health/startup", started, "GET", "startup"),
    )


def _metrics(serving: Serving) -> Endpoint:
    async def metrics(request: Request) -> Response:
        text, content_type = serving.metrics.text(request.headers.get("accept", ""))
        return Response(text, headers={"content-type": content_type})

    return metrics


def _rows(serving: Serving) -> Work:
    def work(model: Model, body: bytes, seconds: float) -> Reply:
        features = serving.features
        predictions = requests.predict(
            model, body, features.rows if features else None, seconds=lambda: seconds
        )
        text = requests.encode(model, predictions)
        return Reply.of(requests.Answer(200, text, len(predictions)))

    return work


def _predictions(serving: Serving) -> Sequence[tuple[str, Endpoint, str, str]]:
    work = _rows(serving)

    async def predict(request: Request) -> Response:
        return await serving.predict(request, work, protocol="predict")

    return (("/predict", predict, "POST", "predict"),)


def _v1(serving: Serving) -> Sequence[tuple[str, Endpoint, str, str]]:
    work, life = _rows(serving), serving.life

    async def models(_request: Request) -> Response:
        return as_json({"models": [life.model_name] if life.model_name else []})

    async def model(request: Request) -> Response:
        if request.path_params["name"].endswith(_PREDICT):
            # The path of a prediction is that of a model too, with a longer name.
            return refusal(405, "use another method")
        return _ready(serving, request)

    async def predict(request: Request) -> Response:
        name = request.path_params["name"]
        return await serving.predict(request, work, protocol="v1", name=name)

    return (
        ("/v1/models", models, "GET", "v1_models"),
        ("/v1/models/{name}" + _PREDICT, predict, "POST", "v1_predict"),
        ("/v1/models/{name}", model, "GET", "v1_model"),
    )


def _v2(serving: Serving) -> Sequence[tuple[str, Endpoint, str, str]]:
    life = serving.life

    async def server(_request: Request) -> Response:
        return as_json(
            {"name": SERVER_NAME, "version": SERVER_VERSION, "extensions": list(_EXTENSIONS)}
        )

    async def live(_request: Request) -> Response:
        return as_json({"live": True})

    async def ready(_request: Request) -> Response:
        return as_json({"ready": life.ready}, 200 if life.ready else 503)

    async def model(request: Request) -> Response:
        try:
            _check(serving, request)
            found = life.model()
        except requests.RefusedError as error:
            return reply_to_error(error, "").response()
        return as_json(
            {
                "name": found.name,
                **({"versions": [found.version]} if found.version else {}),
                "platform": _PLATFORM,
                "inputs": described(found.inputs),
                "outputs": described(found.output_specs),
            }
        )

    async def model_ready(request: Request) -> Response:
        return _ready(serving, request)

    async def predict(request: Request) -> Response:
        length = request.headers.get(HEADER_LENGTH)

        def work(model: Model, body: bytes, seconds: float) -> Reply:
            return infer(model, body, length, serving.settings.core.max_rows, seconds)

        found = request.path_params
        return await serving.predict(
            request, work, protocol="v2", name=found["name"], version=found.get("version", "")
        )

    of_models = [
        (base + end, endpoint, method, name)
        for base in (_UNVERSIONED, _VERSIONED)
        for end, endpoint, method, name in (
            ("", model, "GET", "v2_model"),
            ("/ready", model_ready, "GET", "v2_model_ready"),
            ("/infer", predict, "POST", "v2_infer"),
        )
    ]
    return (
        ("/v2", server, "GET", "v2_server"),
        ("/v2/health/live", live, "GET", "v2_live"),
        ("/v2/health/ready", ready, "GET", "v2_ready"),
        *of_models,
    )


def _check(serving: Serving, request: Request) -> None:
    found = request.path_params
    serving.life.check_name(found["name"], found.get("version", ""))


def _ready(serving: Serving, request: Request) -> Response:
    """Whether the model of the path is ready; an error with a status where it is not."""
    try:
        _check(serving, request)
    except requests.RefusedError as error:
        return reply_to_error(error, "").response()
    ready = serving.life.ready
    return as_json({"name": request.path_params["name"], "ready": ready}, 200 if ready else 503)
