"""What Cloud Run can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.cloud_run import (
    CPU_PAGE,
    GPU_PAGE,
    GPUS,
    LONGEST_SERVICE,
    MEMORY_MIB,
    TRAFFIC_PAGE,
)

_DOCS: Final = "https://cloud.google.com/run/docs/"
_READ: Final = "2026-11-26"

TARGET: Final = Target(
    "cloud_run",
    "Cloud Run",
    ("file", "gs", "https"),
    ("onnx",),
    # A split stays as it is said: nothing moves it in steps by itself.
    ("all_at_once",),
    TRAFFIC_PAGE,
    _READ,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0520",
        "cloud_run/strategy",
        "a candidate has a share of the requests, and an address of its own for who asks for it; "
        "there is no other way to try one",
        "canary_percent, which is the share; 0 for callers of candidate_url alone",
        TRAFFIC_PAGE,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0521",
        "cloud_run/cpu",
        "an instance of the second generation has 1, 2, 4, 6 or 8 vCPUs",
        "one of these",
        CPU_PAGE,
        _READ,
    ),
    Refusal(
        "MS0522",
        "cloud_run/memory",
        f"an instance has {MEMORY_MIB}, and how much of it goes with its vCPUs",
        "memory_mib within what the vCPUs have, or more of them",
        CPU_PAGE,
        _READ,
    ),
    Refusal(
        "MS0523",
        "cloud_run/accelerator",
        "an instance has one GPU at most, of these kinds",
        "an accelerator of Cloud Run's, one of it; or target: vertex or kserve",
        GPU_PAGE,
        _READ,
    ),
    Refusal(
        "MS0524",
        "cloud_run/gpu-size",
        "a GPU goes with a least number of vCPUs and a least memory: "
        + "; ".join(f"{g.name} with {g.cpu} and {g.memory_mib} MiB" for g in GPUS.values()),
        "neither cpu nor memory_mib, and the least is taken",
        GPU_PAGE,
        _READ,
    ),
    Refusal(
        "MS0525",
        "cloud_run/gpu-region",
        "Cloud Run has GPUs of that kind in some regions alone",
        "a region that has it, in an environment of its own; or target: vertex",
        GPU_PAGE,
        _READ,
    ),
    Refusal(
        "MS0526",
        "cloud_run/gpu-billing",
        "an instance with a GPU is paid as long as it is there",
        "no cpu_always, or cpu_always: true",
        GPU_PAGE,
        _READ,
    ),
    Refusal(
        "MS0527",
        "cloud_run/snap-start",
        "an instance starts from its image: Cloud Run takes no snapshots of one that has started",
        "cold_start: {mode: provisioned} with min_replicas: 1; startup_cpu_boost shortens the rest",
        f"{_DOCS}configuring/min-instances",
        _READ,
    ),
    Refusal(
        "MS0528",
        "cloud_run/cold-start",
        "without an instance kept warm the first request waits for one to start, which may take "
        "load_seconds: more than this budget",
        "no mode, and one instance is kept warm; or load_seconds as measured",
        f"{_DOCS}configuring/min-instances",
        _READ,
    ),
    Refusal(
        "MS0529",
        "cloud_run/everybody",
        "everybody may call only what is open and sees public data",
        "named callers; or public_access: true with data_classification: public",
        f"{_DOCS}authenticating/public",
        _READ,
    ),
    Refusal(
        "MS0530",
        "cloud_run/name",
        "<model>-<environment> is the service's name, which has 46 signs at most together with the "
        "tag of a candidate's address",
        f"a name of at most {LONGEST_SERVICE} signs, environment included",
        TRAFFIC_PAGE,
    ),
    Refusal(
        "MS0531",
        "cloud_run/capture",
        "Cloud Run keeps no requests or answers",
        "target: vertex with capture; or a log of the image's own",
        f"{_DOCS}logging",
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0532",
        "cloud_run/scaling",
        "the number of instances follows the requests at once and the CPU's use by itself, and no "
        "clock",
        "concurrency, which is how many requests an instance takes at once; min_replicas before a "
        "peak",
        f"{_DOCS}about-instance-autoscaling",
        _READ,
        of_key=True,
    ),
)
