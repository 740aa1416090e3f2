"""What the first-party Vertex AI resources share: Python's names for the wire's."""

import re
from collections.abc import Mapping

import pulumi


class Verbatim(str):
    """A key that is sent as it is: a label's or a variable's, or one spelled for the wire."""

    __slots__ = ()


def verbatim(texts: Mapping[str, pulumi.Input[str]] | None) -> dict[str, pulumi.Input[str]] | None:
    """A user's map, whose keys are nobody's to translate."""
    return None if texts is None else {Verbatim(key): value for key, value in texts.items()}


def wire(name: str) -> str:
    """`model_id` is `modelId` on the wire."""
    if isinstance(name, Verbatim):
        return name
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


class VertexResource(pulumi.CustomResource):
    """A resource of `serving:index:Vertex…`, served by the provider in `provider/`."""

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return wire(prop)
