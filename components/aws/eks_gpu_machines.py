"""How a machine with GPUs starts in an EKS cluster: image, disks, configuration, network cards."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi

from components.aws.eks_nodes import Speed, private_interface, root_disk
from components.checks import Checks
from components.gpu_node_pool import Pool
from facts.pools.eks_rules import EksAsk, eks_faults, eks_machines

__all__ = ["EFA_RESOURCE", "GpuMachine", "node_config", "read_machine"]

EFA_RESOURCE: Final = "vpc.amazonaws.com/efa"
_ROOT: Final = "/dev/xvda"
# Bottlerocket's own disk, and where it has images and what pods write.
# https://karpenter.sh/docs/concepts/nodeclasses/#specblockdevicemappings
_SYSTEM_GIB: Final = 4
_DATA: Final = "/dev/xvdb"
# Images are pulled and unpacked in parallel, which is slower than one by one on a gp3 disk's usual
# 125 MiB/s; the most that gp3 has.
# https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html
_FAST: Final = Speed(iops=16_000, throughput_mib=1_000)
# What Bottlerocket keeps on the machine's own disks, as its own manual has it.
# https://bottlerocket.dev/en/os/latest/#/api/settings/bootstrap-commands/
_BOTTLEROCKET_LOCAL: Final = """[settings.bootstrap-commands.local-ssd]
commands = [
  ["apiclient", "ephemeral-storage", "init"],
  ["apiclient", "ephemeral-storage", "bind", "--dirs", "/var/lib/containerd", \
"/var/lib/kubelet", "/var/log/pods"],
]
essential = true
mode = "always"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuMachine:
    """The machines of a pool, all alike but for their size."""

    pool: Pool
    os: str
    """al2023 or bottlerocket."""

    @property
    def is_arm(self) -> bool:
        """Whether their processors are ARM's."""
        return self.pool.machines[0].architecture == "arm64"

    @property
    def efa(self) -> bool:
        """Whether they have EFA interfaces."""
        return self.pool.interconnect == "efa"

    @property
    def ami_type(self) -> str:
        """EKS's word for the image, which has NVIDIA's driver."""
        family = "AL2023" if self.os == "al2023" else "BOTTLEROCKET"
        return f"{family}_{'ARM_64' if self.is_arm else 'x86_64'}_NVIDIA"

    @property
    def ephemeral_gib(self) -> int:
        """Disk for images and pods: the machine's own, else the root disk."""
        own = min(machine.local_ssd_gib for machine in self.pool.machines)
        return own if self.pool.local_ssd else self.pool.disk_gib

    @property
    def speed(self) -> Speed | None:
        """Of the disk that has images, where the usual one is too slow."""
        return _FAST if self.pool.image_streaming and not self.pool.local_ssd else None

    def disks(self, key: pulumi.Input[str] | None) -> list[Any]:
        """Encrypted disks, by the account's own key unless one is given."""
        size = self.pool.disk_gib
        if self.os == "al2023":
            return [root_disk(_ROOT, size, key, self.speed)]
        return [root_disk(_ROOT, _SYSTEM_GIB, key), root_disk(_DATA, size, key)]

    def user_data(self) -> str:
        """What the machine reads when it starts; empty where the usual is right."""
        if self.os == "bottlerocket":
            return _BOTTLEROCKET_LOCAL if self.pool.local_ssd else ""
        return node_config(local_ssd=self.pool.local_ssd, fast_pull=self.pool.image_streaming)

    def interfaces(
        self, groups: Sequence[pulumi.Input[str]], efa_groups: Sequence[pulumi.Input[str]]
    ) -> list[Any]:
        """The first is the node's address; EFA ones have none, one on each network card.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
        """
        first = private_interface(groups)
        if not self.efa:
            return [first]
        return [
            first,
            *(
                {
                    "network_card_index": card,
                    "device_index": 0 if card else 1,
                    "interface_type": "efa-only",
                    "delete_on_termination": "true",
                    "security_groups": list(efa_groups),
                }
                for card in self.efa_cards
            ),
        ]

    @property
    def efa_cards(self) -> range:
        """Network cards with EFA; where they are fewer than all, the first has none."""
        fabric = self.pool.machines[0].fabric
        return range(fabric.network_cards - fabric.interfaces, fabric.network_cards)


def node_config(*, local_ssd: bool, fast_pull: bool) -> str:
    """Amazon Linux's configuration of a node, which EKS and Karpenter add the cluster to.

    https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/
    """
    spec: dict[str, Any] = {}
    if local_ssd:
        # One array of all disks, for images, volumes of pods and their logs.
        spec["instance"] = {"localStorage": {"strategy": "RAID0"}}
    if fast_pull:
        spec["featureGates"] = {"FastImagePull": True}
    if not spec:
        return ""
    config = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    lines = [
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="NODE"',
        "",
        "--NODE",
        "Content-Type: application/node.eks.aws",
        "",
        json.dumps(config, indent=2),
        "--NODE--",
        "",
    ]
    return "\n".join(lines)


def read_machine(
    checks: Checks,
    pool: Pool | None,
    args: Mapping[str, object],
    provisioner: str = "node_group",
) -> GpuMachine | None:
    """The machines of a pool, with what only EKS refuses of them; None where there is no pool."""
    os = checks.choice("os", "al2023", ("al2023", "bottlerocket"))
    if pool is None:
        return None
    key = args.get("disk_key")
    ask = EksAsk(
        provisioner=provisioner,
        machines=pool.machines,
        any_size=not checks.given("instance_types"),
        driver=pool.driver,
        capacity=pool.capacity,
        reservation=pool.reservation,
        zones=pool.zones,
        subnets=len(cast("Sequence[object]", args.get("subnet_ids") or ())),
        interconnect=pool.interconnect,
        local_ssd=pool.local_ssd,
        disk_key=key if isinstance(key, str) else None,
        kubernetes_version=cast("str | None", args.get("kubernetes_version")),
        node_repair=cast("bool | None", args.get("node_repair")),
    )
    for name, got, use in eks_faults(ask):
        checks.problem(name, got, use)
    if os == "bottlerocket":
        for name in ("mig_profile", "time_slices", "image_streaming"):
            if checks.given(name):
                use = "it with os al2023: NVIDIA's operator and nodeadm are not on Bottlerocket"
                checks.problem(name, os, use)
    return GpuMachine(pool=dataclasses.replace(pool, machines=eks_machines(ask)), os=os)
