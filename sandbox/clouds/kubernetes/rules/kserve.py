"""What KServe's own webhooks refuse of an InferenceService, beyond its schema.

Source: pkg/apis/serving/v1beta1/ of KServe 0.20: validateInferenceService, validateCanarySpecs,
validateAutoScalingCompExtension, validateMultipleStorageURIs, validatePredictorNameChange of
inference_service_validation.go; validateReplicas, validateLogger of component.go. The webhook takes
any canaryTrafficPercent; Knative's refuses the route that KServe makes of one beyond 0 to 100.
https://kserve.github.io/website/docs/reference/crd-api
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, not_in, shown
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = [
    "FRAMEWORKS",
    "MODE",
    "PREFIX",
    "SCHEMES",
    "change",
    "inference_service",
    "schemes",
    "standard",
]

Object = dict[str, Any]
PREFIX = "serving.kserve.io/"
MODE = f"{PREFIX}deploymentMode"
_CLASS = f"{PREFIX}autoscalerClass"
_CLASSES = ("hpa", "external", "keda", "none")
_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
FRAMEWORKS = (
    *("sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "pmml", "lightgbm"),
    *("paddle", "huggingface", "model"),
)
SCHEMES = (
    *("gs://", "s3://", "pvc://", "file://", "https://", "http://", "hdfs://", "webhdfs://"),
    *("oci://", "oci+native://", "hf://"),
)
_BLOCKED = ("PYTHONPATH",)
_FULL = 100
_FIXED = ("autoScaling", "maxReplicas", "scaleMetric", "scaleTarget", "workerSpec")
_LOG_MODES = ("all", "request", "response")


def standard(metadata: Any) -> bool:  # noqa: ANN401
    """Whether an object is deployed without Knative."""
    mode = str(mapped(mapped(metadata).get("annotations")).get(MODE, ""))
    return mode.lower() in {"standard", "rawdeployment"}


def inference_service(value: Object) -> Iterator[Problem]:
    """What is wrong with an InferenceService."""
    if value.get("apiVersion") != "serving.kserve.io/v1beta1":
        return
    metadata, spec = mapped(value.get("metadata")), mapped(value.get("spec"))
    if value.get("metadata") is UNKNOWN:
        metadata = {"annotations": UNKNOWN}
    name = metadata.get("name")
    if isinstance(name, str) and not _NAME.fullmatch(name):
        yield Problem(
            "metadata.name",
            f'got "{name}"; use lower-case letters, digits and "-", beginning with a letter',
        )
    annotations = mapped(metadata.get("annotations"))
    yield from words.among(annotations.get(_CLASS), _CLASSES, f'metadata.annotations["{_CLASS}"]')
    predictor = spec.get("predictor")
    if predictor is None and value.get("spec") is not UNKNOWN:
        yield Problem("spec.predictor", "missing required property; give it an object")
    if words.is_object(predictor):
        yield from _predictor(mapped(predictor), "spec.predictor")
    for part in ("predictor", "transformer", "explainer"):
        if words.is_object(spec.get(part)):
            yield from _component(mapped(spec[part]), f"spec.{part}", metadata)
    yield from _canaries(spec, metadata)
    for part in ("transformer", "explainer"):
        given = mapped(spec.get(part))
        made = given.get("containers") or (part == "explainer" and given.get("art"))
        if words.is_object(spec.get(part)) and not has_unknown(given) and not made:
            wanted = "containers or art" if part == "explainer" else "containers"
            yield Problem(f"spec.{part}", f"exactly one implementation is needed: {wanted}")


def _predictor(predictor: Object, at: str) -> Iterator[Problem]:
    given = [name for name in FRAMEWORKS if predictor.get(name) is not None]
    containers = [c for _, c in words.each(predictor.get("containers"))]
    own = [c for c in containers if c.get("name") == "kserve-container"]
    count = len(given) + (len(own) if own else bool(containers and not given))
    if count != 1 and not has_unknown(predictor):
        got = [*given, *(["containers"] if count > len(given) else [])]
        yield Problem(
            at,
            f"exactly one implementation is needed, got {' and '.join(got) or 'none'}; give it"
            " model (with modelFormat) or a container named kserve-container",
        )
    for name in given:
        framework = mapped(predictor[name])
        if framework.get("name"):
            yield Problem(f"{at}.{name}.name", "not allowed in a standard predictor")
        yield from _environment([framework], f"{at}.{name}")
        if framework.get("storageUri") and predictor.get("storageUris"):
            yield Problem(f"{at}.storageUris", f"give it or {name}.storageUri, not both")
    first = containers[0] if containers and not given else {}
    for index, variable in words.each(first.get("env")):
        if variable.get("name") == "PROTOCOL":
            # validateCustomProtocol of predictor_custom.go.
            where = f"{at}.containers[0].env[{index}].value"
            yield from words.among(variable.get("value"), ("v1", "v2"), where)
    percent = predictor.get("canaryTrafficPercent")
    # Knative refuses the route that KServe makes of it.
    yield from words.within(percent, 0, _FULL, f"{at}.canaryTrafficPercent")


def _canaries(spec: Object, metadata: Object) -> Iterator[Problem]:
    """Predictors beside the stable one, each with its share."""
    canaries = spec.get("canary")
    if not canaries or canaries is UNKNOWN:
        return
    annotations = metadata.get("annotations")
    mode = mapped(annotations).get(MODE)
    if mode != "Standard" and not has_unknown([metadata, annotations]):
        yield Problem("spec.canary", f"only with the annotation {MODE}: Standard")
    names = {mapped(spec.get("predictor")).get("name")}
    for index, canary in words.each(canaries):
        at = f"spec.canary[{index}]"
        percent, predictor = canary.get("trafficPercent"), mapped(canary.get("predictor"))
        yield from words.within(percent, 0, _FULL, f"{at}.trafficPercent")
        name = predictor.get("name")
        if not name and canary.get("predictor") is not UNKNOWN:
            yield Problem(f"{at}.predictor.name", "missing; each canary needs a name of its own")
        elif isinstance(name, str) and name in names:
            yield Problem(f"{at}.predictor.name", f'got "{name}", which another predictor has')
        names.add(name)
        few, stable = predictor.get("minReplicas"), mapped(spec.get("predictor"))
        most = stable.get("minReplicas", 1)
        if words.number(few) and words.number(most) and few > most:
            text = f"got {few}, above the stable predictor's {most}"
            yield Problem(f"{at}.predictor.minReplicas", text)
        for block in _FIXED:
            if predictor.get(block) is not None and predictor[block] is not UNKNOWN:
                yield Problem(f"{at}.predictor.{block}", "a canary has a fixed number of replicas")
    shares = [mapped(canary).get("trafficPercent") or 0 for canary in listed(canaries)]
    if all(words.number(share) for share in shares) and sum(shares) > _FULL:
        yield Problem("spec.canary", f"the shares sum up to {sum(shares)}; use at most {_FULL}")


def _component(part: Object, at: str, metadata: Object) -> Iterator[Problem]:
    low, high = part.get("minReplicas", 1), part.get("maxReplicas")
    yield from words.at_least(low, 0, f"{at}.minReplicas")
    yield from words.at_least(high, 0, f"{at}.maxReplicas")
    if words.number(low) and words.number(high) and high and low > high:
        # The webhook: 'MinReplicas' cannot be greater than MaxReplicas.
        yield Problem(f"{at}.minReplicas", f"got {low}, above maxReplicas {high}")
    yield from words.at_least(part.get("containerConcurrency"), 0, f"{at}.containerConcurrency")
    logger = part.get("logger")
    if words.is_object(logger):
        mode = mapped(logger).get("mode")
        if mode is not UNKNOWN and mode not in _LOG_MODES:
            yield Problem(f"{at}.logger.mode", not_in(mode, _LOG_MODES))
        storage = mapped(logger).get("storage")
        for name in ("path", "parameters", "key"):
            if words.is_object(storage) and mapped(storage).get(name) is None:
                yield Problem(f"{at}.logger.storage.{name}", "missing; a log's storage needs it")
    for index, storage in words.each(part.get("storageUris")):
        where = f"{at}.storageUris[{index}]"
        if storage.get("uri") == "":
            yield Problem(f"{where}.uri", "must not be empty")
        path = storage.get("mountPath", "/mnt/models")
        if isinstance(path, str) and (path == "/" or not path.startswith("/") or ".." in path):
            text = f'got {shown(path)}; must be absolute, not "/", without ".."'
            yield Problem(f"{where}.mountPath", text)
    for block in ("containers", "initContainers"):
        yield from _environment([c for _, c in words.each(part.get(block))], f"{at}.{block}")
    yield from _scaling(part, at, metadata)


def _environment(containers: list[Object], at: str) -> Iterator[Problem]:
    for container in containers:
        for _, variable in words.each(container.get("env")):
            if variable.get("name") in _BLOCKED:
                yield Problem(f"{at}.env", f"{variable['name']} must not be set")


def _scaling(part: Object, at: str, metadata: Object) -> Iterator[Problem]:
    annotations = mapped(metadata.get("annotations"))
    metric, target = part.get("scaleMetric"), part.get("scaleTarget")
    if annotations.get(MODE) == "Standard":
        kind = annotations.get(_CLASS)
        if kind == "hpa":
            yield from words.among(metric, ("cpu", "memory"), f"{at}.scaleMetric")
            yield from words.within(target, 1, _FULL, f"{at}.scaleTarget")
        elif kind == "keda":
            if metric not in {None, UNKNOWN}:
                text = "not supported for KEDA; use autoScaling.metrics"
                yield Problem(f"{at}.scaleMetric", text)
            yield from _keda(part, f"{at}.autoScaling")
        return
    if UNKNOWN in (metadata.get("annotations"), annotations.get(MODE)):
        return
    if annotations.get("autoscaling.knative.dev/class") != "hpa.autoscaling.knative.dev":
        yield from words.among(metric, ("concurrency", "rps"), f"{at}.scaleMetric")
        if part.get("deploymentStrategy") is not None:
            yield Problem(f"{at}.deploymentStrategy", f"only with the annotation {MODE}: Standard")
        if metric == "rps":
            yield from words.at_least(target, 1, f"{at}.scaleTarget")


def _keda(part: Object, at: str) -> Iterator[Problem]:
    sources = {"Resource": "resource", "External": "external", "PodMetric": "podmetric"}
    for index, metric in words.each(mapped(part.get("autoScaling")).get("metrics")):
        where, kind = f"{at}.metrics[{index}]", metric.get("type")
        yield from words.among(kind, tuple(sources), f"{where}.type")
        source = sources.get(str(kind), "")
        if not source or has_unknown(metric):
            continue
        given = metric.get(source)
        if given is None:
            yield Problem(f"{where}.{source}", f"missing; type {kind} needs it")
            continue
        target = mapped(mapped(given).get("target"))
        if kind == "Resource":
            if mapped(given).get("name") == "cpu" and target.get("type") != "Utilization":
                yield Problem(f"{where}.{source}.target.type", "use Utilization for cpu")
            continue
        if not mapped(mapped(given).get("metric")).get("query"):
            yield Problem(f"{where}.{source}.metric.query", "must not be empty")
        if target.get("value") is None:
            yield Problem(f"{where}.{source}.target.value", "missing; give it the threshold")


def change(old: Object, new: Object) -> Iterator[Problem]:
    """What an update must not change."""
    before = mapped(old.get("status")).get("deploymentMode")
    wanted = mapped(mapped(new.get("metadata")).get("annotations")).get(MODE)
    same = {"Serverless": "Knative", "RawDeployment": "Standard"}
    if before and wanted and same.get(str(wanted), wanted) != same.get(str(before), before):
        yield Problem(
            f'metadata.annotations["{MODE}"]',
            f"update rejected: deploymentMode cannot be changed from '{before}' to '{wanted}'",
        )
    first, second = (mapped(mapped(v.get("spec")).get("predictor")) for v in (old, new))
    own = first.get("containers") or second.get("containers")
    if not own and first.get("name") != second.get("name") and _uri(first) == _uri(second):
        yield Problem("spec.predictor.name", "a new name needs a new model, as another storageUri")


def _uri(predictor: Object) -> Any:  # noqa: ANN401
    for name in FRAMEWORKS:
        if uri := mapped(predictor.get(name)).get("storageUri"):
            return uri
    return None


def schemes(value: Object) -> Iterator[tuple[str, str]]:
    """The storage that an InferenceService reads, with where it is named."""
    predictor = mapped(mapped(value.get("spec")).get("predictor"))
    for name in FRAMEWORKS:
        uri = mapped(predictor.get(name)).get("storageUri")
        if isinstance(uri, str):
            yield f"spec.predictor.{name}.storageUri", uri
    for index, storage in enumerate(listed(predictor.get("storageUris"))):
        uri = mapped(storage).get("uri")
        if isinstance(uri, str):
            yield f"spec.predictor.storageUris[{index}].uri", uri
