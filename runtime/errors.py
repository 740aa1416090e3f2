"""What may go wrong between a request and its answer; each text may be shown to a caller."""

__all__ = [
    "InferenceError",
    "InputError",
    "LoadError",
    "OutputError",
    "SourceError",
    "TimeLimitError",
]


class InferenceError(Exception):
    """Base of the inference core's errors."""


class InputError(InferenceError):
    """The caller's input does not fit the model: says where, what came, what fits."""


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
