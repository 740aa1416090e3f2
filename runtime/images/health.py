"""Docker's HEALTHCHECK without a shell: exit code 0 where the server in this container is alive."""

import http.client
import os
import sys
from collections.abc import Mapping

__all__ = ["main"]

_SECONDS = 2


def main(environment: Mapping[str, str] | None = None) -> int:
    """Ask `/health/live` on the port that the environment gives the server."""
    given = os.environ if environment is None else environment
    port = given.get("MODEL_SERVING_PORT", "").strip() or given.get("PORT", "").strip() or "8000"
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=_SECONDS)
    try:
        connection.request("GET", "/health/live")
        alive = connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        alive = False
    finally:
        connection.close()
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
