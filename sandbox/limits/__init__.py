"""What the vendors' own API models allow of properties, beyond the shape that an SDK declares."""

from sandbox.limits.check import problems
from sandbox.limits.library import Limits
from sandbox.limits.model import Limit, TypeLimits

__all__ = ["Limit", "Limits", "TypeLimits", "problems"]
