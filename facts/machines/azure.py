"""Azure sizes of virtual machines that carry whole NVIDIA GPUs.

Cores, memory, GPUs, disks and InfiniBand: https://learn.microsoft.com/azure/virtual-machines/sizes/
(GPU accelerated), of 2024-07-31 to 2026-08-12 by series. Prices: Azure's retail prices of
2026-06-18, as https://github.com/Azure/karpenter-provider-azure carries them.
"""

from typing import Final

from facts.machines.shapes import NO_FABRIC, Fabric, MachineType, Source

__all__ = ["AZURE_GPU_SIZES", "LEFT_OUT", "SOURCE"]

SOURCE: Final = Source(
    pages=(
        "https://learn.microsoft.com/azure/virtual-machines/sizes/overview",
        "https://github.com/Azure/karpenter-provider-azure",
    ),
    read="2026-11-26",
    region="westus2",
    priced="2026-06-18",
)

_RETIRED: Final = "retired by Azure on 2025-09-30"
_M60: Final = "Tesla M60, made for desktops"
_AMD: Final = "AMD GPUs, which need another device plugin and other images"
_NO_PAGE: Final = "no page of Azure says what these sizes have"
_VIRTUAL: Final = (
    "in preview; a virtual GPU whose name on a node could not be looked up, and sizes other than "
    "those of its page"
)

# Sizes with accelerators that no pool of ours can use, by the word that their names have in common.
LEFT_OUT: Final = {
    r"NC\d+r?s_v3": _RETIRED,
    r"NC\d+l?ds_xl_RTXPRO6000BSE_v6": _VIRTUAL,
    r"NC\d+ads_A10_v4": _NO_PAGE,
    r"NCC40ads_H100_v5": "confidential, which no pool of ours asks for",
    r"ND96isr?_MI300X_v5": _AMD,
    r"NG\d+adm?s_V620_v1": _AMD,
    r"NV\d+as_v4": _AMD,
    r"NV\d+adm?s_V710_v5": _AMD,
    r"NV\d+s_v[23]": _M60,
    r"NV(6|12|18)ads_A10_v5": "a fraction of a GPU",
}

# vCPU, memory in GiB, GPUs, own disks in GiB, InfiniBand interfaces, US dollars an hour.
_Row = tuple[int, int, int, int, int, float | None]
_KINDS: Final[dict[str, dict[str, _Row]]] = {
    "nvidia-t4": {
        "NC4as_T4_v3": (4, 28, 1, 176, 0, 0.526),
        "NC8as_T4_v3": (8, 56, 1, 352, 0, 0.752),
        "NC16as_T4_v3": (16, 110, 1, 352, 0, 1.204),
        "NC64as_T4_v3": (64, 440, 4, 2816, 0, 4.352),
    },
    "nvidia-a10": {
        "NV36ads_A10_v5": (36, 440, 1, 1440, 0, 3.2),
        "NV36adms_A10_v5": (36, 880, 1, 2880, 0, 4.52),
        "NV72ads_A10_v5": (72, 880, 2, 2880, 0, 6.52),
    },
    "nvidia-v100-32gb": {"ND40rs_v2": (40, 672, 8, 2948, 1, 22.032)},
    "nvidia-a100-80gb-pcie": {
        "NC24ads_A100_v4": (24, 220, 1, 64, 0, 3.673),
        "NC48ads_A100_v4": (48, 440, 2, 128, 0, 7.346),
        "NC96ads_A100_v4": (96, 880, 4, 256, 0, 14.692),
    },
    "nvidia-a100": {"ND96asr_v4": (96, 900, 8, 6000, 8, 27.197)},
    "nvidia-a100-80gb": {"ND96amsr_A100_v4": (96, 1900, 8, 6400, 8, 32.77)},
    "nvidia-h100-nvl": {
        "NC40ads_H100_v5": (40, 320, 1, 3576, 0, 6.98),
        "NC80adis_H100_v5": (80, 640, 2, 7152, 0, 13.96),
    },
    "nvidia-h100": {"ND96isr_H100_v5": (96, 1900, 8, 28 * 1024, 8, 98.32)},
    "nvidia-h200": {"ND96isr_H200_v5": (96, 1850, 8, 28 * 1024, 8, 84.8)},
    # 16 TB of disks.
    "nvidia-gb200": {"ND128isr_NDR_GB200_v6": (128, 900, 4, 14_901, 4, 108.16)},
    "nvidia-gb300": {"ND128isr_GB300_v6": (128, 864, 4, 14_901, 4, None)},
}
_ARM: Final = ("nvidia-gb200", "nvidia-gb300")

AZURE_GPU_SIZES: Final[dict[str, MachineType]] = {
    size.name: size
    for size in (
        MachineType(
            name=f"Standard_{name}",
            cloud="azure",
            vcpu=vcpu,
            memory_mib=gib * 1024,
            accelerator=accelerator,
            accelerator_count=count,
            architecture="arm64" if accelerator in _ARM else "x86_64",
            fabric=Fabric("infiniband", interfaces) if interfaces else NO_FABRIC,
            local_ssd_gib=disk,
            price_usd_per_hour=price,
        )
        for accelerator, sizes in _KINDS.items()
        for name, (vcpu, gib, count, disk, interfaces, price) in sizes.items()
    )
}
