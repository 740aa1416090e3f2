"""`python -m sandbox.console`: what `sandbox/cloud` starts."""

import sys

from sandbox.console.command import main

sys.exit(main())
