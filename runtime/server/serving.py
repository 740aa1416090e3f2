"""One model behind its protocols: what the routes share."""

from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from runtime.drift.bins import Bins
from runtime.features.source import FeatureSource
from runtime.inference import Model
from runtime.server.body import DisconnectedError, read_body
from runtime.server.drift_metrics import DriftCollector
from runtime.server.life import Life
from runtime.server.metrics import Metrics
from runtime.server.pool import Pool
from runtime.server.replies import Reply, record_of, reply_to_error
from runtime.server.settings import ServerSettings
from runtime.server.tracing import Tracing

__all__ = ["Serving", "Work"]

# Model, body and the seconds that are left; what it raises is answered as the error that it is.
Work = Callable[[Model, bytes, float], Reply]


class Serving:
    """State, workers, metrics and traces of one server."""

    def __init__(self, settings: ServerSettings, tracing: Tracing) -> None:
        """Nothing is loaded yet."""
        self.settings = settings
        self.tracing = tracing
        self.life = Life(settings.core.model_name)
        # A feature store is waited for, and that is no CPU's time.
        short_ms = 0 if settings.core.features else settings.short_ms
        self.pool = Pool(settings.workers, settings.concurrency, short_ms / 1000)
        self.metrics = Metrics(
            settings.latency_p95_ms,
            in_flight=lambda: self.pool.in_flight,
            ready=lambda: self.life.ready,
        )
        self.features: FeatureSource | None = None

    def serve(
        self,
        model: Model,
        features: FeatureSource | None,
        seconds: float,
        drift: Bins | None = None,
    ) -> None:
        """Answer with this model from now on; it took `seconds` to load. `drift` counts rows."""
        if drift is not None:
            self.metrics.registry.register(DriftCollector(drift))
        model.observe = self.metrics.inference.observe
        self.features = features
        self.life.loaded = model
        self.metrics.loaded(model.name, model.version, self.settings.core.model_digest, seconds)

    async def predict(
        self, request: Request, work: Work, *, protocol: str, name: str = "", version: str = ""
    ) -> Response:
        """Answer a prediction: `work` is done by a worker, with the whole body."""
        record = record_of(request)
        record.protocol = protocol
        settings = self.settings
        try:
            if name:
                self.life.check_name(name, version)
            model = self.life.model()
            with self.pool.admit():
                body = await read_body(
                    request, settings.core.max_body_bytes, settings.read_timeout_seconds
                )
                record.received = len(body)
                record.request_body = settings.core.request_logs.shown(body)
                job = partial(self._work, work, model, body)
                reply = await self.pool.run(job, settings.timeout_seconds, len(body))
        except DisconnectedError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary to the caller
            reply = reply_to_error(error, record.request_id)
        record.rows = reply.rows
        record.fault = reply.fault
        record.response_body = settings.core.request_logs.shown(reply.body)
        return reply.response()

    def _work(self, work: Work, model: Model, body: bytes, seconds: float) -> Reply:
        with self.tracing.prediction(model.name, model.version):
            return work(model, body, seconds)
