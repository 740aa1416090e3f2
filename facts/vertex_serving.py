"""What Vertex AI serves by: kinds of endpoints, machines, metrics of scaling, prebuilt containers.

Read 2026-11-26 in stored copies of Google's pages and in the API's discovery document of
google-api-python-client (`aiplatform.v1`). Google calls the product "Agent Platform" in newer
pages; the API, its metrics and the SDKs keep the older name.
"""

import re
from dataclasses import dataclass
from typing import Final

from facts.limits import Limit
from facts.machines.choose import find, named
from facts.model_references import Reference, parse

__all__ = [
    "ACCELERATOR_TYPES",
    "ALERTS",
    "ARTIFACT_FILE",
    "BATCH_PAGE",
    "COHOSTING_PAGE",
    "CONTAINERS_PAGE",
    "COPY_PAGE",
    "CPU_MACHINE",
    "CRON_WORDS",
    "ENDPOINT_KINDS",
    "ENDPOINT_PAGE",
    "IMAGE",
    "INPUT_FORMATS",
    "MACHINE_PAGE",
    "OUTPUT_FORMATS",
    "PREBUILT",
    "REPLICAS",
    "RESERVED_VARIABLE",
    "SCALING_METRICS",
    "SCALING_PAGE",
    "SCALING_PERCENT",
    "USES",
    "USUAL_ENDPOINT",
    "EndpointKind",
    "accelerator_type",
    "machine_for",
    "misfit",
    "prebuilt_image",
    "registry_region",
    "registry_version",
    "shares_pools",
]

_DOCS: Final = "https://cloud.google.com/vertex-ai/docs/"
_API: Final = f"{_DOCS}reference/rest/v1/"
ENDPOINT_PAGE: Final = f"{_DOCS}predictions/choose-endpoint-type"
MACHINE_PAGE: Final = f"{_DOCS}predictions/configure-compute"
SCALING_PAGE: Final = f"{_DOCS}predictions/autoscaling"
COHOSTING_PAGE: Final = f"{_DOCS}predictions/model-co-hosting"
BATCH_PAGE: Final = f"{_DOCS}predictions/get-batch-predictions"
_READ: Final = "2026-11-26"


@dataclass(frozen=True, slots=True)
class EndpointKind:
    """One way in, as Google's table of endpoint types compares them."""

    name: str
    title: str
    payload: Limit
    timeout: Limit
    splits_traffic: bool = True
    logs_requests: bool = True
    service_controls: bool = True
    """Whether it can be within a perimeter of VPC Service Controls."""


def _payload(megabytes: float) -> Limit:
    return Limit("request or answer", None, megabytes, "MB", ENDPOINT_PAGE, _READ)


def _timeout(seconds: int) -> Limit:
    return Limit("answer", None, seconds, "seconds", ENDPOINT_PAGE, _READ)


ENDPOINT_KINDS: Final[dict[str, EndpointKind]] = {
    kind.name: kind
    for kind in (
        EndpointKind(
            "dedicated",
            "a dedicated public endpoint",
            _payload(10),
            _timeout(3600),
            service_controls=False,
        ),
        EndpointKind("public", "the shared public endpoint", _payload(1.5), _timeout(60)),
        EndpointKind(
            "private_service_connect",
            "a private endpoint by Private Service Connect",
            _payload(10),
            _timeout(3600),
        ),
        EndpointKind(
            "peered",
            "a private endpoint by private services access",
            _payload(10),
            _timeout(60),
            splits_traffic=False,
            logs_requests=False,
        ),
    )
}

REPLICAS: Final = Limit(
    "replicas of a deployed model", 1, None, "replicas", f"{_API}DedicatedResources", _READ
)
SCALING_PERCENT: Final = Limit(
    "target of an autoscaling metric", 1, 100, "%", f"{_API}AutoscalingMetricSpec", _READ
)

_METRICS: Final = "aiplatform.googleapis.com/prediction/online/"
# Requests are of each replica and minute (`autoscaling_target_request_count_per_minute` of
# google-cloud-aiplatform), the others in percent. AutoscalingMetricSpec lists lengths of queues and
# what vLLM measures too, of language models alone.
SCALING_METRICS: Final[dict[str, str]] = {
    "cpu": f"{_METRICS}cpu/utilization",
    "gpu": f"{_METRICS}accelerator/duty_cycle",
    "requests": f"{_METRICS}request_count",
}


@dataclass(frozen=True, slots=True)
class AlertMetrics:
    """Where Cloud Monitoring has latencies (ms) and answers by code; of peered endpoints apart."""

    latencies: str
    responses: str


# https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
ALERTS: Final[dict[bool, AlertMetrics]] = {
    peered: AlertMetrics(f"{_METRICS}{part}prediction_latencies", f"{_METRICS}{part}response_count")
    for peered, part in ((False, ""), (True, "private/"))
}

# What tells how full a version's machines are: GAUGE, sampled each minute, and seen up to six
# minutes later, of replicas two. Cores and GPUs are shares of 1, memory is in bytes. Read in a
# stored copy of that page; whether peered endpoints have them it does not say.
USES: Final[dict[str, str]] = {
    "replicas": f"{_METRICS}replicas",
    "target_replicas": f"{_METRICS}target_replicas",
    "cpu": SCALING_METRICS["cpu"],
    "gpu": SCALING_METRICS["gpu"],
    "memory": f"{_METRICS}memory/bytes_used",
}

# AcceleratorType of the API, by the kinds of facts/accelerators.py.
ACCELERATOR_TYPES: Final[dict[str, str]] = {
    "nvidia-p4": "NVIDIA_TESLA_P4",
    "nvidia-p100": "NVIDIA_TESLA_P100",
    "nvidia-v100": "NVIDIA_TESLA_V100",
    "nvidia-t4": "NVIDIA_TESLA_T4",
    "nvidia-l4": "NVIDIA_L4",
    "nvidia-a100": "NVIDIA_TESLA_A100",
    "nvidia-a100-80gb": "NVIDIA_A100_80GB",
    "nvidia-h100": "NVIDIA_H100_80GB",
    "nvidia-h200": "NVIDIA_H200_141GB",
    "nvidia-b200": "NVIDIA_B200",
    "nvidia-gb200": "NVIDIA_GB200",
    "nvidia-rtx-pro-6000": "NVIDIA_RTX_PRO_6000",
}
_MEGA: Final = "a3-megagpu-"
# What an endpoint is where nobody says, in the settings too.
USUAL_ENDPOINT: Final = "dedicated"
# What the API takes where no machine is said: MachineSpec.machineType.
CPU_MACHINE: Final = "n1-standard-2"


def accelerator_type(accelerator: str, machine_type: str) -> str:
    """The API's word for a machine's GPUs: those of A3 Mega have one of their own."""
    mega = accelerator == "nvidia-h100" and machine_type.startswith(_MEGA)
    return "NVIDIA_H100_MEGA_80GB" if mega else ACCELERATOR_TYPES[accelerator]


def machine_for(accelerator: str | None, count: int) -> str | None:
    """The machine that is taken where none is said: with that many GPUs, the cheapest; or None."""
    if accelerator is None:
        return CPU_MACHINE
    fitting = [
        machine.name
        for machine in find("gcp", accelerator=accelerator, count=count)
        if machine.accelerator_count == count and not machine.only_as
    ]
    return fitting[0] if fitting else None


def misfit(machine_type: str, accelerator: str | None, count: int) -> str:
    """What is wrong with a machine for these GPUs; empty where it fits, or is not known here.

    Machines with GPUs of their own may be asked for fewer of them: replicas then share one
    (MachineSpec.acceleratorCount).
    """
    known = named("gcp", machine_type)
    own = {each.accelerator for each in known}
    if accelerator is None:
        if known and not machine_type.startswith("n1-"):
            return f"{machine_type} carries {known[0].accelerator}: accelerator has to name it"
        return ""
    if not known:
        return f"{machine_type} carries no GPUs that are known here"
    if accelerator not in own:
        return f"{machine_type} carries {', '.join(sorted(own))}"
    counts = sorted(each.accelerator_count for each in known if each.accelerator == accelerator)
    fits = count in counts if machine_type.startswith("n1-") else count <= counts[-1]
    return "" if fits else f"{machine_type} takes {', '.join(map(str, counts))} of {accelerator}"


@dataclass(frozen=True, slots=True)
class Prebuilt:
    """Google's containers for one framework: repository and version, and whether for GPUs too."""

    repository: str
    version: str
    gpu: bool = False
    shares_pools: bool = False
    """Whether models of it may be in a shared pool of machines (model-co-hosting)."""


# The newest of google-cloud-aiplatform 1.148.1 (constants/prediction.py), looked up 2026-11-26. A
# pickled model loads only in the version that made it, so another one is asked for by `image`.
# Google moves the tag when it patches the image; a model keeps what it was uploaded with.
PREBUILT: Final[dict[str, Prebuilt]] = {
    "sklearn": Prebuilt("sklearn", "1-6"),
    "xgboost": Prebuilt("xgboost", "2-1"),
    "tensorflow": Prebuilt("tf2", "2-15", gpu=True, shares_pools=True),
    "pytorch": Prebuilt("pytorch", "2-4", gpu=True, shares_pools=True),
}
CONTAINERS_PAGE: Final = f"{_DOCS}predictions/pre-built-containers"
# On that page: three places.
_HOSTS: Final = (
    (("us-", "northamerica-", "southamerica-"), "us"),
    (("asia-", "australia-"), "asia"),
)


def prebuilt_image(framework: str, region: str, *, gpu: bool) -> str:
    """Google's container for a framework, from the place that is nearest to the region."""
    container = PREBUILT[framework]
    place = next((host for starts, host in _HOSTS if region.startswith(starts)), "europe")
    kind = "gpu" if gpu and container.gpu else "cpu"
    return (
        f"{place}-docker.pkg.dev/vertex-ai/prediction/"
        f"{container.repository}-{kind}.{container.version}:latest"
    )


# https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements: from where
# images are pulled, and how the variables begin that are set for every container.
IMAGE: Final = r"([a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io)/.+"
RESERVED_VARIABLE: Final = "AIP_"
# Forms of what batch prediction reads and writes (BatchPredictionJob.inputConfig, outputConfig).
INPUT_FORMATS: Final = ("jsonl", "csv", "tf-record", "tf-record-gzip", "file-list", "bigquery")
OUTPUT_FORMATS: Final = ("jsonl", "csv", "bigquery")
# Cloud Scheduler reads five fields alone:
# https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules
CRON_WORDS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# How a version comes to another region.
COPY_PAGE: Final = f"{_DOCS}model-registry/copy-model"


# Model.artifactUri is a folder; these are files that Google's containers look for in it.
ARTIFACT_FILE: Final = re.compile(r"gs://.*/[^/]+\.(joblib|pkl|bst|pb|mar|onnx)")


def registry_version(uri: str) -> str | None:
    """`projects/…/locations/…/models/…@…` of a `vertex://` URI; None for any other.

    By its number: an alias can move.
    """
    return uri.removeprefix("vertex://") if _registered(uri) else None


def registry_region(uri: str) -> str | None:
    """The region of a version of the registry, which is that of what it is deployed to."""
    found = _registered(uri)
    return found.parts["region"] if found else None


def _registered(uri: str) -> Reference | None:
    found = parse(uri) if uri.startswith("vertex:") else None
    return found if found is not None and found.version else None


def shares_pools(framework: str | None, *, own_image: bool) -> bool:
    """Whether a model may be on machines that other models share: with Google's container only."""
    return not own_image and framework in PREBUILT and PREBUILT[framework].shares_pools
