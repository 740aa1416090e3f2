"""What servers of language models tell Prometheus about requests."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, repeat
from operator import mul
from typing import Final

from facts.metric_shapes import Counter, Histogram, Series, ServerMetrics
from facts.proxy_metrics import LLM_D

__all__ = ["LANGUAGE_SERVER_METRICS"]

_CHECKED: Final = "2026-11-26"

# vllm/v1/metrics/buckets.py of 0.33.0; 0.8.5 to 0.24.0 have the same in loggers.py.
_VLLM_REQUEST: Final = (
    *(0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0),
    *(120.0, 240.0, 480.0, 960.0, 1920.0, 7680.0),
)
_VLLM_FIRST: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5),
    *(10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0),
)
_VLLM_TOKEN: Final = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5),
    *(10.0, 20.0, 40.0, 80.0),
)
# Probes and lists of models are read with GET. An answer that breaks off after its first token has
# been counted as 2xx by then. Before 0.26.0 some refusals of bad requests are among the 5xx
# (https://github.com/vllm-project/vllm/pull/44303), so no share of failures can be told of these.
_VLLM_ERRORS: Final = Counter(
    requests=(Series("http_requests_total", 'method="POST"'),),
    failed=(Series("http_requests_total", 'method="POST",status="5xx"'),),
)


def _vllm(
    name: str,
    release: str,
    *,
    token: str = "inter_token_latency_seconds",  # noqa: S107 - of text
    cache: str = "kv_cache_usage_perc",
    errors: Counter | None = None,
) -> ServerMetrics:
    return ServerMetrics(
        name=name,
        errors=errors,
        duration=Histogram(name="vllm:e2e_request_latency_seconds", unit="s", bounds=_VLLM_REQUEST),
        first_token=Histogram(
            name="vllm:time_to_first_token_seconds", unit="s", bounds=_VLLM_FIRST
        ),
        output_token=Histogram(name=f"vllm:{token}", unit="s", bounds=_VLLM_TOKEN),
        queue=Histogram(name="vllm:request_queue_time_seconds", unit="s", bounds=_VLLM_REQUEST),
        waiting="vllm:num_requests_waiting",
        running="vllm:num_requests_running",
        cache_used=f"vllm:{cache}",
        release=release,
        source="https://github.com/vllm-project/vllm: vllm/v1/metrics/loggers.py, "
        "vllm/entrypoints/serve/instrumentator/metrics.py",
        checked=_CHECKED,
    )


_BEFORE_0_11: Final = "time_per_output_token_seconds"
# 35 bounds, each one and a half times the one before it, from 0.15 ms to 146 s.
_TGI: Final = tuple(accumulate(repeat(1.5, 34), mul, initial=0.0001 * 1.5))

_VLLM_0_11: Final = _vllm(
    "vllm-0.11", "0.24.0, the same in 0.14.1 and 0.20.0; 0.11.0 has the older names too"
)
_PREFILLED: Final = (
    "pods of their own read the prompts before the pods that generate begin to count; the endpoint "
    "picker knows the whole, which wants a token (router_token_secret)"
)


def _disaggregated() -> Iterator[ServerMetrics]:
    """Of vLLM in pods that read prompts and others that generate, without and with llm-d's picker.

    What generates begins when the prompt has been read elsewhere. Waiting is that of both.
    """
    parted = replace(_VLLM_0_11, errors=None, duration=None, first_token=None)
    why = {"latency": _PREFILLED, "first-token": _PREFILLED}
    yield replace(parted, name="vllm-disaggregated", unmeasured=why)
    yield replace(
        parted,
        name="llm-d-disaggregated",
        duration=LLM_D.duration,
        first_token=LLM_D.first_token,
        release=f"{_VLLM_0_11.release}; of the picker {LLM_D.release}",
        source=f"{_VLLM_0_11.source}; {LLM_D.source}",
    )


LANGUAGE_SERVER_METRICS: Final = (
    _vllm("vllm", "0.33.0, the same since 0.26.0", errors=_VLLM_ERRORS),
    _VLLM_0_11,
    *_disaggregated(),
    _vllm("vllm-0.9", "0.9.2", token=_BEFORE_0_11),
    _vllm("vllm-0.8", "0.8.5", token=_BEFORE_0_11, cache="gpu_cache_usage_perc"),
    ServerMetrics(
        name="tgi",
        # Of `err`, `validation` and `template` are the caller's faults, `dropped` are callers that
        # went away, and `overloaded` is answered with 429.
        errors=Counter(
            requests=(Series("tgi_request_count"),),
            failed=(Series("tgi_request_failure", 'err=~"generation|incomplete"'),),
        ),
        duration=Histogram(name="tgi_request_duration", unit="s", bounds=_TGI),
        # The mean of each request.
        output_token=Histogram(
            name="tgi_request_mean_time_per_token_duration", unit="s", bounds=_TGI
        ),
        queue=Histogram(name="tgi_request_queue_duration", unit="s", bounds=_TGI),
        waiting="tgi_queue_size",
        running="tgi_batch_current_size",
        release="3.3.7",
        source="https://github.com/huggingface/text-generation-inference: router/src/server.rs, "
        "router/src/infer/mod.rs, backends/v3/src/",
        checked=_CHECKED,
    ),
    ServerMetrics(
        name="llama.cpp",
        errors=None,
        duration=None,
        waiting="llamacpp:requests_deferred",
        running="llamacpp:requests_processing",
        needs="`--metrics`",
        release="00dc8057",
        source="https://github.com/ggml-org/llama.cpp: tools/server/README.md",
        checked=_CHECKED,
    ),
)
