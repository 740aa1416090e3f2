"""What may go wrong between a request and its answer.

Each text may be shown to a caller, but for `StoreFault`'s own: it has names and no values, and is
for the log.
"""

__all__ = [
    "FeatureFault",
    "InferenceError",
    "InputError",
    "LoadError",
    "ModelInputError",
    "OutputError",
    "SourceError",
    "StoreFault",
    "TimeLimitError",
]


class InferenceError(Exception):
    """Base of the inference core's errors."""


class InputError(InferenceError):
    """The caller's input does not fit the model: says where, what came, what fits."""


class ModelInputError(InputError):
    """What fits the signature, and the model does not take: an index that is out of range.

    `kind` is the type of the runtime's error, whose own text quotes the request.
    """

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class LoadError(InferenceError):
    """The file is no model that can be served here."""


class SourceError(Exception):
    """A model's file cannot be had; the text says why. A transient one may pass by itself.

    One of rights may too, in minutes: what was granted a moment ago does not hold everywhere yet.
    """

    def __init__(self, message: str, *, transient: bool = False, rights: bool = False) -> None:
        super().__init__(message)
        self.transient = transient
        self.rights = rights


class OutputError(InferenceError):
    """The model answered what JSON cannot hold, or not one value per row."""


class TimeLimitError(InferenceError):
    """The prediction took longer than it may."""


class StoreFault(Exception):  # noqa: N818 - a fault of settings or data, beside `RefusedError`
    """The feature store refuses what the settings ask for, or answers what fits no feature."""


class FeatureFault(StoreFault):
    """What is stored for an entity does not fit the model; the text names the feature."""
