"""The profile that the settings name, for the model that is loaded."""

from runtime.drift.bins import Bins
from runtime.drift.pulling import profile_at
from runtime.inference import Model
from runtime.settings import Settings

__all__ = ["bins_of"]


def bins_of(settings: Settings, model: Model) -> Bins:
    """The bins that the model's requests are counted by; the settings name a profile.

    Raises:
        SourceError: The profile cannot be had, or has another digest.
        ProfileError: It is none, or is not one of this model.
    """
    profile = profile_at(settings.drift_profile_uri, settings.drift_profile_digest)
    return Bins(profile, model.inputs, model.output_specs, model.labels)
