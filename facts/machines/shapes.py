"""What a machine type has: cores, memory, GPUs, network, disks of its own, a price."""

from dataclasses import dataclass
from typing import Final

__all__ = ["CLOUDS", "NO_FABRIC", "Fabric", "MachineType", "Source"]

CLOUDS: Final = ("aws", "gcp", "azure")

# Price classes: up to so many US dollars an hour.
_CLASSES: Final = ((1.5, "low"), (6.0, "medium"), (30.0, "high"))
_HIGHEST: Final = "very high"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the figures of one cloud come from; `region` is the one that prices are of."""

    pages: tuple[str, ...]
    """Of what machines have, then of prices, as somebody keeps the vendor's list."""
    read: str
    region: str
    priced: str
    """The day that the prices were of."""


@dataclass(frozen=True, slots=True)
class Fabric:
    """What joins the GPUs of several machines, beside the ordinary network.

    `interconnect` is none, efa, gpudirect_tcpx, gpudirect_tcpxo, gpudirect_rdma or infiniband;
    `interfaces` is how many of those a machine has. `network_cards` are EC2's, numbered from 0:
    where they are more than the interfaces, the first has no EFA.
    """

    interconnect: str = "none"
    interfaces: int = 0
    network_cards: int = 1


NO_FABRIC: Final = Fabric()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineType:
    """A machine type with the GPUs that are in it, or attached to it (N1 on Compute Engine)."""

    name: str
    cloud: str
    """aws, gcp or azure."""
    vcpu: int
    memory_mib: int
    accelerator: str
    """Its kind in facts/accelerators.py."""
    accelerator_count: int
    architecture: str = "x86_64"
    """x86_64 or arm64."""
    fabric: Fabric = NO_FABRIC
    local_ssd_gib: int = 0
    """SSDs of the machine itself: those that come with it or, where `local_ssd_added`, the fewest
    that can be added when it is made."""
    local_ssd_disks: int = 0
    """How many disks that is, where the cloud wants the number said (Compute Engine)."""
    local_ssd_added: bool = False
    price_usd_per_hour: float | None = None
    """List price on demand in the cloud's reference region; None where no source tells."""
    only_as: tuple[str, ...] = ()
    """The only ways to get it, such as spot and flex_start. Empty: on demand too."""
    guest_accelerator: str = ""
    """Compute Engine's name of its GPUs, the value of cloud.google.com/gke-accelerator."""

    @property
    def nvme_only(self) -> bool:
        """Whether its disks are its own: SageMaker then refuses a key for the volume."""
        return self.cloud == "aws" and self.local_ssd_gib > 0

    @property
    def price_class(self) -> str:
        """low, medium, high or very high; unknown without a price."""
        if self.price_usd_per_hour is None:
            return "unknown"
        return next((word for most, word in _CLASSES if self.price_usd_per_hour <= most), _HIGHEST)
