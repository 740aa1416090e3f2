"""What the platforms that watch drift by themselves read, and what of it they cannot.

Model servers of one's own have rules of their own: there all is ours to choose.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias, TypeVar

from facts.azure_ml import WORKSPACE_MODEL
from facts.azure_ml_monitor import MONITOR_PAGE as AZURE_PAGE
from facts.drift import interval_hours
from facts.sagemaker_monitor import BASELINE as SAGEMAKER_BASELINE
from facts.sagemaker_monitor import BASELINE_USE as SAGEMAKER_USE
from facts.sagemaker_monitor import MONITOR_ACCOUNTS, MONITOR_PAGE
from facts.vertex_drift import BASELINE, BASELINE_USE, LOGGING_PAGE, MONITORING_PAGE
from stacks.settings.asked import Asked
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.capabilities.refusing import Rule
from stacks.settings.drift import Drift
from stacks.settings.problems import Problem, shown
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.vertex import VertexModel
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

_Managed: TypeAlias = SageMakerModel | VertexModel | AzureMlModel
_M = TypeVar("_M", bound=_Managed)
_NOT_CAPTURED: Final = "MS0641"
_BASELINE: Final = "MS0642"
_NOT_THERE: Final = "MS0643"
_KEPT: Final = "MS0644"
# By target, how a baseline is written, and where that is said.
_FORMS: Final = {
    "sagemaker": (SAGEMAKER_BASELINE, SAGEMAKER_USE, MONITOR_PAGE),
    "vertex": (BASELINE, BASELINE_USE, MONITORING_PAGE),
    "azure_ml": (WORKSPACE_MODEL, "azureml:name:version of an MLTable", AZURE_PAGE),
}
# By key, what says the same elsewhere.
_OF_VERTEX: Final = {
    "sample_percent": "no sample_percent: `capture.percent` says it",
    "retention_days": "no retention_days: `capture` keeps it",
    "label_column": "no label_column: the baseline has the features",
}


def _problem(
    asked: Asked,
    code: str,
    path: KeyPath,
    message: str,
    *,
    fix: str,
    allowed: str = "",
    source: str,
) -> Problem:
    where = asked.where(path)
    return Problem(where, code, dotted(path), message, allowed=allowed, fix=fix, source=source)


def _of(
    kinds: type[_M] | tuple[type[_M], ...], judge: Callable[[Asked, _M, Drift], Iterator[Problem]]
) -> Rule:
    """A rule over the models of these kinds that ask for drift."""

    def rule(asked: Asked) -> Iterator[Problem]:
        model = asked.settings
        if isinstance(model, kinds) and model.drift is not None:
            yield from judge(asked, model, model.drift)

    return rule


def _baseline(asked: Asked, model: _Managed, drift: Drift) -> Iterator[Problem]:
    pattern, allowed, page = _FORMS[model.target]
    if not re.fullmatch(pattern, drift.baseline_uri):
        yield _problem(
            asked,
            _BASELINE,
            ("drift", "baseline_uri"),
            f"got {shown(drift.baseline_uri)}, which {model.target} does not read",
            allowed=allowed,
            fix="make the baseline in that form (docs/drift.md)",
            source=page,
        )


def _captured(
    asked: Asked, model: SageMakerModel | AzureMlModel, _drift: Drift
) -> Iterator[Problem]:
    """These look at what is captured; Vertex AI logs for itself."""
    page = _FORMS[model.target][2]
    if model.capture is None:
        yield _problem(
            asked,
            _NOT_CAPTURED,
            ("drift",),
            "nothing is captured that could be held against it",
            fix="add `capture: {percent: …}`",
            source=page,
        )
    elif isinstance(model, SageMakerModel) and "request" not in model.capture.payload:
        yield _problem(
            asked,
            _NOT_CAPTURED,
            ("capture", "payload"),
            f"got {', '.join(model.capture.payload)}, and drift is of requests",
            fix="add `request`",
            source=page,
        )


def _lacking(asked: Asked, model: SageMakerModel | AzureMlModel, drift: Drift) -> Iterator[Problem]:
    """Keys that are for Vertex AI alone."""
    page = _FORMS[model.target][2]
    for key, fix in _OF_VERTEX.items():
        value = getattr(drift, key)
        if value is not None:
            message = f"got {shown(value)}, and {model.target} has nothing for it"
            yield _problem(asked, _NOT_THERE, ("drift", key), message, fix=fix, source=page)


def _sagemaker(asked: Asked, model: SageMakerModel, drift: Drift) -> Iterator[Problem]:
    if model.many_models or model.containers:
        key = "many_models" if model.many_models else "containers"
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift",),
            f"beside `{key}`: Model Monitor reads the requests of one model in one container",
            fix="a file for the model alone, or no drift",
            source=MONITOR_PAGE,
        )
    if drift.threshold is not None and not drift.features:
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift", "threshold"),
            f"got {shown(drift.threshold)} without `features`: each feature has a metric of its "
            "own, and an alarm names its metrics",
            fix="name the features; comparison_threshold in constraints.json is that of all",
            source=MONITOR_PAGE,
        )
    aws = asked.site.targets.aws if asked.site else None
    if aws is not None and aws.region not in MONITOR_ACCOUNTS:
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift",),
            f"Model Monitor has no image in {aws.region}",
            allowed=f"in {', '.join(MONITOR_ACCOUNTS)}",
            fix="no drift there, or another region",
            source=MONITOR_PAGE,
        )


def _beside_capture(asked: Asked, model: VertexModel, _drift: Drift) -> Iterator[Problem]:
    if model.capture is not None:
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift",),
            "beside `capture`: both are logged in one table, and Vertex AI lets none of them "
            "change any more",
            fix="one of the two; drift logs requests too, for `retention_days`",
            source=LOGGING_PAGE,
        )


def _no_label(asked: Asked, _model: VertexModel, drift: Drift) -> Iterator[Problem]:
    if drift.label_column is None:
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift",),
            "without label_column: Vertex AI has to know which column is no feature",
            fix="add `label_column: …`, the column that the model predicts",
            source=MONITORING_PAGE,
        )


def _vertex(asked: Asked, model: VertexModel, drift: Drift) -> Iterator[Problem]:
    if interval_hours(drift.schedule) is None:
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift", "schedule"),
            f"got {shown(drift.schedule)}: Vertex AI counts hours from when the job is made",
            allowed="hourly, daily, or so many hours that a day is a multiple of, `0 */6 * * *`",
            fix="leave the hour of the day out",
            source=MONITORING_PAGE,
        )
    if drift.threshold is not None and drift.threshold > 1:
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift", "threshold"),
            f"got {shown(drift.threshold)}, and no distance is above 1 there",
            allowed="above 0, 1 at most",
            fix="lower it",
            source=MONITORING_PAGE,
        )
    site = asked.site.targets.vertex if asked.site else None
    if (model.endpoint_type or (site.endpoint_type if site else None)) == "peered":
        yield _problem(
            asked,
            _NOT_THERE,
            ("drift",),
            "of a peered endpoint, which logs no requests",
            fix="endpoint_type: private_service_connect, which is private too and logs them",
            source=MONITORING_PAGE,
        )


def _retention(asked: Asked) -> Iterator[Problem]:
    """Whose place it is, decides how long something stays there."""
    model = asked.settings
    if not isinstance(model, _Managed) or model.capture is None:
        return
    days = model.capture.retention_days
    if days is None:
        return
    site = asked.site.targets if asked.site else None
    usual = {
        "sagemaker": site.sagemaker.capture_uri if site and site.sagemaker else None,
        "vertex": site.vertex.capture_uri if site and site.vertex else None,
        "azure_ml": site.azure_ml.capture_uri if site and site.azure_ml else None,
    }[model.target]
    place = model.capture.uri or usual
    if place is None and isinstance(model, VertexModel):
        return
    fix, page = _OWNERS[model.target]
    yield _problem(
        asked,
        _KEPT,
        ("capture", "retention_days"),
        f"got {shown(days)}, and {shown(place) if place else 'the place'} is somebody else's",
        fix=fix,
        source=page,
    )


_OWNERS: Final = {
    "sagemaker": (
        "leave it out; a rule of that bucket's lifecycle deletes what is below the prefix",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html",
    ),
    "vertex": (
        "no uri for a dataset of the endpoint's own; or the default expiration of its dataset",
        "https://cloud.google.com/bigquery/docs/managing-tables#updating_a_tables_expiration_time",
    ),
    "azure_ml": (
        "leave it out; a rule of the storage account's lifecycle management deletes blobs there",
        "https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-overview",
    ),
}
RULES: Final[tuple[Rule, ...]] = (
    _of((SageMakerModel, VertexModel, AzureMlModel), _baseline),
    _of((SageMakerModel, AzureMlModel), _captured),
    _of((SageMakerModel, AzureMlModel), _lacking),
    _of(SageMakerModel, _sagemaker),
    _of(VertexModel, _beside_capture),
    _of(VertexModel, _no_label),
    _of(VertexModel, _vertex),
    _retention,
)
