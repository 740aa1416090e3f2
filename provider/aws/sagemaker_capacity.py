"""What of a variant's size an update of its endpoint does not bring, and is set after it.

Instances that the user asked for; and the provisioned concurrency of serverless variants that
Application Auto Scaling moved. UpdateEndpoint retains instance counts and weights, and no page says
that it retains provisioned concurrency, so that it is looked at and given back.

Source: VariantProperty, DesiredWeightAndCapacity and ProductionVariantServerlessUpdateConfig in
botocore's model of the API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provider.aws.sagemaker_live_state import Live
from provider.aws.sagemaker_update import Configuration

__all__ = ["Capacity", "changed_concurrency", "kept_concurrency"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """Instances that a variant is to have; its provisioned concurrency where `first` is given.

    `first` is what a new configuration begins with.
    """

    variant: str
    wanted: int
    first: int | None = None

    @property
    def unit(self) -> str:
        """As a message names it."""
        return "instances" if self.first is None else "units of provisioned concurrency"

    @property
    def asked(self) -> dict[str, Any]:
        """A member of DesiredWeightsAndCapacities."""
        size: dict[str, Any] = (
            {"DesiredInstanceCount": self.wanted}
            if self.first is None
            else {"ServerlessUpdateConfig": {"ProvisionedConcurrency": self.wanted}}
        )
        return {"VariantName": self.variant, **size}

    def found(self, live: Live) -> int | None:
        """As it is live; None where the variant has none."""
        return (live.counts if self.first is None else live.concurrency).get(self.variant)

    def is_met(self, live: Live) -> bool:
        """Whether nothing is to be set.

        Concurrency that is no longer the configuration's was retained, or is the autoscaler's.
        """
        found = self.found(live)
        return found in (None, self.wanted) or (self.first is not None and found != self.first)


def changed_concurrency(before: Configuration, live: Live) -> dict[str, int]:
    """Provisioned concurrency that is not what the configuration began with, by variant."""
    return {
        name: found
        for name, found in live.concurrency.items()
        if name in before.variants and found != before.variants[name].concurrency
    }


def kept_concurrency(
    before: Configuration,
    asked: Configuration,
    changed: Mapping[str, int],
    bounds: Mapping[str, tuple[int, int]],
) -> list[Capacity]:
    """What to give back of concurrency that was `changed`, within the bounds that are asked for.

    `bounds` are Application Auto Scaling's, as they are until the update, of variants that it
    scales. A least one that the user changed in the configuration holds instead of theirs.
    """
    kept: list[Capacity] = []
    for name, (least, most) in bounds.items():
        new = asked.variants.get(name)
        if new is None or new.concurrency is None:
            continue
        low = least if new.concurrency == before.variants[name].concurrency else new.concurrency
        high = min(max(low, most), new.most_concurrency)
        wanted = min(max(low, changed[name]), high)
        if wanted != new.concurrency:
            kept.append(Capacity(name, wanted, new.concurrency))
    return kept
