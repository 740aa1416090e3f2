"""The plugin's entry: Pulumi's Python language host runs `python <folder> <engine address>`."""

import sys
from pathlib import Path

# Python put this folder first on the path; the package is found from the one above, so that the
# plugin also runs in an environment where the project itself is not installed.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from provider.server import main  # noqa: E402

main(sys.argv[1:])
