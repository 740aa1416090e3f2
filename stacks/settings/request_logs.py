"""What a model file says of the log of its requests and of their traces (docs/request-logs.md)."""

from collections.abc import Mapping
from typing import Annotated, Final, cast

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from facts.request_logs import PAYLOADS_VARIABLE
from stacks.settings.fields import Closed, Number, Truth, Url, Whole

__all__ = [
    "RequestLogs",
    "Tracing",
    "WithRequestLogs",
    "WithTracing",
    "XRay",
    "of_our_runtime",
    "open_telemetry",
]

# Lines are cut by the platforms beyond: Cloud Logging takes 256 KiB of an entry.
# https://cloud.google.com/logging/quotas
_MOST_PAYLOAD_BYTES: Final = 65_536
_USUAL_SHARE: Final = 1


class RequestLogs(Closed):
    """The log of requests: ids, status, times and sizes, and nothing of what they hold."""

    sample_percent: Number = Field(default=100, ge=0, le=100)
    """Share of the requests that has a line, in percent, by the id of their trace. What fails on
    the model's side always has one."""
    payloads: Truth = False
    """Whether the lines hold requests and answers too: the log is as sensitive as they are then."""
    payload_bytes: Whole = Field(default=1024, ge=1, le=_MOST_PAYLOAD_BYTES)
    """Most bytes of each request and of each answer that are in a line."""


class Tracing(Closed):
    """Traces of requests: those of a sampled caller go on, and a share of the others is begun."""

    endpoint: Url | None = None
    """Where spans go by OTLP over HTTP, such as http://collector.tracing:4318. Default: the
    target's own place, where it has one."""
    sample_percent: Number = Field(default=_USUAL_SHARE, ge=0, le=100)
    """Share of the traces that begin here and are kept, in percent; 0 for no traces."""

    @model_validator(mode="before")
    @classmethod
    def _yes_or_no(cls, data: object) -> object:
        """True and false are what Lambda takes, and so may be a default for all models."""
        if isinstance(data, bool):
            return {"sample_percent": _USUAL_SHARE if data else 0}
        return data


class WithRequestLogs(Closed):
    """A target of which something about the log of requests can be said for one model."""

    request_logs: RequestLogs = RequestLogs.model_construct()
    """The log of requests."""


class WithTracing(Closed):
    """A target whose models can send traces."""

    tracing: Tracing | None = None
    """Traces of requests. Default: none."""


def _traced(value: object) -> object:
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value).get("sample_percent") != 0
    if not isinstance(value, bool):
        raise PydanticCustomError("not_a_truth_value", "not true or false")
    return value


# A mapping is a default for all models: X-Ray knows of it only whether.
XRay = Annotated[
    bool,
    BeforeValidator(_traced),
    Field(json_schema_extra={"type": ["boolean", "object"], "allowed": "true or false"}),
]


def of_our_runtime(asked: RequestLogs) -> dict[str, str]:
    """What `runtime/settings.py` reads of it; nothing where nothing is said."""
    found: dict[str, str] = {}
    if asked.sample_percent != RequestLogs().sample_percent:
        found["MODEL_SERVING_REQUEST_LOG_PERCENT"] = f"{asked.sample_percent:g}"
    if asked.payloads:
        found[PAYLOADS_VARIABLE] = "true"
        found["MODEL_SERVING_REQUEST_LOG_PAYLOAD_BYTES"] = str(asked.payload_bytes)
    return found


def open_telemetry(asked: Tracing | None, name: str, environment: str) -> dict[str, str]:
    """The standard variables, which every OpenTelemetry SDK reads; nothing where nothing is traced.

    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """
    if asked is None or asked.endpoint is None or not asked.sample_percent:
        return {}
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": asked.endpoint,
        # Some servers read the one, some the other.
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment.name={environment}",
        "OTEL_SERVICE_NAME": name,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{asked.sample_percent / 100:.10g}",
    }
