"""The profile that the settings name, for the model that is loaded."""

from typing import Final

from runtime import downloads, model_source
from runtime.drift.bins import Bins
from runtime.drift.profile import MAX_BYTES, ProfileError, read
from runtime.errors import SourceError
from runtime.inference import Model
from runtime.settings import Settings

__all__ = ["bins_of"]

_CHUNK: Final = 64 * 1024


def bins_of(settings: Settings, model: Model) -> Bins:
    """The bins that the model's requests are counted by; the settings name a profile.

    Raises:
        SourceError: The profile cannot be had, or has another digest.
        ProfileError: It is none, or is not one of this model.
    """
    content = model_source.tried(lambda: _pulled(settings))
    if settings.drift_profile_digest:
        name = downloads.shown(settings.drift_profile_uri)
        model_source.check_digest(name, content, settings.drift_profile_digest)
    return Bins(read(content), model.inputs, model.output_specs, model.labels)


def _pulled(settings: Settings) -> bytes:
    uri, content = settings.drift_profile_uri, bytearray()
    has_digest = bool(settings.drift_profile_digest)
    with downloads.opened(uri, other_hosts=has_digest) as download:
        while chunk := download.read(_CHUNK):
            content += chunk
            if len(content) > MAX_BYTES:
                raise ProfileError(f"{downloads.shown(uri)} has over {MAX_BYTES} bytes")
    if download.length is not None and len(content) != download.length:
        told = f"{downloads.shown(uri)}: {len(content)} of {download.length} bytes came"
        raise SourceError(told, transient=True)
    return bytes(content)
