"""Started by the engine in this folder, as `python -m pulumi.policy <engine> <this folder>`."""

import gc
import sys
from pathlib import Path

# What is loaded stays, and a run is short; as in the program and in `serving`.
gc.set_threshold(50_000, 20, 100)

# Python put this folder first on the path; `policies` and `facts` are found from the one above, so
# that the pack also runs in an environment where the project itself is not installed.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from policies.pack import RULES  # noqa: E402
from policies.server import serve  # noqa: E402

serve(RULES)
