"""The Pulumi packages whose providers a component can need."""

from typing import Literal, TypeAlias

__all__ = ["Package"]

Package: TypeAlias = Literal["aws", "azure", "gcp", "kubernetes", "serving"]
