"""What each resource type and function of a Pulumi SDK declares, read from the SDK's own source."""

from sandbox.schema.library import Library, UnknownTokenError
from sandbox.schema.model import Function, Nested, Property, Resource, Type

__all__ = ["Function", "Library", "Nested", "Property", "Resource", "Type", "UnknownTokenError"]
