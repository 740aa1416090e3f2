"""Whose an object at a vendor is: by this a create knows what an earlier run of its own made.

A run that is killed after the vendor acted leaves an object that no state knows. The next create of
the same resource takes it, by a mark that stands for project, stack and URN. What has another
resource's mark is refused: two states that know one object would each delete it. What has the
provider's label for the same inputs and no mark is of a release before there were marks, and taken.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provider.errors import ProviderError

__all__ = ["LABEL", "NOBODY", "TAG", "Owned", "Owner"]

LABEL: Final = "model-serving-resource"
"""The label's key at Google Cloud."""
TAG: Final = "model-serving:resource"
"""The tag's key at AWS."""
_DIGEST: Final = 16
# https://cloud.google.com/resource-manager/docs/labels-overview: 63 characters in all.
_STACK: Final = 63 - _DIGEST - 1


@dataclass(frozen=True, slots=True)
class Owner:
    """A resource of a stack: `mark` is written on what it makes."""

    mark: str
    token: str
    name: str

    @classmethod
    def of(cls, urn: str) -> "Owner":
        """From `urn:pulumi:stack::project::parent$type::name`."""
        stack, _, kind, name = urn.split("::", 3)
        stack = re.sub(r"[^a-z0-9_-]", "-", stack.rpartition(":")[2].lower())[:_STACK]
        digest = hashlib.sha256(urn.encode()).hexdigest()[:_DIGEST]
        return cls(f"{stack}-{digest}", kind.rpartition("$")[2], name)

    def marks(self, key: str) -> dict[str, str]:
        """The label or tag to write."""
        return {key: self.mark} if self.mark else {}

    def has(self, live: Mapping[str, str], key: str) -> bool:
        """Whether it may be ours: by our mark, or by none."""
        return live.get(key, self.mark) == self.mark

    def refuse(self, what: str, live: str, resource_id: str, other: str) -> ProviderError:
        """The error where an object is somebody else's.

        Args:
            what: names the object.
            live: its mark; empty where it has none.
            resource_id: by which it is imported.
            other: how to do without it.
        """
        whose = f"belongs to another resource ({live})" if live else "was made by somebody else"
        return ProviderError(
            f"{what} is there and {whose}. {other}; or, where nobody else manages it any more, "
            f"take it over: pulumi import {self.token or '<type>'} {self.name or '<name>'} "
            f"{resource_id}"
        )


NOBODY: Final = Owner("", "", "")


class Owned:
    """For resources that make objects; the owner is set before any of their operations."""

    owner: Owner = NOBODY
