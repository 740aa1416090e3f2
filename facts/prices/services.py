"""How services bill what they keep and what runs, whoever says how much that is."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from facts.prices.monthly import SPOT, Use
from facts.prices.table import Priced

__all__ = [
    "Number",
    "cloud_run",
    "cloud_run_gpu",
    "lambda_function",
    "serverless_endpoint",
    "spot",
    "vertex",
]

# Or a text with the reason why it cannot be said.
Number = Decimal | str
# The item of this name, of the service and region that are asked for.
Of = Callable[[str], Priced]
_NONE: Final = Decimal(0)


def lambda_function(of: Of, gb: Decimal, warm: Decimal, on_demand: Number) -> tuple[Use, ...]:
    """Instances of so many GB that are kept warm, and those that may run beside them."""
    kept = warm * gb
    return (
        Use(of("provisioned"), kept, kept),
        # Warm instances that answer all month; the others cost more while they do.
        Use(of("provisioned-duration"), _NONE, kept),
        Use(of("duration"), _NONE, _times(on_demand, gb)),
    )


def serverless_endpoint(of: Of, memory_mib: int, warm: Decimal, most: Decimal) -> tuple[Use, ...]:
    """Instances of SageMaker's that are kept warm, and those that may run."""
    return (
        Use(of(f"provisioned-{memory_mib}"), warm, warm),
        Use(of(f"{memory_mib}"), _NONE, most),
    )


def cloud_run(
    of: Of, each: tuple[Decimal, Decimal], least: Decimal, most: Decimal, *, always: bool
) -> tuple[Use, ...]:
    """Instances of so many cores and GiB, which have their cores `always` or while they answer."""
    parts = tuple(zip(("cpu", "memory"), each, strict=True))
    if always:
        return tuple(Use(of(f"{item}-always"), least * one, most * one) for item, one in parts)
    return (
        *(Use(of(f"{item}-idle"), least * one, _NONE) for item, one in parts),
        *(Use(of(f"{item}-active"), _NONE, most * one) for item, one in parts),
    )


def cloud_run_gpu(gpu: str, *, redundant: bool) -> str:
    """What a GPU is called in a table: with a zone to fall back on it costs more."""
    return f"{gpu}-redundant" if redundant else gpu


def vertex(
    of: Of, machine: str, gpus: tuple[str, Decimal] | None, least: Number, most: Number
) -> tuple[Use, ...]:
    """Machines, of which N1 have their GPUs attached: those are billed apart."""
    machines = Use(of(machine), least, most)
    if gpus is None or not machine.startswith("n1-"):
        return (machines,)
    kind, count = gpus
    return machines, Use(of(kind), _times(least, count), _times(most, count))


def spot(least: Number) -> Number:
    """The fewest of what is taken on the spot market, where some are kept."""
    return SPOT if least else least


def _times(number: Number, count: Decimal) -> Number:
    return number if isinstance(number, str) else number * count
