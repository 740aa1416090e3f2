"""Compute Engine machine types that carry NVIDIA GPUs, and N1 ones with GPUs attached.

Cores, memory, GPUs, disks, network interfaces and how a type is sold:
https://cloud.google.com/compute/docs/accelerator-optimized-machines and
https://cloud.google.com/compute/docs/disks/local-ssd, both of 2026-04-14. Prices: Google's price
list of 2026-08-03, as https://github.com/cloudpilot-ai/karpenter-provider-gcp carries it; of GPUs
on N1, which are billed apart, https://github.com/skypilot-org/skypilot-catalog (v8). Neither tells
what A3 Edge, Mega and Ultra, A4 and A4X cost in that region; those that are sold as spot or flex
start alone have the list price of their parts.
"""

from typing import Final

from facts.machines.shapes import NO_FABRIC, Fabric, MachineType, Source

__all__ = ["COMPUTE_ENGINE_GPU_MACHINES", "LEFT_OUT", "SOURCE"]

SOURCE: Final = Source(
    pages=(
        "https://cloud.google.com/compute/docs/accelerator-optimized-machines",
        "https://github.com/cloudpilot-ai/karpenter-provider-gcp",
        "https://github.com/skypilot-org/skypilot-catalog",
    ),
    read="2026-11-26",
    region="us-central1",
    priced="2026-08-03",
)

LEFT_OUT: Final = {
    "a4x-maxgpu-4g-metal": "bare metal; how many RDMA interfaces it has could not be looked up",
    "g4-standard-6": "an eighth of a GPU",
    "g4-standard-12": "a quarter of a GPU",
    "g4-standard-24": "half a GPU",
    "a3-edgegpu-8g-nolssd": "a3-edgegpu-8g without its disks",
    "a3-ultragpu-8g-nolssd": "a3-ultragpu-8g without its disks",
}

_SPOT_OR_FLEX: Final = ("spot", "flex_start")
_NOT_ON_DEMAND: Final = ("reserved", "spot", "flex_start")
_RESERVED: Final = ("reserved",)
_SSD_GIB: Final = 375


def _machine(
    name: str,
    shape: tuple[int, float, int],
    accelerator: str,
    guest: str,
    *,
    price: float | None,
    ssds: int = 0,
    ssd_gib: int = _SSD_GIB,
    added: bool = False,
    fabric: Fabric = NO_FABRIC,
    only_as: tuple[str, ...] = (),
    architecture: str = "x86_64",
) -> MachineType:
    """`shape` is vCPU, memory in GiB, GPUs."""
    vcpu, gib, count = shape
    return MachineType(
        name=name,
        cloud="gcp",
        vcpu=vcpu,
        memory_mib=round(gib * 1024),
        accelerator=accelerator,
        accelerator_count=count,
        architecture=architecture,
        fabric=fabric,
        local_ssd_gib=ssds * ssd_gib,
        local_ssd_disks=ssds,
        local_ssd_added=added,
        price_usd_per_hour=price,
        only_as=only_as,
        guest_accelerator=guest,
    )


_A2: Final = [
    _machine(
        f"a2-{size}-{count}g",
        (12 * min(count, 8), gib, count),
        accelerator,
        guest,
        price=price,
        ssds=ssds,
        added=added,
    )
    for size, accelerator, guest, added, rows in (
        (
            "highgpu",
            "nvidia-a100",
            "nvidia-tesla-a100",
            True,
            (
                (1, 85, 1, 3.6734),
                (2, 170, 2, 7.3468),
                (4, 340, 4, 14.6935),
                (8, 680, 8, 29.3871),
            ),
        ),
        ("megagpu", "nvidia-a100", "nvidia-tesla-a100", True, ((16, 1360, 8, 55.7395),)),
        (
            "ultragpu",
            "nvidia-a100-80gb",
            "nvidia-a100-80gb",
            False,
            (
                (1, 170, 1, 5.0688),
                (2, 340, 2, 10.1376),
                (4, 680, 4, 20.2752),
                (8, 1360, 8, 40.5504),
            ),
        ),
    )
    for count, gib, ssds, price in rows
]

_TCPX: Final = Fabric("gpudirect_tcpx", 4)
_H100: Final = ("nvidia-h100", "nvidia-h100-80gb")
_A3: Final = [
    *(
        _machine(
            f"a3-highgpu-{count}g",
            (26 * count, 234 * count, count),
            *_H100,
            price=price,
            ssds=2 * count,
            only_as=_SPOT_OR_FLEX,
        )
        for count, price in ((1, 11.0612), (2, 22.1225), (4, 44.245))
    ),
    _machine("a3-highgpu-8g", (208, 1872, 8), *_H100, price=88.49, ssds=16, fabric=_TCPX),
    _machine("a3-edgegpu-8g", (208, 1872, 8), *_H100, price=None, ssds=16, fabric=_TCPX),
    _machine(
        "a3-megagpu-8g",
        (208, 1872, 8),
        "nvidia-h100",
        "nvidia-h100-mega-80gb",
        price=None,
        ssds=16,
        fabric=Fabric("gpudirect_tcpxo", 8),
    ),
    _machine(
        "a3-ultragpu-8g",
        (224, 2952, 8),
        "nvidia-h200",
        "nvidia-h200-141gb",
        price=None,
        ssds=32,
        fabric=Fabric("gpudirect_rdma", 8),
        only_as=_NOT_ON_DEMAND,
    ),
]

_A4: Final = [
    _machine(
        "a4-highgpu-8g",
        (224, 3968, 8),
        "nvidia-b200",
        "nvidia-b200",
        price=None,
        ssds=32,
        fabric=Fabric("gpudirect_rdma", 8),
        only_as=_NOT_ON_DEMAND,
    ),
    _machine(
        "a4x-highgpu-4g",
        (140, 884, 4),
        "nvidia-gb200",
        "nvidia-gb200",
        price=None,
        ssds=4,
        ssd_gib=3000,
        fabric=Fabric("gpudirect_rdma", 4),
        only_as=_RESERVED,
        architecture="arm64",
    ),
]

_G: Final = [
    *(
        _machine(
            f"g2-standard-{vcpu}",
            (vcpu, 4 * vcpu, count),
            "nvidia-l4",
            "nvidia-l4",
            price=price,
            ssds=ssds,
            added=True,
        )
        for vcpu, count, ssds, price in (
            (4, 1, 1, 0.7068),
            (8, 1, 1, 0.8536),
            (12, 1, 1, 1.0004),
            (16, 1, 1, 1.1472),
            (24, 2, 2, 2.0008),
            (32, 1, 1, 1.7344),
            (48, 4, 4, 4.0017),
            (96, 8, 8, 8.0033),
        )
    ),
    *(
        _machine(
            f"g4-standard-{48 * count}",
            (48 * count, 180 * count, count),
            "nvidia-rtx-pro-6000",
            "nvidia-rtx-pro-6000",
            price=price,
            ssds=4 * count,
            added=True,
        )
        for count, price in ((1, 4.4999), (2, 8.9999), (4, 17.9997), (8, 35.9994))
    ),
]

# N1 machine types have no GPUs of their own: vCPU, US dollars an hour.
_N1: Final = ((4, 0.19), (8, 0.38), (16, 0.76), (32, 1.52), (64, 3.04), (96, 4.56))
# Kind, name, most vCPU by number of GPUs in every zone, US dollars an hour of one.
_ATTACHED: Final = (
    ("nvidia-t4", "nvidia-tesla-t4", {1: 48, 2: 48, 4: 96}, 0.35),
    ("nvidia-v100", "nvidia-tesla-v100", {1: 12, 2: 24, 4: 48, 8: 96}, 2.48),
    ("nvidia-p4", "nvidia-tesla-p4", {1: 24, 2: 48, 4: 96}, 0.60),
    ("nvidia-p100", "nvidia-tesla-p100", {1: 16, 2: 32, 4: 32}, 1.46),
)
_LEAST_VCPU_PER_GPU: Final = 4

_ON_N1: Final = [
    _machine(
        f"n1-standard-{vcpu}",
        (vcpu, 3.75 * vcpu, count),
        accelerator,
        guest,
        price=round(alone + count * each, 4),
        ssds=1,
        added=True,
    )
    for accelerator, guest, most, each in _ATTACHED
    for count, most_vcpu in most.items()
    for vcpu, alone in _N1
    if _LEAST_VCPU_PER_GPU * count <= vcpu <= most_vcpu
]

# An N1 type is here once for each kind and number of GPUs that it can have.
COMPUTE_ENGINE_GPU_MACHINES: Final = (*_A2, *_A3, *_A4, *_G, *_ON_N1)
