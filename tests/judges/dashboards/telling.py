"""Made-up series of Prometheus: what servers and GPUs would have told on a day with a bad end.

Counters are by minute, as text that `promtool tsdb create-blocks-from openmetrics` reads.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from facts.metric_shapes import Histogram
from facts.server_metrics import SERVER_METRICS

__all__ = [
    "END",
    "MINUTES",
    "Minutes",
    "by_version",
    "gpus",
    "language_model",
    "minutes",
    "server",
    "wave",
]

Minutes = npt.NDArray[np.float64]
# Monday, 2 November 2026, 03:00 UTC.
END: Final = 1_793_588_400
# The day before, and the six hours that a dashboard shows.
MINUTES: Final = 30 * 60
_SPREAD: Final = 0.45
_PER_SECOND: Final = {"s": 1.0, "ms": 1e3, "us": 1e6}
_OURS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 1.0, 2.5, 10.0)


def minutes() -> Minutes:
    """Minutes before the end, the earliest first."""
    return np.arange(MINUTES, dtype=np.float64) - MINUTES + 1


def wave(seed: int) -> Minutes:
    """More by day than by night, and never even: 0.3 to 1."""
    noise = np.random.default_rng(seed).normal(1, 0.04, MINUTES)
    return (0.65 + 0.35 * np.cos(2 * np.pi * (minutes() + 9 * 60) / 1440)) * noise


def by_version(
    model: str, versions: Mapping[str, Minutes], *, pods: int = 2
) -> Iterator[tuple[dict[str, str], Minutes]]:
    """Labels of each pod, and the share of requests that it gets; none where it is not there."""
    for version, share in versions.items():
        for number in range(pods):
            labels = {
                "serving_model": model,
                "serving_version": version,
                "namespace": "models",
                "pod": f"{model}-{version.replace('.', '-')}-{number}",
            }
            yield labels, share / pods


def server(  # noqa: PLR0917 - a story
    kind: str,
    pods: Sequence[tuple[dict[str, str], Minutes]],
    failing: Mapping[str, Minutes],
    median_ms: Mapping[str, Minutes],
    per_second: float = 40.0,
    seed: int = 1,
) -> Iterator[str]:
    """Requests of a model's pods, their failures and their time.

    Args:
        kind: `reference` or `knative`.
        pods: labels, and share of the requests; NaN where there is no such pod.
        failing: by version, the share that fails.
        median_ms: by version, half of the requests are answered within.
        per_second: requests by day.
        seed: of the noise.
    """
    shape = SERVER_METRICS[kind]
    if shape.errors is None or shape.duration is None:
        raise ValueError(f"{kind} does not count failures, or tells no time")
    code = "status" if kind == "reference" else "http_response_status_code"
    for number, (labels, share) in enumerate(pods):
        there = ~np.isnan(share)
        requests = np.round(wave(seed + number) * per_second * 60 * np.nan_to_num(share))
        version = labels["serving_version"]
        failed = np.round(requests * failing[version])
        yield from _lines("up", labels, np.where(there, 1.0, np.nan))
        answered = {"200": requests - failed, "500": failed}
        if kind == "knative":
            for status, count in answered.items():
                timed = {**labels, code: status}
                yield from _timed(shape.duration, timed, count, median_ms[version], there)
            continue
        for status, count in answered.items():
            name = shape.errors.requests[0].name
            yield from _counted(name, {**labels, code: status}, count, there)
        yield from _timed(shape.duration, labels, requests, median_ms[version], there)
        in_work = requests / 60 * median_ms[version] / 1e3
        yield from _lines(shape.running, labels, np.where(there, np.round(in_work), np.nan))


def language_model(
    pods: Sequence[tuple[dict[str, str], Minutes]], crowded: Minutes
) -> Iterator[str]:
    """What vLLM tells; `crowded` is how many times as long everything takes."""
    shape = SERVER_METRICS["vllm"]
    for number, (labels, share) in enumerate(pods):
        there = ~np.isnan(share)
        requests = np.round(wave(number) * 6 * 60 * np.nan_to_num(share))
        failed = np.round(requests * np.where(crowded > 2, 0.004, 0.0005))
        yield from _lines("up", labels, np.where(there, 1.0, np.nan))
        for status, count in (("2xx", requests - failed), ("5xx", failed)):
            name = "http_requests_total"
            yield from _counted(name, {**labels, "method": "POST", "status": status}, count, there)
        for histogram, median, times in (
            (shape.duration, 4000.0, 1),
            (shape.first_token, 180.0, 1),
            (shape.output_token, 22.0, 200),
            (shape.queue, 15.0, 1),
        ):
            if histogram is not None:
                slower = crowded**2 if histogram is shape.queue else crowded
                yield from _timed(histogram, labels, requests * times, median * slower, there)
        running = np.minimum(requests / 60 * 4 * crowded, 32)
        waiting = np.maximum(requests / 60 * 4 * crowded - 32, 0)
        cache = np.minimum(0.12 + running / 38, 0.99)
        for name, value in (
            (shape.running, np.round(running)),
            (shape.waiting, np.round(waiting)),
            (shape.cache_used, cache),
        ):
            yield from _lines(name, labels, np.where(there, value, np.nan))


def gpus() -> Iterator[str]:
    """Two nodes: a busy GPU, one that a pod has and does not use, one that nobody has."""
    busy = np.clip(wave(3) * 95, 0, 100)
    for node, gpu, pod, use in (
        ("gpu-l4-0", "0", "chat-assistant-2-0-0", busy),
        ("gpu-l4-1", "0", "chat-assistant-2-0-1", busy * 0.9),
        ("gpu-l4-2", "0", "embedder-1-0-0", busy * 0),
        ("gpu-l4-3", "0", "", busy * 0),
    ):
        labels = {"Hostname": node, "gpu": gpu, "UUID": f"GPU-{node}", "modelName": "NVIDIA L4"}
        if pod:
            labels |= {"exported_namespace": "models", "exported_pod": pod}
        used = np.full(MINUTES, 20_900.0 if pod else 4.0)
        for name, value in (
            ("DCGM_FI_DEV_GPU_UTIL", np.round(use)),
            ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", use / 100 * 0.4),
            ("DCGM_FI_PROF_DRAM_ACTIVE", use / 100 * 0.6),
            ("DCGM_FI_DEV_FB_USED", used),
            ("DCGM_FI_DEV_FB_FREE", 22_500 - used),
            ("DCGM_FI_DEV_GPU_TEMP", np.round(36 + use * 0.45)),
            ("DCGM_FI_DEV_POWER_USAGE", 17 + use * 0.5),
        ):
            yield from _lines(name, labels, value)


def _timed(
    histogram: Histogram,
    labels: Mapping[str, str],
    requests: Minutes,
    median_ms: Minutes,
    there: npt.NDArray[np.bool_],
) -> Iterator[str]:
    unit = _PER_SECOND[histogram.unit]
    for bound in (*(histogram.bounds or _OURS), math.inf):
        bounded = {**labels, "le": "+Inf" if math.isinf(bound) else f"{bound:g}"}
        within = requests * _share_within(bound / unit * 1e3, median_ms)
        yield from _counted(f"{histogram.name}_bucket", bounded, within, there)
    yield from _counted(f"{histogram.name}_count", labels, requests, there)


def _share_within(bound_ms: float, median_ms: Minutes) -> Minutes:
    """Of times spread as requests' times are: a few take much longer than most."""
    if math.isinf(bound_ms):
        return np.ones_like(median_ms)
    z = (math.log(bound_ms) - np.log(median_ms)) / (_SPREAD * math.sqrt(2))
    return np.array([(1 + math.erf(each)) / 2 for each in z])


def _counted(
    name: str, labels: Mapping[str, str], each_minute: Minutes, there: npt.NDArray[np.bool_]
) -> Iterator[str]:
    yield from _lines(name, labels, np.where(there, np.cumsum(each_minute), np.nan))


def _lines(name: str, labels: Mapping[str, str], values: Minutes) -> Iterator[str]:
    told = ",".join(f'{key}="{value}"' for key, value in labels.items())
    first = END - 60 * (MINUTES - 1)
    for number, value in enumerate(values):
        if not math.isnan(value):
            yield f"{name}{{{told}}} {value:.10g} {first + 60 * number}"
