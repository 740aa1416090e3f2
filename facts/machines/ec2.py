"""EC2 instance types that carry NVIDIA GPUs.

Cores, memory, GPUs, disks, EFA interfaces and network cards are what EC2's DescribeInstanceTypes
says, as https://karpenter.sh/docs/reference/instance-types/ lists it (v1.14, of 2026-08-21); of P3,
which is not in that list, from https://aws.amazon.com/ec2/instance-types/p3/. Prices: AWS' price
list of 2026-07-20, as Karpenter carries it.
"""

from typing import Final

from facts.machines.shapes import NO_FABRIC, Fabric, MachineType, Source

__all__ = ["EC2_GPU_INSTANCE_TYPES", "LEFT_OUT", "NOT_ON_SAGEMAKER", "SOURCE"]

SOURCE: Final = Source(
    pages=(
        "https://karpenter.sh/docs/reference/instance-types/",
        "https://github.com/aws/karpenter-provider-aws",
    ),
    read="2026-11-26",
    region="us-east-1",
    priced="2026-07-20",
)

# Families with accelerators that no pool of ours can use, each with the reason.
LEFT_OUT: Final = {
    "dl1": "Gaudi, which needs another device plugin and other images",
    "dl2q": "Qualcomm AI 100, which needs another device plugin and other images",
    "f1": "FPGAs",
    "f2": "FPGAs",
    "g2": "GRID K520, older than the GPUs that model servers run on",
    "g3": "Tesla M60, older than the GPUs that model servers run on",
    "g3s": "Tesla M60, older than the GPUs that model servers run on",
    "g4ad": "Radeon Pro V520, which needs another device plugin and other images",
    "g6f": "a fraction of an L4",
    "gr6f": "a fraction of an L4",
    "inf1": "Inferentia, which needs another device plugin and other images",
    "inf2": "Inferentia2, which needs another device plugin and other images",
    "p2": "Tesla K80, older than the GPUs that model servers run on",
    "p6e-gb200": "sold as an UltraServer of 9 or 18 machines by capacity blocks alone, and no "
    "figures of one machine could be looked up",
    "trn1": "Trainium, which needs another device plugin and other images",
    "trn1n": "Trainium, which needs another device plugin and other images",
    "trn2": "Trainium2, which needs another device plugin and other images",
    "trn2u": "Trainium2, which needs another device plugin and other images",
    "vt1": "video transcoders",
}

# Which of the types below SageMaker does not host as `ml.…` (ProductionVariantInstanceType).
NOT_ON_SAGEMAKER: Final = frozenset(
    {
        "g4dn.metal",
        "g5g.xlarge",
        "g5g.2xlarge",
        "g5g.4xlarge",
        "g5g.8xlarge",
        "g5g.16xlarge",
        "g5g.metal",
        "gr6.4xlarge",
        "gr6.8xlarge",
        "p3dn.24xlarge",
    }
)

_ARM: Final = ("g5g",)
# vCPU, memory in GiB, GPUs, own disks in GB, EFA interfaces, network cards, US dollars an hour.
_Row = tuple[int, int, int, int, int, int, float | None]


def _family(family: str, accelerator: str, sizes: dict[str, _Row]) -> list[MachineType]:
    return [
        MachineType(
            name=f"{family}.{size}",
            cloud="aws",
            vcpu=vcpu,
            memory_mib=gib * 1024,
            accelerator=accelerator,
            accelerator_count=count,
            architecture="arm64" if family in _ARM else "x86_64",
            fabric=Fabric("efa", efa, cards) if efa else NO_FABRIC,
            local_ssd_gib=disk_gb * 1000**3 // 1024**3,
            price_usd_per_hour=price,
        )
        for size, (vcpu, gib, count, disk_gb, efa, cards, price) in sizes.items()
    ]


EC2_GPU_INSTANCE_TYPES: Final[dict[str, MachineType]] = {
    t.name: t
    for t in (
        *_family(
            "g4dn",
            "nvidia-t4",
            {
                "xlarge": (4, 16, 1, 125, 0, 1, 0.526),
                "2xlarge": (8, 32, 1, 225, 0, 1, 0.752),
                "4xlarge": (16, 64, 1, 225, 0, 1, 1.204),
                "8xlarge": (32, 128, 1, 900, 1, 1, 2.176),
                "12xlarge": (48, 192, 4, 900, 1, 1, 3.912),
                "16xlarge": (64, 256, 1, 900, 1, 1, 4.352),
                "metal": (96, 384, 8, 1800, 1, 1, 7.824),
            },
        ),
        *_family(
            "g5",
            "nvidia-a10g",
            {
                "xlarge": (4, 16, 1, 250, 0, 1, 1.006),
                "2xlarge": (8, 32, 1, 450, 0, 1, 1.212),
                "4xlarge": (16, 64, 1, 600, 0, 1, 1.624),
                "8xlarge": (32, 128, 1, 900, 1, 1, 2.448),
                "12xlarge": (48, 192, 4, 3800, 1, 1, 5.672),
                "16xlarge": (64, 256, 1, 1900, 1, 1, 4.096),
                "24xlarge": (96, 384, 4, 3800, 1, 1, 8.144),
                "48xlarge": (192, 768, 8, 7600, 1, 1, 16.288),
            },
        ),
        *_family(
            "g5g",
            "nvidia-t4g",
            {
                "xlarge": (4, 8, 1, 0, 0, 1, 0.42),
                "2xlarge": (8, 16, 1, 0, 0, 1, 0.556),
                "4xlarge": (16, 32, 1, 0, 0, 1, 0.828),
                "8xlarge": (32, 64, 1, 0, 0, 1, 1.372),
                "16xlarge": (64, 128, 2, 0, 0, 1, 2.744),
                "metal": (64, 128, 2, 0, 0, 1, 2.744),
            },
        ),
        *_family(
            "g6",
            "nvidia-l4",
            {
                "xlarge": (4, 16, 1, 250, 0, 1, 0.8048),
                "2xlarge": (8, 32, 1, 450, 0, 1, 0.9776),
                "4xlarge": (16, 64, 1, 600, 0, 1, 1.3232),
                "8xlarge": (32, 128, 1, 900, 1, 1, 2.0144),
                "12xlarge": (48, 192, 4, 3760, 1, 1, 4.6016),
                "16xlarge": (64, 256, 1, 1880, 1, 1, 3.3968),
                "24xlarge": (96, 384, 4, 3760, 1, 1, 6.6752),
                "48xlarge": (192, 768, 8, 7520, 1, 1, 13.3504),
            },
        ),
        *_family(
            "gr6",
            "nvidia-l4",
            {
                "4xlarge": (16, 128, 1, 600, 0, 1, 1.5392),
                "8xlarge": (32, 256, 1, 900, 1, 1, 2.4464),
            },
        ),
        *_family(
            "g6e",
            "nvidia-l40s",
            {
                "xlarge": (4, 32, 1, 250, 0, 1, 1.861),
                "2xlarge": (8, 64, 1, 450, 0, 1, 2.24208),
                "4xlarge": (16, 128, 1, 600, 0, 1, 3.00424),
                "8xlarge": (32, 256, 1, 900, 1, 1, 4.52856),
                "12xlarge": (48, 384, 4, 3800, 1, 1, 10.49264),
                "16xlarge": (64, 512, 1, 1900, 1, 1, 7.57719),
                "24xlarge": (96, 768, 4, 3800, 2, 2, 15.06559),
                "48xlarge": (192, 1536, 8, 7600, 4, 4, 30.13118),
            },
        ),
        *_family(
            "g7",
            "nvidia-rtx-pro-4500",
            {
                "2xlarge": (8, 32, 1, 440, 0, 1, 2.52),
                "4xlarge": (16, 64, 1, 875, 0, 1, 3.04208),
                "8xlarge": (32, 128, 1, 930, 1, 1, 4.08624),
                "12xlarge": (48, 192, 2, 1900, 1, 1, 7.12832),
                "24xlarge": (96, 384, 4, 3800, 1, 1, 14.25664),
                "48xlarge": (192, 768, 8, 7600, 2, 2, 28.51328),
            },
        ),
        *_family(
            "g7e",
            "nvidia-rtx-pro-6000",
            {
                "2xlarge": (8, 64, 1, 1900, 0, 1, 3.36312),
                "4xlarge": (16, 128, 1, 1900, 0, 1, 3.99816),
                "8xlarge": (32, 256, 1, 1900, 1, 1, 5.26824),
                "12xlarge": (48, 512, 2, 3800, 1, 1, 8.28608),
                "24xlarge": (96, 1024, 4, 7600, 2, 2, 16.57216),
                "48xlarge": (192, 2048, 8, 15200, 4, 4, 33.14432),
            },
        ),
        *_family(
            "p3",
            "nvidia-v100",
            {
                "2xlarge": (8, 61, 1, 0, 0, 1, 3.06),
                "8xlarge": (32, 244, 4, 0, 0, 1, 12.24),
                "16xlarge": (64, 488, 8, 0, 0, 1, 24.48),
            },
        ),
        *_family(
            "p3dn",
            "nvidia-v100-32gb",
            {
                "24xlarge": (96, 768, 8, 1800, 1, 1, 31.212),
            },
        ),
        *_family(
            "p4d",
            "nvidia-a100",
            {
                "24xlarge": (96, 1152, 8, 8000, 4, 4, 21.957642),
            },
        ),
        *_family(
            "p4de",
            "nvidia-a100-80gb",
            {
                "24xlarge": (96, 1152, 8, 8000, 4, 4, 27.44705),
            },
        ),
        *_family(
            "p5",
            "nvidia-h100",
            {
                "4xlarge": (16, 256, 1, 3800, 1, 1, 6.88),
                "48xlarge": (192, 2048, 8, 30400, 32, 32, 55.04),
            },
        ),
        *_family(
            "p5e",
            "nvidia-h200",
            {
                "48xlarge": (192, 2048, 8, 30400, 32, 32, None),
            },
        ),
        *_family(
            "p5en",
            "nvidia-h200",
            {
                "48xlarge": (192, 2048, 8, 30400, 16, 16, 63.296),
            },
        ),
        *_family(
            "p6-b200",
            "nvidia-b200",
            {
                "48xlarge": (192, 2048, 8, 30400, 8, 8, 113.9328),
            },
        ),
        *_family(
            "p6-b300",
            "nvidia-b300",
            {
                "48xlarge": (192, 4096, 8, 30400, 16, 17, 142.416),
            },
        ),
    )
}
