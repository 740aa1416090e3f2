"""What Cloud Run takes: CPU and memory, GPUs and their regions, names, base images, metrics.

Read 2026-11-26 in stored copies of Google's pages and in the API's discovery document of
google-api-python-client (`run.v2`).
"""

import re
from dataclasses import dataclass
from typing import Final

from facts.limits import Limit

__all__ = [
    "BASE_IMAGE",
    "CANDIDATE_TAG",
    "CONCURRENCY",
    "CONCURRENCY_UTILIZATION_PERCENT",
    "CPUS",
    "CPU_PAGE",
    "GPUS",
    "GPU_PAGE",
    "IMAGE",
    "INSTANCES",
    "LATENCIES_METRIC",
    "LONGEST_DESCRIPTION",
    "LONGEST_REVISION",
    "LONGEST_SERVICE",
    "MEMORY_MIB",
    "MONITORED_RESOURCE",
    "PENDING_METRIC",
    "PUBLIC_MEMBERS",
    "REQUESTS_METRIC",
    "RESERVED_VARIABLES",
    "SECRET_VERSION",
    "SECRET_VERSION_FORM",
    "SOURCE_MIB",
    "SOURCE_PAGE",
    "STABLE_TAG",
    "STARTUP_SECONDS",
    "TIMEOUT_SECONDS",
    "TRAFFIC_PAGE",
    "USES",
    "Gpu",
    "base_image",
    "cpu_misfit",
]

_DOCS: Final = "https://cloud.google.com/run/docs/"
_READ: Final = "2026-11-26"
CPU_PAGE: Final = f"{_DOCS}configuring/services/cpu"
GPU_PAGE: Final = f"{_DOCS}configuring/services/gpu"
TRAFFIC_PAGE: Final = f"{_DOCS}rollouts-rollbacks-traffic-migration"
SOURCE_PAGE: Final = f"{_DOCS}deploying-source-code"
_QUOTAS: Final = "https://cloud.google.com/run/quotas"

# vCPUs of the second generation, each with the least and the most memory in MiB. Less than one vCPU
# is of the first generation alone, which a model's native libraries do not get here.
_MEMORY_BY_CPU: Final[dict[int, tuple[int, int]]] = {
    1: (512, 4096),
    2: (512, 8192),
    4: (2048, 16_384),
    6: (4096, 24_576),
    8: (4096, 32_768),
}
CPUS: Final = tuple(_MEMORY_BY_CPU)
MEMORY_MIB: Final = Limit(
    "memory of an instance", 512, 32_768, "MiB", f"{_DOCS}configuring/memory-limits", _READ
)
CONCURRENCY: Final = Limit(
    "requests at once of an instance", 1, 1000, "requests", f"{_DOCS}about-concurrency", _READ
)
# `concurrencyUtilization` of RevisionScaling, in the API's discovery document.
CONCURRENCY_UTILIZATION_PERCENT: Final = Limit(
    "share of the concurrency that instances are added at",
    10,
    95,
    "%",
    f"{_DOCS}configuring/scaling-controls",
    _READ,
)
TIMEOUT_SECONDS: Final = Limit(
    "answer to a request", 1, 3600, "seconds", f"{_DOCS}configuring/request-timeout", _READ
)
# Of each revision, where nothing is said: 100; more needs to be said for it too.
INSTANCES: Final = Limit(
    "instances of a revision where nothing is said",
    None,
    100,
    "instances",
    f"{_DOCS}configuring/max-instances",
    _READ,
)
STARTUP_SECONDS: Final = Limit("start of a container", 1, 240, "seconds", _QUOTAS, _READ)
# The number is that of Google's own client of this way to deploy (cloud-run-mcp, its constants).
SOURCE_MIB: Final = Limit("archive that is run without a build", None, 250, "MiB", SOURCE_PAGE)
# The API's own refusals: of a revision's name, and of a traffic tag that is, with the service's
# name, over 46 signs ("Combined traffic tag and service name cannot exceed 46 characters").
LONGEST_REVISION: Final = 63
STABLE_TAG: Final = "stable"
CANDIDATE_TAG: Final = "candidate"
LONGEST_SERVICE: Final = 46 - len(CANDIDATE_TAG)
# GoogleCloudRunV2Service.description of the discovery document.
LONGEST_DESCRIPTION: Final = 512


@dataclass(frozen=True, slots=True)
class Gpu:
    """One kind of GPU, one of which an instance can have; the least that goes with it."""

    name: str
    cpu: int
    memory_mib: int
    regions: tuple[str, ...]
    invited: tuple[str, ...]
    """Regions for projects that Google invites."""
    most_instances: int = 3
    """What a component takes where nothing is said: instances count against the region's quota."""


GPUS: Final[dict[str, Gpu]] = {
    gpu.name: gpu
    for gpu in (
        Gpu(
            "nvidia-l4",
            cpu=4,
            memory_mib=16_384,
            regions=("asia-southeast1", "europe-west1", "europe-west4", "us-east4"),
            invited=("asia-south1", "us-central1"),
        ),
        Gpu(
            "nvidia-rtx-pro-6000",
            cpu=20,
            memory_mib=81_920,
            regions=("asia-southeast1", "europe-west4", "us-central1"),
            invited=("asia-south2",),
        ),
    )
}

# From where Cloud Run pulls by itself; of others, a remote repository of Artifact Registry has a
# copy. https://cloud.google.com/run/docs/deploying#images
IMAGE: Final = (
    r"([a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io|docker\.io)(/[A-Za-z0-9._-]+)+"
    r"@sha256:[0-9a-f]{64}"
)
BASE_IMAGE: Final = r"[a-z0-9-]+-docker\.pkg\.dev/serverless-runtimes/[a-z0-9-]+/runtimes/[a-z0-9]+"
SECRET_VERSION_FORM: Final = "projects/<project>/secrets/<name>/versions/<number>"  # noqa: S105 - a form
SECRET_VERSION: Final = re.compile(
    r"projects/(?P<project>[a-z0-9-]+)/secrets/(?P<secret>[A-Za-z0-9_-]+)/versions/(?P<version>[1-9][0-9]*)"
)
# https://cloud.google.com/run/docs/container-contract#env-vars
RESERVED_VARIABLES: Final = ("PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION")
PUBLIC_MEMBERS: Final = ("allUsers", "allAuthenticatedUsers")

REQUESTS_METRIC: Final = "run.googleapis.com/request_count"
LATENCIES_METRIC: Final = "run.googleapis.com/request_latencies"
MONITORED_RESOURCE: Final = "cloud_run_revision"
# Both above are of what reaches an instance: not what is turned away at the most instances, and not
# the time until an instance is there, which is apart (DELTA, DISTRIBUTION, ms).
PENDING_METRIC: Final = "run.googleapis.com/request_latency/pending"
# Instances by state, active or idle, are a GAUGE; the others distributions over instances, of which
# requests at once have the state too. Sampled each minute, and seen up to two minutes later.
# https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run
USES: Final[dict[str, str]] = {
    "instances": "run.googleapis.com/container/instance_count",
    "cpu": "run.googleapis.com/container/cpu/utilizations",
    "memory": "run.googleapis.com/container/memory/utilizations",
    "gpu": "run.googleapis.com/container/gpu/utilizations",
    "concurrency": "run.googleapis.com/container/max_request_concurrencies",
}


def base_image(region: str, python: str = "python313") -> str:
    """Google's image of Python that an archive is laid over, of the nearest registry.

    https://cloud.google.com/run/docs/configuring/services/automatic-base-image-updates
    """
    return f"{region}-docker.pkg.dev/serverless-runtimes/google-22-full/runtimes/{python}"


def cpu_misfit(cpu: float, memory_mib: int, gpu: Gpu | None) -> str | None:
    """What to use instead, where so many vCPUs and so much memory do not go together."""
    if gpu is not None:
        if cpu >= gpu.cpu and memory_mib >= gpu.memory_mib and float(cpu).is_integer():
            return None
        return f"with {gpu.name} at least {gpu.cpu} vCPUs and {gpu.memory_mib} MiB"
    known = _MEMORY_BY_CPU.get(int(cpu)) if float(cpu).is_integer() else None
    if known is None:
        return f"{', '.join(map(str, CPUS))} vCPUs"
    least, most = known
    if least <= memory_mib <= most:
        return None
    return f"with {cpu:g} vCPUs {least} to {most} MiB"
