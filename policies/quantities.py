"""Kubernetes quantities and extended resources."""

from decimal import Decimal, InvalidOperation
from typing import Final

from policies.properties import MalformedError, Property

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_SUFFIXES: Final = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}


def quantity(place: Property) -> Decimal | None:
    """A quantity in its base unit (cores, bytes, devices). None: absent or unknown."""
    value = place.plain()
    if place.unknown or place.absent:
        return None
    text = str(value).strip()
    for length in (2, 1):
        factor = _SUFFIXES.get(text[-length:])
        if factor is not None:
            text = text[:-length]
            break
    else:
        factor = Decimal(1)
    try:
        return Decimal(text) * factor
    except InvalidOperation:
        raise MalformedError(place.path, place.shown, "a quantity such as 500m, 2 or 4Gi") from None


def is_extended(name: str) -> bool:
    """A device such as `nvidia.com/gpu`: has a domain, and not Kubernetes' own."""
    domain = name.partition("/")[0] if "/" in name else ""
    return bool(domain) and not domain.endswith("kubernetes.io")


def is_accelerator(name: str) -> bool:
    """A GPU, MIG slice, TPU, Gaudi or Neuron device."""
    domain, _, device = name.partition("/")
    if domain in ("nvidia.com", "amd.com", "gpu.intel.com", "habana.ai"):
        return True
    return (domain, device) == ("google.com", "tpu") or domain == "aws.amazon.com"
