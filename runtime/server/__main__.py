"""`python -m runtime.server`."""

import os
import signal
import sys


def _end(_number: int, _frame: object) -> None:
    """Nobody is served yet: nothing is left to finish."""
    os._exit(0)


if __name__ == "__main__":
    # The first process of a container gets no signal that it has no handler for, and the imports
    # take seconds: a pod that is stopped meanwhile would be waited for until it is killed. The
    # event loop has handlers of its own.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)

    from runtime.server.command import main

    sys.exit(main())
