"""What the server is doing, from its start to its end, and what it says of that.

| state | live | started | ready | predictions |
|---|---|---|---|---|
| loading | 200 | 503 | 503 | 503 |
| ready | 200 | 200 | 200 | answered |
| failed: the model cannot be loaded | 200 | 503 | 503 | 503 |
| draining: SIGTERM came | 200 | 200 | 503 | answered, and the connection closed |
| closing: the wait is over | 200 | 200 | 503 | 503; those that have begun are finished |
"""

from runtime.inference import Model
from runtime.requests import RefusedError

__all__ = ["Life"]


class Life:
    """The server's state; only the event loop's thread changes it."""

    def __init__(self, name: str = "") -> None:
        """`name` is the model's, where it is known before the model is loaded."""
        self.loaded: Model | None = None
        self.failed = False
        self.draining = False
        self.closing = False
        self._name = name

    @property
    def state(self) -> str:
        """One word, as in the table."""
        if self.closing:
            return "closing"
        if self.draining:
            return "draining"
        if self.failed:
            return "failed"
        return "loading" if self.loaded is None else "ready"

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here."""
        return self.state == "ready"

    @property
    def model_name(self) -> str:
        """Empty where only the file knows it, and that is not loaded yet."""
        return self._name if self.loaded is None else self.loaded.name

    @property
    def model_version(self) -> str:
        """Empty until it is loaded."""
        return "" if self.loaded is None else self.loaded.version

    def model(self) -> Model:
        """The model, to predict with now.

        Raises:
            RefusedError: 503, there is none, or no new request is begun.
        """
        if self.closing:
            raise RefusedError(503, "the server is shutting down")
        if self.failed:
            raise RefusedError(503, "the model cannot be loaded")
        if self.loaded is None:
            raise RefusedError(503, "the model is not loaded yet")
        return self.loaded

    def check_name(self, name: str, version: str = "") -> None:
        """Refuse a model, or a version of it, that is not this one.

        Raises:
            RefusedError: 404.
        """
        known = self.model_name
        if known and name != known:
            raise RefusedError(404, "there is no model of this name; GET /v1/models has it")
        if version and self.loaded is not None and version != self.loaded.version:
            raise RefusedError(404, "there is no such version of the model")
