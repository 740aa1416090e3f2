"""Logs of requests and traces as what models' servers read: variables, arguments, a way out."""

from typing import Final
from urllib.parse import urlsplit

from facts.addresses import is_server_url
from facts.request_logs import OUR_SERVER, TRACING_SERVERS, traced_arguments
from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.kserve import KServeModel
from stacks.settings.load import Settings
from stacks.settings.model_server import ModelServerModel
from stacks.settings.request_logs import (
    Tracing,
    WithRequestLogs,
    WithTracing,
    of_our_runtime,
    open_telemetry,
)

__all__ = ["collector_egress", "server_arguments", "with_telemetry"]

_PORTS: Final = {"http": 80, "https": 443}
_SAMPLING: Final = "AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__"


def with_telemetry(variables: dict[str, str], settings: Settings, name: str) -> dict[str, str]:
    """The variables with what the server reads of logs and traces; what is said there stays."""
    model = settings.models[name]
    found: dict[str, str] = {}
    if isinstance(model, WithRequestLogs) and getattr(model, "server", OUR_SERVER) == OUR_SERVER:
        found |= of_our_runtime(model.request_logs)
    tracing = _tracing(settings, name)
    if isinstance(model, AzureFunctionsModel):
        found |= _of_the_host(tracing)
    elif tracing is not None:
        found |= open_telemetry(tracing, name, settings.environment)
    return {**found, **variables}


def server_arguments(settings: Settings, name: str) -> list[str]:
    """What a model server by name takes beside the model's own arguments."""
    model, tracing = settings.models[name], _tracing(settings, name)
    if not isinstance(model, ModelServerModel) or tracing is None or tracing.endpoint is None:
        return []
    return traced_arguments(model.server, tracing.endpoint, tracing.sample_percent, name)


def collector_egress(settings: Settings, name: str) -> list[str]:
    """Where on the cluster spans and captured requests go; elsewhere `egress` says it.

    A Service is `name.namespace`, with `.svc` and more behind it or not.
    """
    model, tracing = settings.models[name], _tracing(settings, name)
    captured = model.capture if isinstance(model, KServeModel) else None
    addresses = [tracing.endpoint if tracing else None, captured.uri if captured else None]
    return [
        place for each in addresses if each and is_server_url(each) and (place := _on_cluster(each))
    ]


def _on_cluster(address: str) -> str:
    """The Service's `namespace:port`; empty where the address is none on the cluster."""
    parts = urlsplit(address)
    labels = (parts.hostname or "").split(".")
    is_service = len(labels) == 2 or labels[2:3] == ["svc"]  # noqa: PLR2004 - name and namespace
    return f"{labels[1]}:{parts.port or _PORTS[parts.scheme]}" if is_service else ""


def _tracing(settings: Settings, name: str) -> Tracing | None:
    """What is traced by OpenTelemetry or Application Insights; None where nothing is."""
    model = settings.models[name]
    asked = model.tracing if isinstance(model, WithTracing) else None
    if asked is None or not asked.sample_percent:
        return None
    # A default for all models is of no use to those.
    if isinstance(model, CloudRunModel) and model.model.image is None:
        return None
    if isinstance(model, ModelServerModel) and model.server not in TRACING_SERVERS:
        return None
    return asked


def _of_the_host(tracing: Tracing | None) -> dict[str, str]:
    """The share of operations that the Functions host sends, each with all that belongs to it.

    Exceptions are sent always. https://learn.microsoft.com/azure/azure-functions/functions-host-json
    """
    if tracing is None:
        return {}
    percent = f"{tracing.sample_percent:g}"
    return {
        f"{_SAMPLING}excludedTypes": "Exception",
        f"{_SAMPLING}initialSamplingPercentage": percent,
        f"{_SAMPLING}isEnabled": "true",
        f"{_SAMPLING}maxSamplingPercentage": percent,
        f"{_SAMPLING}minSamplingPercentage": percent,
    }
