"""Rules over schedules as every kind of file writes them, whatever its target keeps of them."""

from collections.abc import Iterator

from facts.schedules import wrong_schedule, wrong_time_zone
from stacks.settings.managed import Schedule
from stacks.settings.problems import Problem, shown
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["bounds_from_then_on", "unread_schedule", "unread_time_zone"]


def unread_schedule(where: PlaceOf, path: KeyPath, schedule: str | None) -> Iterator[Problem]:
    """What cron does not read."""
    if schedule is not None and (wrong := wrong_schedule(schedule)):
        yield Problem(
            where(path),
            "MS0227",
            dotted(path),
            f"got {shown(schedule)}, which cron does not read",
            allowed=wrong,
            fix='write the fields in quotes, such as "30 2 * * *"',
        )


def unread_time_zone(where: PlaceOf, path: KeyPath, zone: str | None) -> Iterator[Problem]:
    """What no time zone is called."""
    if zone is not None and (wrong := wrong_time_zone(zone)):
        yield Problem(
            where(path),
            "MS0227",
            dotted(path),
            f"got {shown(zone)}, which is no time zone",
            allowed=wrong,
            fix="write its full name",
        )


def bounds_from_then_on(where: PlaceOf, path: KeyPath, each: Schedule) -> Iterator[Problem]:
    """One of several schedules of replicas, by itself: when, and from when on how many."""
    here: KeyPath = (*path, "schedule")
    yield from unread_schedule(where, here, each.schedule)
    yield from unread_time_zone(where, (*path, "time_zone"), each.time_zone)
    low, high = each.min_replicas, each.max_replicas
    if low is None and high is None:
        yield Problem(
            where(here),
            "MS0227",
            dotted(here),
            "it sets neither min_replicas nor max_replicas",
            fix="add one of them, or both",
        )
    if low is not None and high is not None and low > high:
        place: KeyPath = (*path, "min_replicas")
        yield Problem(
            where(place),
            "MS0201",
            dotted(place),
            f"got {low}, above max_replicas {high}",
            fix=f"lower it to {high}",
        )
