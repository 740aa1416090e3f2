"""Rules over environment variables of whatever serves: settings are read by everybody."""

from facts.pods import CLOUD_KEYS, looks_like_a_secret
from stacks.settings.problems import Problem
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["key_of_a_cloud", "told_secret"]


def told_secret(where: PlaceOf, path: KeyPath, value: str, fix: str) -> Problem | None:
    """What looks like a secret; `path` ends with the variable's name."""
    if not looks_like_a_secret(str(path[-1]), value):
        return None
    # The value is not repeated: it may be one.
    return Problem(
        where(path),
        "MS0107",
        dotted(path),
        "looks like a secret, and settings are read by everybody",
        fix=fix,
    )


def key_of_a_cloud(where: PlaceOf, path: KeyPath) -> Problem | None:
    """What a client of a cloud takes for its key; `path` ends with the variable's name."""
    if path[-1] not in CLOUD_KEYS:
        return None
    return Problem(
        where(path),
        "MS0217",
        dotted(path),
        "names a key of a cloud, which lives long, and nobody knows who has it",
        fix="rights of the service account",
    )
