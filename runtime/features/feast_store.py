"""Features from Feast's Python feature server, by its REST interface `POST /get-online-features`.

https://docs.feast.dev/reference/feature-servers/python-feature-server has the request. Its answer
has one item of `results` per name of `metadata.feature_names`, with a value and a status per
entity. A status other than `PRESENT` counts as not stored: null, no such entity, or older than the
feature view's `ttl`.
"""

import json
import queue
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, cast
from urllib.parse import urlsplit

from runtime.errors import StoreFault
from runtime.features.settings import FeatureSettings
from runtime.features.store import Entity
from runtime.requests import RefusedError

__all__ = ["FeastStore"]

# A thousand entities with a hundred features of twenty digits are a tenth of it.
_MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024


class FeastStore:
    """A pool of kept connections to one feature server; nothing but the standard library."""

    def __init__(self, settings: FeatureSettings) -> None:
        parts = urlsplit(settings.url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/") + "/get-online-features"
        self._seconds = settings.timeout_seconds
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._headers = {"content-type": "application/json", "accept": "application/json"}
        if settings.secret:
            self._headers["authorization"] = f"Bearer {settings.secret}"
        self._references = list(settings.references)
        self._names = settings.names
        self._keys = tuple(settings.entities)
        # The last one used comes first, so that the others may be closed by the server.
        self._free: queue.LifoQueue[HTTPConnection | None] = queue.LifoQueue()
        for _ in range(settings.max_connections):
            self._free.put(None)

    def read(self, entities: Sequence[Entity]) -> list[list[object]]:
        """The features of each entity; None where the status is not PRESENT.

        Raises:
            RefusedError: 503, the server does not answer in time, or with 429 or 5xx.
            StoreFault: It refuses what the settings ask for, or answers something else.
        """
        body = json.dumps(
            {
                "features": self._references,
                "entities": {key: [entity[key] for entity in entities] for key in self._keys},
            }
        ).encode()
        status, data = self._post(body)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RefusedError(503, f"the feature store answers {status}; try again")
        if status != HTTPStatus.OK:
            raise StoreFault(f"the feature server answers {status} to the features of the settings")
        return self._rows(data, len(entities))

    def close(self) -> None:
        """Close the connections that no request uses."""
        with suppress(queue.Empty):
            while True:
                connection = self._free.get_nowait()
                if connection is not None:
                    connection.close()

    def _post(self, body: bytes) -> tuple[int, bytes]:
        try:
            kept = self._free.get(timeout=self._seconds)
        except queue.Empty:
            raise RefusedError(
                503, "no connection to the feature store is free; try again"
            ) from None
        connection = kept
        try:
            if kept is not None:
                # The server may have closed it while it was idle: then once more on a new one.
                with suppress(ConnectionError, HTTPException):
                    return self._ask(kept, body)
                kept.close()
            connection = self._new()
            return self._ask(connection, body)
        except (OSError, HTTPException) as error:
            if connection is not None:
                connection.close()
            connection = None
            raise RefusedError(
                503, f"the feature store does not answer: {type(error).__name__}; try again"
            ) from None
        finally:
            self._free.put(connection)

    def _new(self) -> HTTPConnection:
        if self._context is None:
            return HTTPConnection(self._host, self._port, timeout=self._seconds)
        return HTTPSConnection(self._host, self._port, timeout=self._seconds, context=self._context)

    def _ask(self, connection: HTTPConnection, body: bytes) -> tuple[int, bytes]:
        connection.request("POST", self._path, body, self._headers)
        answer = connection.getresponse()
        data = answer.read(_MAX_ANSWER_BYTES + 1)
        if len(data) > _MAX_ANSWER_BYTES:
            connection.close()
            raise StoreFault("the feature server's answer is too large")
        return answer.status, data

    def _rows(self, data: bytes, count: int) -> list[list[object]]:
        """The answer's columns as rows."""
        try:
            document = cast(Mapping[str, Any], json.loads(data))
            names = cast(list[str], document["metadata"]["feature_names"])
            columns = dict(zip(names, document["results"], strict=True))
            found = [_column(columns[name], count) for name in self._names]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise StoreFault("the feature server's answer is none of Feast's") from None
        return [list(row) for row in zip(*found, strict=True)]


def _column(column: Mapping[str, Any], count: int) -> list[object]:
    values, statuses = column["values"], column["statuses"]
    if len(values) != count:
        raise ValueError("another number of entities")
    pairs = zip(values, statuses, strict=True)
    return [value if status == "PRESENT" else None for value, status in pairs]
