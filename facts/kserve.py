"""What KServe's releases can do, read from their source on 2026-11-25.

Paths are in KServe's repository. Releases between two of these have what the older one has.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from facts.kserve_runtimes import RUNTIMES, Release, ServingRuntime

__all__ = [
    "AUTOSCALERS",
    "AZURE_SCHEMES",
    "KSERVE_VERSIONS",
    "OLDEST",
    "STORAGE",
    "KServeVersion",
    "Storage",
    "choose_runtime",
    "kserve_version",
    "mode_of",
    "protocol_of",
    "release_of",
]

_CONSTANTS: Final = "pkg/constants/constants.go"
_VALIDATION: Final = "pkg/apis/serving/v1beta1/inference_service_validation.go"
_ROUTES: Final = (
    "pkg/controller/v1beta1/inferenceservice/reconcilers/ingress/httproute_reconciler.go"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KServeVersion:
    """One release. `sources` says where each statement is read."""

    version: str
    knative: str = "Knative"
    standard: str = "Standard"
    """The modes as the annotation `serving.kserve.io/deploymentMode` spells them."""
    canaries: bool = False
    """`spec.canary`: in standard mode only; unique names, shares that sum up to 100 at most, no
    autoscaling of a canary, its minimum at most the stable predictor's."""
    weighted_routes: bool = False
    """The HTTPRoutes of Gateway API give a canary its share. Without this, `trafficPercent` only
    counts replicas: all requests go to the stable predictor."""
    two_protocols: bool = False
    """HTTPRoutes tell gRPC from HTTP where a Service has both ports."""
    native_oci: bool = False
    """`oci+native://`, by Kubernetes' image volumes."""
    stores_captured: bool = True
    """`spec.predictor.logger.storage`: requests go to a bucket, as files of JSON."""
    batches_captured: bool = True
    """`batchSize` beside it: many of them in one file."""
    blocked_env: tuple[str, ...] = ()
    """Variables that the webhook refuses."""
    knative_metrics: str = "knative"
    """What Knative's queue proxy tells Prometheus, by its name in facts/server_metrics.py, in the
    Knative that its quick installation brings."""
    vllm_metrics: str = "vllm-0.11"
    """The same of the vLLM in its huggingfaceserver."""
    sources: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def release(self) -> Release:
        """Major and minor number."""
        return release_of(self.version)

    @property
    def runtimes(self) -> tuple[ServingRuntime, ...]:
        """The runtimes that it brings."""
        return tuple(each for each in RUNTIMES if each.since <= self.release)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """What is served without naming a runtime."""
        found = {
            each.name
            for runtime in self.runtimes
            if runtime.installed
            for each in runtime.formats
            if each.auto and each.in_release(self.release)
        }
        return tuple(sorted(found, key=str.lower))


_MODES: Final = {
    "stores_captured": "pkg/apis/serving/v1beta1/inference_service.go: LoggerSpec",
    "batches_captured": "pkg/apis/serving/v1beta1/inference_service.go: LoggerSpec",
    "modes": f"{_CONSTANTS}: DeploymentModeType",
    # Up to 0.16 hack/quick_install.sh brings Knative 1.15.2, from 0.17 on 1.21.1.
    "knative_metrics": "kserve-deps.env: KNATIVE_SERVING_VERSION",
    # 0.8.5, 0.9.2, 0.15.1, 0.20.0 and 0.24.0.
    "vllm_metrics": "python/huggingface_server.Dockerfile: VLLM_VERSION",
}
_CANARIES: Final = {
    "canaries": f"{_VALIDATION}: validateCanarySpecs",
    "weighted_routes": _ROUTES,
    "native_oci": f"{_CONSTANTS}: OciNativeURIPrefix",
    "blocked_env": "pkg/validation/: DefaultBlockedEnvVars",
    "two_protocols": f"{_ROUTES}: detectServiceProtocolPorts",
}
_OLD_KNATIVE: Final = "knative-1.15"
KSERVE_VERSIONS: Final[tuple[KServeVersion, ...]] = (
    KServeVersion(
        version="0.15.2",
        knative="Serverless",
        standard="RawDeployment",
        knative_metrics=_OLD_KNATIVE,
        vllm_metrics="vllm-0.8",
        stores_captured=False,
        batches_captured=False,
        sources=dict(_MODES),
    ),
    KServeVersion(
        version="0.16.0",
        knative_metrics=_OLD_KNATIVE,
        vllm_metrics="vllm-0.9",
        batches_captured=False,
        sources=dict(_MODES),
    ),
    KServeVersion(version="0.17.0", sources=dict(_MODES)),
    KServeVersion(
        version="0.19.0",
        two_protocols=True,
        blocked_env=("PYTHONPATH",),
        sources=_MODES | _CANARIES,
    ),
    KServeVersion(
        version="0.20.0",
        canaries=True,
        two_protocols=True,
        native_oci=True,
        blocked_env=("PYTHONPATH",),
        sources=_MODES | _CANARIES,
    ),
    # Not released yet: the main branch at aaac4e29 of 2026-08-21, two weeks after 0.20.0.
    KServeVersion(
        version="0.21.0",
        canaries=True,
        weighted_routes=True,
        two_protocols=True,
        native_oci=True,
        blocked_env=("PYTHONPATH",),
        sources=_MODES | _CANARIES | {"weighted_routes": f"{_ROUTES}: applyCanaryWeights"},
    ),
)
OLDEST: Final = KSERVE_VERSIONS[0].version

# AutoscalerAllowedClassList in pkg/constants/constants.go, the same in all of them; `none` keeps
# min_replicas pods, for which min_replicas equal to max_replicas is the other word.
AUTOSCALERS: Final = ("hpa", "keda", "external")


@dataclass(frozen=True, slots=True)
class Storage:
    """A place that models are read from: its spelling, and what has to be given to read it."""

    scheme: str
    pattern: str
    spelling: str
    credentials: str
    source: str


_INITIALISER: Final = "python/storage/kserve_storage/kserve_storage.py"
# An artifact is a folder or a file below the bucket, container or claim.
STORAGE: Final[tuple[Storage, ...]] = (
    Storage(
        "s3",
        r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+",
        "s3://bucket/path",
        "a service account bound to a role that may read it, unless the bucket is public",
        "pkg/credentials/s3/",
    ),
    Storage(
        "gs",
        r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]/.+",
        "gs://bucket/path",
        "a service account bound to an identity that may read it, unless the bucket is public",
        "pkg/credentials/gcs/",
    ),
    Storage(
        "https",
        r"https://[^/]+/.+",
        "https://host/path, of Azure's blobs https://account.blob.core.windows.net/container/path",
        "a service account bound to an identity that may read Azure's container; other hosts: none",
        f"{_INITIALISER}: _AZURE_BLOB_RE, pkg/credentials/azure/",
    ),
    Storage(
        "hf",
        r"hf://[^/]+/[^/]+",
        "hf://owner/model@commit",
        "a service account whose secret has HF_TOKEN, for gated and private models",
        f"{_INITIALISER}: _download_hf, pkg/credentials/hf/hf_secret.go",
    ),
    Storage(
        "pvc",
        r"pvc://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(/.*)?",
        "pvc://claim/path",
        "none: the claim is in the model's namespace",
        "pkg/utils/storage.go",
    ),
    Storage(
        "oci",
        r"oci://[^/]+/.+",
        "oci://registry/name:tag or @sha256:…",
        "what pulls images there; KServe's `enableModelcar` has to be on",
        "pkg/types/config.go: EnableOciImageSource",
    ),
    Storage(
        "oci+native",
        r"oci\+native://[^/]+/.+",
        "oci+native://registry/name@sha256:…",
        "what pulls images there; Kubernetes needs image volumes",
        f"{_CONSTANTS}: OciNativeURIPrefix",
    ),
    Storage(
        "hdfs", r"hdfs://.+", "hdfs://path", "a service account's secret", "pkg/credentials/hdfs/"
    ),
    Storage(
        "webhdfs",
        r"webhdfs://.+",
        "webhdfs://path",
        "a service account's secret",
        "pkg/credentials/hdfs/",
    ),
)

# How others spell Azure's storage; KServe reads its blobs by https.
AZURE_SCHEMES: Final = ("abfs", "abfss", "adl", "az", "azureml", "wasb", "wasbs")


def release_of(version: object) -> Release:
    """Major and minor number of a version; (0, 0) of what is none."""
    found = re.match(r"v?(\d+)\.(\d+)", str(version))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def kserve_version(version: object) -> KServeVersion:
    """What is known of a version: the newest of the known releases that is not newer than it."""
    release = release_of(version)
    fitting = [each for each in KSERVE_VERSIONS if each.release <= release]
    return fitting[-1] if fitting else KSERVE_VERSIONS[0]


def mode_of(spelling: object) -> str | None:
    """The mode that an annotation says, in whichever release's spelling; None for no known one."""
    for each in KSERVE_VERSIONS:
        if spelling in {each.knative, each.standard}:
            return "knative" if spelling == each.knative else "standard"
    return None


def choose_runtime(
    version: KServeVersion, framework: str, protocol: str | None
) -> ServingRuntime | None:
    """The runtime that KServe itself would take for a framework; None: NoSupportingRuntime.

    Without a protocol, one that answers v1 is preferred, as KServe's default is.
    """
    release = version.release
    able = sorted(
        (
            each
            for each in version.runtimes
            if each.installed and each.serves(framework, release, by_name=False)
        ),
        key=lambda each: each.priority(framework, release),
    )
    if protocol is not None:
        return next((each for each in able if protocol in each.protocols), None)
    return next((each for each in able if "v1" in each.protocols), able[0] if able else None)


def protocol_of(runtime: ServingRuntime) -> str:
    """The protocol where none is asked for."""
    return "v1" if "v1" in runtime.protocols else runtime.protocols[0]
