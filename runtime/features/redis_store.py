"""Features in Redis: a hash per entity, a field per feature, values as text.

Written by `HSET customer:7 age 41 balance 12.5`; integers and numbers as decimals, booleans as
`true` or `false`. One request is one round trip, whatever the number of its entities.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError
from redis.retry import Retry

from runtime.errors import StoreFault
from runtime.features.settings import FeatureSettings
from runtime.features.store import Entity
from runtime.requests import RefusedError

__all__ = ["RedisStore"]

# A connection that the server closed while it was idle is noticed only when it is used: once more
# on a new one. A time-out is not tried again; the caller has waited long enough.
_RETRIES: Final = 1


class RedisStore:
    """Reads with HMGET, in one pipeline."""

    def __init__(self, settings: FeatureSettings) -> None:
        seconds = settings.timeout_seconds
        options: dict[str, Any] = {
            "socket_timeout": seconds,
            "socket_connect_timeout": seconds,
            "retry": Retry(NoBackoff(), _RETRIES, (redis.ConnectionError,)),
        }
        if settings.secret:
            options["password"] = settings.secret
        if settings.username:
            options["username"] = settings.username
        # The client has no precise types for options and for what a pipeline answers.
        pools: Any = redis.BlockingConnectionPool
        pool = pools.from_url(
            settings.url, max_connections=settings.max_connections, timeout=seconds, **options
        )
        self._client: Any = redis.Redis.from_pool(pool)
        self._key = settings.key
        self._fields = list(settings.references)

    def read(self, entities: Sequence[Entity]) -> list[list[object]]:
        """The hashes' fields; None where the hash or the field is not there.

        Raises:
            RefusedError: 503, Redis does not answer in time, is loading or has no connection free.
            StoreFault: It refuses the password, the user or the kind of the key.
        """
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                for entity in entities:
                    pipeline.hmget(self._key.format(**entity), self._fields)
                return cast(list[list[object]], pipeline.execute())
        # Its errors name the command with the key: not chained, so that no log has them.
        except (AuthenticationError, NoPermissionError) as error:
            fault = f"Redis refuses the user or the password: {type(error).__name__}"
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise RefusedError(
                503, f"the feature store does not answer: {type(error).__name__}; try again"
            ) from None
        except ResponseError as error:
            fault = f"Redis refuses the command, so a key may be no hash: {type(error).__name__}"
        raise StoreFault(fault)

    def close(self) -> None:
        """Close the pool's connections."""
        self._client.close()
        self._client.connection_pool.disconnect()
