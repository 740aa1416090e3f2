"""Where KServe's logger stores what it captures, by what a model says of its own."""

from collections.abc import Mapping

from facts.captured_requests import is_stored
from stacks.settings.kserve import KServeModel
from stacks.settings.layers import ENVIRONMENT_ENTRY, MODEL_FILE
from stacks.settings.merge import Origin
from stacks.settings.yaml_source import KeyPath

__all__ = ["stored_capture"]


def stored_capture(model: KServeModel, origins: Mapping[KeyPath, Origin]) -> str | None:
    """Where the logger stores requests, as the model itself says it.

    A default for all models is another target's: SageMaker's captures go to S3 too.
    """
    capture, origin = model.capture, origins.get(("capture", "uri"))
    if capture is None or origin is None or origin.layer not in {MODEL_FILE, ENVIRONMENT_ENTRY}:
        return None
    return capture.uri if is_stored(capture.uri) else None
