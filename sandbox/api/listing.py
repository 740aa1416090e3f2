"""What a list of objects shows: keys, or the folders that a delimiter makes of them."""

from collections.abc import Iterable

__all__ = ["entries", "is_folder"]


def entries(keys: Iterable[str], prefix: str, delimiter: str) -> list[str]:
    """Keys that begin with a prefix, in order; each folder of several stands there once.

    As S3, Cloud Storage and Blob Storage fold: up to the first delimiter after the prefix.
    """
    shown: set[str] = set()
    for key in keys:
        if not key.startswith(prefix):
            continue
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        shown.add(key if end < 0 else key[: end + len(delimiter)])
    return sorted(shown)


def is_folder(entry: str, delimiter: str) -> bool:
    """Whether an entry stands for what is below it."""
    return bool(delimiter) and entry.endswith(delimiter)
