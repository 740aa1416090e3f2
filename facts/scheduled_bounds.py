"""Bounds of replicas that schedules set, one of them or both."""

from collections.abc import Sequence

__all__ = ["crossed"]


def crossed(
    bounds: Sequence[tuple[int | None, int | None]], fewest: int, most: int
) -> list[tuple[int, str, int, int]]:
    """Schedules of which one bound cannot be: above every upper one, or below every lower one.

    `bounds` are the lower and the upper one of each schedule, None as they are; `fewest` and `most`
    are the first ones. Answers the schedule's number, `min_replicas` or `max_replicas`, what it
    says, and the limit.
    """
    highest = max([most, *(high for _, high in bounds if high is not None)])
    lowest = min([fewest, *(low for low, _ in bounds if low is not None)])
    found: list[tuple[int, str, int, int]] = []
    for number, (low, high) in enumerate(bounds):
        if low is not None and high is None and low > highest:
            found.append((number, "min_replicas", low, highest))
        if high is not None and low is None and high < lowest:
            found.append((number, "max_replicas", high, lowest))
    return found
