"""What KServe can honour, and why it cannot do the rest.

What each release has is in facts/kserve.py, with the files of its source.
"""

from typing import Final

from facts.capabilities.shapes import Refusal, Target

_KSERVE: Final = "https://kserve.github.io/website/docs/"
_SOURCE: Final = "https://github.com/kserve/kserve/blob/v0.20.0/"
_API: Final = _SOURCE + "pkg/apis/serving/v1beta1/"
_RECONCILERS: Final = _SOURCE + "pkg/controller/v1beta1/inferenceservice/reconcilers/"
_CANARY: Final = _KSERVE + "model-serving/predictive-inference/rollout-strategies/canary"
_TODAY: Final = "2026-11-25"

TARGET: Final = Target(
    "kserve",
    "KServe",
    ("s3", "gs", "hf", "oci", "oci+native", "pvc", "https", "hdfs", "webhdfs"),
    # By release, protocol and runtime: `kserve/no-runtime`.
    (),
    ("rolling", "all_at_once"),
    _KSERVE + "model-serving/predictive-inference/frameworks/overview",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0301",
        "kserve/candidate-in-standard-mode",
        "standard mode has `spec.canary` from KServe 0.20 on; an older one drops it, and ignores "
        "canaryTrafficPercent without an error",
        "deployment_mode: knative; or no candidate, and the new version under `model`, which "
        "standard mode rolls out pod by pod",
        _API + "inference_service_validation.go",
        _TODAY,
    ),
    Refusal(
        "MS0302",
        "kserve/zero-in-standard-mode",
        "standard mode scales by a HorizontalPodAutoscaler, which keeps at least one pod",
        "min_replicas: 1; or deployment_mode: knative, which scales to zero; or autoscaler: keda "
        "with a prometheus_query that speaks without pods",
        "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
    ),
    Refusal(
        "MS0303",
        "kserve/shift",
        "KServe has no timed shift of its own",
        "a candidate with canary_percent, raised step by step",
        _CANARY,
        "2026-11-21",
    ),
    Refusal(
        "MS0323",
        "kserve/share-in-standard-mode",
        "the routes that this release makes in standard mode give a canary no requests, whatever "
        "its trafficPercent",
        "canary_percent: 0, and the candidate is tried by its own URL; or `host`, whose route is "
        "ours and parts requests; or deployment_mode: knative, which holds any share",
        _RECONCILERS + "ingress/httproute_reconciler.go",
        _TODAY,
    ),
    Refusal(
        "MS0324",
        "kserve/share-without-gateway-api",
        "in standard mode only the routes of Gateway API give a canary its share, and the "
        "environment does not say that KServe makes them",
        "`gateway_api: true` under `model-serving:targets.kubernetes`, once KServe's "
        "enableGatewayApi is on; or canary_percent: 0",
        "https://github.com/kserve/kserve/pull/5912",
        _TODAY,
    ),
    Refusal(
        "MS0325",
        "kserve/no-runtime",
        "no runtime of this release serves that, and KServe would only say NoSupportingRuntime",
        "a framework and protocol that go together; or `runtime` with a serving runtime of the "
        "cluster's own; or `model.image`",
        _SOURCE + "config/runtimes",
        _TODAY,
    ),
    Refusal(
        "MS0326",
        "kserve/runtime",
        "that runtime does not serve this framework by this protocol in this release",
        "no `runtime`, and the framework's own is taken; or a framework and protocol that it has",
        _SOURCE + "config/runtimes",
        _TODAY,
    ),
    Refusal(
        "MS0327",
        "kserve/autoscaler-in-knative-mode",
        "Knative scales by itself: on requests, CPU or memory, and on one of them",
        "concurrency_target, requests_per_second_target, cpu_target_percent or "
        "memory_target_percent; or deployment_mode: standard with autoscaler: keda",
        _API + "component.go",
        _TODAY,
    ),
    Refusal(
        "MS0328",
        "kserve/requests-in-standard-mode",
        "nobody counts a pod's requests in standard mode: its autoscaler sees CPU and memory",
        "cpu_target_percent; or autoscaler: keda with a prometheus_query; or deployment_mode: "
        "knative",
        _RECONCILERS + "hpa/hpa_reconciler.go",
        _TODAY,
    ),
    Refusal(
        "MS0329",
        "kserve/keda-with-candidate",
        "a canary's ScaledObject would have no triggers, which KEDA refuses",
        "autoscaler: hpa while there is a candidate",
        _RECONCILERS + "keda/keda_reconciler.go",
        _TODAY,
    ),
    Refusal(
        "MS0330",
        "kserve/share-beside-companion",
        "the routes split the predictor only: what is meant for a transformer or explainer would "
        "reach the canary itself",
        "canary_percent: 0; or deployment_mode: knative, where the transformer asks the predictor",
        "https://github.com/kserve/kserve/pull/5944",
        _TODAY,
    ),
    Refusal(
        "MS0331",
        "kserve/artifact",
        "KServe cannot read that: it is not how it spells the place",
        "the spelling that KServe reads",
        _SOURCE + "python/storage/kserve_storage/kserve_storage.py",
        _TODAY,
    ),
    Refusal(
        "MS0332",
        "kserve/version",
        "nothing is known of that release",
        "KServe 0.15.2 or newer on the cluster, and its version under "
        "`model-serving:targets.kubernetes`",
        "https://github.com/kserve/kserve/releases",
        _TODAY,
    ),
    Refusal(
        "MS0333",
        "kserve/zero-on-cpu",
        "without pods there is no CPU and no memory in use, so nothing would wake the model",
        "min_replicas: 1; or concurrency_target, on which Knative scales from zero",
        "https://knative.dev/docs/serving/autoscaling/autoscaler-types/",
    ),
    Refusal(
        "MS0334",
        "kserve/query-without-keda",
        "only KEDA asks a Prometheus, in the name of autoscaler: keda, and needs something to "
        "scale on; `external` is scaled by somebody else",
        "autoscaler: keda with prometheus_url, prometheus_query and prometheus_target, or with "
        "cpu_target_percent",
        _API + "inference_service_validation.go",
        _TODAY,
    ),
)
