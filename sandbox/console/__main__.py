"""What `sandbox/cloud` starts; also `python -m sandbox.console`."""

import sys

from sandbox.console.command import main

sys.exit(main())
