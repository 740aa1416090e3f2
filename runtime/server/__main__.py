"""`python -m runtime.server`."""

import sys

from runtime.server.command import main

if __name__ == "__main__":
    sys.exit(main())
