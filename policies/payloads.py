"""Payloads: requests and answers are kept only knowingly, encrypted, and never the most sensitive.

What is kept of requests is as sensitive as the data that they hold, and stays when they are gone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from facts import tags
from facts.request_logs import PAYLOAD_ARGUMENTS, PAYLOADS_VARIABLE
from policies.artifacts import variables
from policies.azure_ml import deployment
from policies.configuration import setting
from policies.cost_and_tags import CLASSIFICATIONS
from policies.pods import POD_TYPES, components, pods
from policies.properties import Property
from policies.resource_types import (
    AZURE_APP,
    AZURE_ML_DEPLOYMENT,
    AZURE_SLOT,
    CLOUD_RUN_SERVICE,
    ENDPOINT_CONFIGURATION,
    FUNCTION,
    INFERENCE_SERVICE,
    VERTEX_ENDPOINT,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

VERTEX_MONITORING: Final = "serving:index:VertexMonitoringJob"
KEEPING_TYPES: Final = (
    ENDPOINT_CONFIGURATION,
    FUNCTION,
    VERTEX_ENDPOINT,
    VERTEX_MONITORING,
    CLOUD_RUN_SERVICE,
    AZURE_ML_DEPLOYMENT,
    AZURE_APP,
    AZURE_SLOT,
    *POD_TYPES,
)


@dataclass(frozen=True)
class Keepable:
    """Settings."""

    classifications: tuple[str, ...] = setting(
        ("public", "internal", "confidential"),
        "Classes of data of which requests and answers may be kept.",
    )


@resource_rule(
    "security/payloads-unacknowledged",
    severity=Severity.HIGH,
    types=KEEPING_TYPES,
    fix="Stop keeping them, or tag the resource payloads: kept "
    "(docs/request-logs.md lists how each cloud spells it).",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def payloads_unacknowledged(view: View, _settings: NoSettings) -> Faults:
    """Requests and answers are kept, and nothing says that this is meant.

    Captured, logged or sent on, they outlive the request, and more people read them than the model.
    The tag is the owner's word that it is known. A switch that was left on after a test has none.
    """
    found = list(_kept(view))
    if not found or view.tags_unknown() or view.tags.get(tags.PAYLOADS) == tags.KEPT:
        return
    for place in found:
        yield place.fault("nothing that keeps payloads, or the tag payloads: kept")


@resource_rule(
    "security/payloads-too-sensitive",
    severity=Severity.HIGH,
    types=KEEPING_TYPES,
    fix="Stop keeping them; or, where that is decided, allow the class in the rule's settings.",
    unknown=Unknown.LATER,
    settings=Keepable,
)
def payloads_too_sensitive(view: View, settings: Keepable) -> Faults:
    """Requests and answers are kept of data of a class that is too sensitive for it.

    Without a tag data-classification it counts as internal.
    """
    found = list(_kept(view))
    if not found or view.tags_unknown():
        return
    name = view.tags.get(tags.DATA_CLASSIFICATION, "internal")
    if name not in settings.classifications:
        # What is no class may be anything, also what is not to be shown.
        shown = name if name in CLASSIFICATIONS else "unknown"
        for place in found:
            yield place.fault(
                f"payloads kept of {', '.join(settings.classifications)} data alone",
                f"payloads of {shown} data",
            )


@resource_rule(
    "security/capture-kms",
    severity=Severity.MEDIUM,
    types=(ENDPOINT_CONFIGURATION,),
    fix="Set dataCaptureConfig.kmsKeyId to a key of your own.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def capture_kms(view: View, _settings: NoSettings) -> Faults:
    """What an endpoint captures is not encrypted by a key of your own.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html
    """
    for capture in _captured(view):
        key = capture.get("kmsKeyId")
        if key.absent:
            yield key.fault("the ARN of a KMS key")


def _kept(view: View) -> Iterator[Property]:
    """Every place that makes payloads stay."""
    keeping = _KEEPING.get(view.token, _told)
    yield from keeping(view)


def _captured(view: View) -> Iterator[Property]:
    for capture in view.get("dataCaptureConfig").items():
        if capture.get("enableCapture").flag():
            yield capture


def _in_big_query(view: View) -> Iterator[Property]:
    for logging in view.get("predictRequestResponseLoggingConfig").items():
        if logging.get("enabled").flag():
            yield logging


def _looked_at(view: View) -> Iterator[Property]:
    """A monitoring job logs requests to BigQuery, whatever else it is asked."""
    baseline = view.get("baselineUri")
    if baseline.text():
        yield baseline


def _collected(view: View) -> Iterator[Property]:
    for _, collection in deployment(view).get("dataCollector", "collections").entries():
        mode = collection.get("dataCollectionMode")
        if mode.says("Enabled"):
            yield mode


def _sent_on(view: View) -> Iterator[Property]:
    """By KServe's logger, beside what servers are told."""
    for part in components(view):
        logger = part.get("logger")
        # Asked in this order: an unknown value is noted as not judged.
        if not logger.absent and not logger.unknown:
            yield logger
    yield from _told(view)


def _told(view: View) -> Iterator[Property]:
    """Variables and arguments by which servers write payloads to their log."""
    for name, value in variables(view):
        if name.text() == PAYLOADS_VARIABLE and value.text() == "true":
            yield value
    for pod in pods(view):
        for container in pod.containers:
            for key in ("command", "args"):
                for argument in container.place.get(key).items():
                    if (argument.text() or "").startswith(PAYLOAD_ARGUMENTS):
                        yield argument


_KEEPING: Final[Mapping[str, Callable[[View], Iterator[Property]]]] = {
    fold(ENDPOINT_CONFIGURATION): _captured,
    fold(VERTEX_ENDPOINT): _in_big_query,
    fold(VERTEX_MONITORING): _looked_at,
    fold(AZURE_ML_DEPLOYMENT): _collected,
    fold(INFERENCE_SERVICE): _sent_on,
}

RULES = (payloads_unacknowledged, payloads_too_sensitive, capture_kms)
