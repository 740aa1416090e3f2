"""What a target cannot do of the log of requests and of their traces, although it has some of it.

A default for all models holds where it can: only what a model says of its own is refused.
"""

from collections.abc import Iterator
from typing import Final

from facts.addresses import is_server_url
from facts.captured_requests import CAPTURED_SHAPE
from facts.request_logs import OUR_SERVER, TRACING_SERVERS
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.common import DataClassification
from stacks.settings.kserve import KServeModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.problems import Problem, shown
from stacks.settings.request_logs import WithRequestLogs, WithTracing
from stacks.settings.stored_capture import stored_capture
from stacks.settings.vertex import VertexModel
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

_LOGS: Final = "request_logs"
_PAYLOADS: Final[KeyPath] = (_LOGS, "payloads")
_SHARE: Final[KeyPath] = (_LOGS, "sample_percent")
_CAPTURE: Final[tuple[KeyPath, ...]] = (
    ("capture",),
    *(("capture", key) for key in ("percent", "uri", "payload")),
)
_ENDPOINT: Final[KeyPath] = ("tracing", "endpoint")
_TRACED_SHARE: Final[KeyPath] = ("tracing", "sample_percent")
_ALL: Final = 100
_LOG_IS_READ_BY: Final = (DataClassification.CONFIDENTIAL, DataClassification.RESTRICTED)
_LAMBDA_PAGE: Final = "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"
_APP_INSIGHTS_PAGE: Final = "https://learn.microsoft.com/azure/azure-functions/configure-monitoring"
_KSERVE_LOGGER: Final = (
    "https://kserve.github.io/website/docs/model-serving/predictive-inference/logger"
)
_VERTEX_PAGE: Final = (
    "https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging"
)


def _problem(  # noqa: PLR0917
    asked: Asked, path: KeyPath, code: str, got: object, why: str, fix: str, source: str = ""
) -> Problem:
    message = f"got {shown(got)}: {why}"
    return Problem(asked.where(path), code, dotted(path), message, fix=fix, source=source)


def _share(asked: Asked) -> Iterator[Problem]:
    """A share of all requests, where a target's log has all of them or none."""
    if not isinstance(asked.settings, WithRequestLogs) or not asked.of_its_own(_SHARE):
        return
    percent = asked.settings.request_logs.sample_percent
    if isinstance(asked.settings, VertexModel) and percent not in {0, _ALL}:
        yield _problem(
            asked,
            _SHARE,
            "MS0667",
            percent,
            "Vertex AI's access log has all requests or none",
            "100, or 0; an exclusion filter of Cloud Logging with sample() keeps fewer",
            _VERTEX_PAGE,
        )
    elif server := _other_server(asked):
        yield _problem(
            asked,
            _SHARE,
            "MS0667",
            percent,
            f"the server {server} has no log of requests with a share",
            "its own arguments, in `arguments`; or the log of the gateway before it",
        )


def _kserve_capture(asked: Asked) -> Iterator[Problem]:
    """KServe's logger sends all requests, or all answers, to one address."""
    if not isinstance(asked.settings, KServeModel):
        return
    capture = asked.settings.capture
    if capture is None or not any(asked.of_its_own(path) for path in _CAPTURE):
        return
    if capture.percent != _ALL:
        yield _problem(
            asked,
            ("capture", "percent"),
            "MS0667",
            capture.percent,
            "KServe's logger sends all requests",
            "percent: 100; what takes them may keep fewer",
            _KSERVE_LOGGER,
        )
    if not is_server_url(capture.uri) and stored_capture(asked.settings, asked.origins) is None:
        yield _problem(
            asked,
            ("capture", "uri"),
            "MS0667",
            capture.uri or "no uri",
            "KServe's logger sends them to an HTTP address, or stores them in S3 or Cloud Storage",
            f"uri: http://collector.logging, of what takes CloudEvents; or {CAPTURED_SHAPE} in the "
            "model's own file",
            _KSERVE_LOGGER,
        )


def _payloads(asked: Asked) -> Iterator[Problem]:
    if not isinstance(asked.settings, WithRequestLogs) or not asked.settings.request_logs.payloads:
        return
    settings = asked.settings
    if not asked.of_its_own(_PAYLOADS):
        yield _problem(
            asked,
            _PAYLOADS,
            "MS0669",
            "true for all models",
            "that is for each model to say",
            "leave it out of `defaults`, and write it in the model's file",
        )
    elif settings.data_classification in _LOG_IS_READ_BY:
        yield _problem(
            asked,
            _PAYLOADS,
            "MS0669",
            f"true, and data_classification {settings.data_classification}",
            "everybody who reads the log would read them",
            "`capture`, which a target that has it keeps in a store with a key of its own; or no "
            "payloads",
        )
    elif isinstance(settings, VertexModel) or _other_server(asked):
        yield _problem(
            asked,
            _PAYLOADS,
            "MS0667",
            "true",
            "only this project's own runtime writes a bounded part of them",
            "`capture` on vertex; of another server its own arguments, in `arguments`",
        )


def _traces(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target == "lambda":
        yield from _xray(asked)
    elif settings.target == "azure_functions":
        if asked.of_its_own(_ENDPOINT):
            yield _problem(
                asked,
                _ENDPOINT,
                "MS0668",
                _endpoint(asked),
                "an app of Azure Functions sends its traces to its Application Insights",
                "tracing: {sample_percent: …} alone",
                _APP_INSIGHTS_PAGE,
            )
    elif isinstance(settings, CloudRunModel) and settings.model.image is None:
        if asked.of_its_own(_ENDPOINT) or asked.of_its_own(_TRACED_SHARE):
            yield _problem(
                asked,
                ("tracing",),
                "MS0668",
                "tracing",
                "a function from its code has no OpenTelemetry in its package",
                "`model.image` with the runtime's server, which has it; lines of the log carry the "
                "trace's id, by which Cloud Trace finds them",
                "https://cloud.google.com/trace/docs/trace-context",
            )
    elif isinstance(settings, ModelServerModel) and settings.server not in TRACING_SERVERS:
        if asked.of_its_own(_ENDPOINT) or asked.of_its_own(_TRACED_SHARE):
            yield _problem(
                asked,
                ("tracing",),
                "MS0668",
                f"tracing with server {settings.server}",
                "it sends no spans by OTLP over HTTP with a share that it could be told",
                f"one of {', '.join(TRACING_SERVERS)}; or its own `arguments` and `env`",
            )
    elif isinstance(settings, WithTracing):
        yield from _no_endpoint(asked)


def _xray(asked: Asked) -> Iterator[Problem]:
    for path in (_TRACED_SHARE, _ENDPOINT):
        if asked.of_its_own(path):
            yield _problem(
                asked,
                path,
                "MS0668",
                path[-1],
                "Lambda traces by X-Ray, whose share for functions cannot be set: of callers "
                "without a decision one request each second, and 5 % of the others",
                "tracing: true, or false",
                _LAMBDA_PAGE,
            )


def _no_endpoint(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    tracing = settings.tracing if isinstance(settings, WithTracing) else None
    if tracing is not None and tracing.sample_percent and tracing.endpoint is None:
        yield _problem(
            asked,
            ("tracing",),
            "MS0668",
            "no endpoint",
            "nobody takes the spans",
            "endpoint: http://collector.tracing:4318 here, or once for all models in the "
            "environment's `defaults`",
        )


def _endpoint(asked: Asked) -> object:
    tracing = asked.settings.tracing if isinstance(asked.settings, WithTracing) else None
    return tracing.endpoint if tracing else None


def _other_server(asked: Asked) -> str:
    """The name of a plain model server that is not this project's own; else empty."""
    settings = asked.settings
    if isinstance(settings, ModelServerModel) and settings.server != OUR_SERVER:
        return settings.server
    return ""


RULES: Final[tuple[Rule, ...]] = (_share, _kserve_capture, _payloads, _traces)
