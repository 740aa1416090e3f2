"""Pulumi's URN: `urn:pulumi:<stack>::<project>::<parents' types>$<type>::<name>`."""

__all__ = ["type_of"]


def type_of(urn: str) -> str:
    """The type, as `aws:iam/role:Role`, without those of its parents."""
    return urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2]
